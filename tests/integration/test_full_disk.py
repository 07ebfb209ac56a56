"""A disk that is full, or that can't be written to: changes wait, with a reason; what runs runs on."""

import contextlib
import errno
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from balancers import BRIDGE, CLIENT, MEMBERS, VIP, WEB1, WEB2, bare, full, gone, id_of, monitor, other, vip
from netns_host import Browser, Host, Web, alone, apply, host, until

from openlbaas.desired.spec import ListenerSpec, Spec
from openlbaas.domain.errors import HostFault

MORE = ListenerSpec(id=id_of(3, 9), protocol="TCP", port=8080)
CHANGES: dict[str, Spec] = {
    "told": full(members=MEMBERS[:1], revision=3),
    "loaded anew": full(health_monitor=monitor(), revision=3),
    "one listener more": other(full(), listeners=(*full().listeners, MORE)),
    "another load balancer": bare(2, vip=vip(2, "172.20.0.9")),
}


def mounted(made: Host, *words: str) -> None:
    subprocess.run(["mount", *words, str(made.folder)], check=True)


def fill(folder: Path) -> Path:
    """Leave not a byte."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as out:
        for size in (65536, 4096, 1):
            with contextlib.suppress(OSError):
                while True:
                    out.write(b"x" * size)
    return filler


def full_disk(made: Host) -> Callable[[], None]:
    return fill(made.folder).unlink


def read_only_disk(made: Host) -> Callable[[], None]:
    mounted(made, "-o", "remount,ro")
    return lambda: mounted(made, "-o", "remount,rw")


@pytest.mark.parametrize("spoil", [full_disk, read_only_disk])
@pytest.mark.parametrize("change", CHANGES)
@alone
def test_a_change_waits_for_the_disk(change: str, spoil: Callable[[Host], Callable[[], None]], tmp_path: Path) -> None:
    with host(tmp_path) as made:
        mounted(made, "-t", "tmpfs", "-o", "size=512k", "tmpfs")
        driver = made.driver()
        apply(driver, full())
        made.neighbour("web1", BRIDGE, f"{WEB1}/24")
        made.neighbour("web2", BRIDGE, f"{WEB2}/24")
        made.neighbour("client", BRIDGE, f"{CLIENT}/24")
        Web("web1", "web1", WEB1)
        Web("web2", "web2", WEB2)
        browser = Browser("client", VIP)
        assert browser.get() in ("web1", "web2")
        before = set(made.processes())

        mend = spoil(made)
        wanted = CHANGES[change]
        for _ in range(3):
            with pytest.raises(HostFault, match=r"No space left on device|Read-only file system"):
                driver.do(wanted, driver.plan(driver.look(wanted.id), wanted))
            assert browser.get() in ("web1", "web2")
        assert before <= set(made.processes())
        assert Browser("client", VIP).get() in ("web1", "web2")

        mend()
        apply(driver, wanted)
        assert browser.get() in ("web1", "web2")
        apply(driver, gone(full()))
        apply(driver, gone(wanted))
        until(lambda: made.processes() == {}, "the end of every process")


@alone
def test_a_load_balancer_is_removed_from_a_full_disk(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        mounted(made, "-t", "tmpfs", "-o", "size=512k", "tmpfs")
        driver = made.driver()
        apply(driver, full())
        filler = fill(made.folder)
        with pytest.raises(OSError, match="No space") as problem:
            (made.folder / "one more").write_text("x" * 9000)
        assert problem.value.errno == errno.ENOSPC
        apply(driver, gone(full()))
        filler.unlink()
        (made.folder / "one more").unlink()
        until(lambda: made.trace() == (set(), {"lo"}, [], []), f"nothing, but {made.trace()}")
