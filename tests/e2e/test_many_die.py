"""Several hosts that die and boot at once, and clocks that jump."""

import os
import signal
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import arp
import pytest
from cloud import Asking, Cloud, cloud, inside
from labs import PROGRAM
from many import Many
from waits import eventually

from openlbaas.cli.lab.polling import Polling
from openlbaas.client.lbaas import AGENTS

pytestmark = pytest.mark.root

SITE = """
import os, time
from pathlib import Path
right, ahead = time.time, Path(os.environ["CLOCK_AHEAD"])
time.time = lambda: right() + float(ahead.read_text())
"""
"""Puts the wall clock of a process wrong, by seconds that a file tells, before anything of the program is read."""
LONGER_THAN_A_HOST_MAY_BE_SILENT = 400
"""So many answers, one every 10 ms, are at least four seconds."""


def traces(made: Cloud) -> dict[str, list[str]]:
    """Name the hosts that have a namespace of each load balancer."""
    found: dict[str, list[str]] = {}
    for name, host in made.hosts.items():
        for each in Path(f"/proc/{host.pid}/root/run/netns").glob("qlbaas-*"):
            found.setdefault(each.name.removeprefix("qlbaas-"), []).append(name)
    return found


def settled(made: Cloud, chains: list[tuple[str, str]], asking: list[Asking]) -> None:
    """Wait until each load balancer is on its host alone, in force, and answered for by one."""
    for each in asking:
        each.again_since(each.answered[-1])
    for id_, _ in chains:
        made.until_active(id_)
    eventually(lambda: traces(made) == {id_: [made.where(id_)] for id_, _ in chains}, "one host for each", 40)
    for _, address in chains:
        one: Callable[[], int] = lambda address=address: arp.answering("tenant", "172.20.0.200", address)  # noqa: E731
        eventually(lambda one=one: inside(made.middle.pid, one) == 1, f"one answer for {address}")


def boot_all(made: Cloud, names: list[str]) -> None:
    for name in names:
        made.boot(name)
    made.until_up(*names)


def test_of_five_hosts_two_die_and_then_four_and_all_boot_together(tmp_path: Path) -> None:
    # On a busy machine five hosts take their time to boot, and none of them is to be late.
    with cloud(tmp_path, 5, agent_down_time=6, brake_timeout=120) as made:
        chains = [made.chain() for _ in range(6)]
        for id_, _ in chains:
            made.until_active(id_)
        names = list(made.hosts)
        asking = [made.asking(address) for _, address in chains]
        dying = sorted({made.where(id_) for id_, _ in chains})[:2]
        for name in dying:
            made.kill(name)
        eventually(lambda: not {made.where(id_) for id_, _ in chains} & set(dying), "other hosts")
        settled(made, chains, asking)
        boot_all(made, dying)
        before = {id_: made.where(id_) for id_, _ in chains}
        moved = len(made.texts("moved"))
        # More than half: the control plane is suspected, and nothing moves while the brake holds.
        dead = [name for name in names if name != before[chains[0][0]]]
        for name in dead:
            made.kill(name)
        eventually(lambda: made.texts("brake"), "the brake")
        asking[0].again_since(asking[0].answered[-1])
        assert {id_: made.where(id_) for id_, _ in chains} == before
        for name in list(made.hosts):
            made.kill(name)
        boot_all(made, names)
        settled(made, chains, asking)
        for each in asking:
            each.end()
        assert {id_: made.where(id_) for id_, _ in chains} == before
        assert len(made.texts("moved")) == moved


def test_a_paused_haproxy_is_replaced_where_it_is(many: Many) -> None:
    chain = many.chain("paused")
    host = many.where(chain)
    folder = next(Path(many.lab.folder / host).resolve().glob(f"**/{chain.id}"))
    pid = int((folder / "haproxy.pid").read_text().split()[0])
    os.kill(pid, signal.SIGSTOP)
    many.answers(chain)
    assert many.where(chain) == host
    many.one_has(chain)


def set_clock(ahead: Path, seconds: int) -> None:
    """Set a clock for whoever reads it, at once."""
    new = ahead.with_suffix(".new")
    new.write_text(str(seconds))
    new.replace(ahead)


def test_clocks_of_servers_jump_by_hours_and_no_host_is_taken_for_dead(many: Many, tmp_path: Path) -> None:
    chain = many.chain("timeless")
    host = many.where(chain)
    ahead = tmp_path / "ahead"
    set_clock(ahead, 0)
    (tmp_path / "sitecustomize.py").write_text(SITE)
    many.verb("kill-server", "1")
    start = [PROGRAM, "lab", "start-server", "--dir", many.lab.folder, "1"]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "CLOCK_AHEAD": str(ahead)}
    ran = subprocess.run(start, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr

    def heard_at() -> str:
        with closing(many.api()) as api:
            rows = api.list(AGENTS, [("host", host)]).rows
        return str(rows[0]["heartbeat_timestamp"])

    with Polling(many.names, chain.vip) as polling:
        many.verb("kill-server", "2")
        for seconds in (3600, -3600, 0):
            before = heard_at()
            set_clock(ahead, seconds)
            eventually(lambda before=before: heard_at()[:13] != before[:13], "the clock to have jumped")
            enough = len(polling.answered) + LONGER_THAN_A_HOST_MAY_BE_SILENT
            eventually(lambda enough=enough: len(polling.answered) >= enough, "answers")
        set_clock(ahead, 3600)
        # Another server, whose clock is right, judges hosts that a server with a wrong clock wrote of.
        many.verb("start-server", "2")
        many.verb("kill-server", "1")
        enough = len(polling.answered) + LONGER_THAN_A_HOST_MAY_BE_SILENT
        eventually(lambda: len(polling.answered) >= enough, "answers")
    assert polling.failed == []
    assert [event["text"] for event in many.events(chain, "moved")] == []
