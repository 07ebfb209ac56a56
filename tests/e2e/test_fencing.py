"""Hosts that are taken for dead and are not, and hosts that return: one answers for each VIP."""

import os
import signal
import time
from pathlib import Path

import arp
import pytest
from cloud import Asking, Cloud, cloud, inside
from waits import eventually

pytestmark = pytest.mark.root


def agent(made: Cloud, name: str) -> int:
    """Number the process of a host's agent."""
    mark = str(made.folder / f"{name}.conf").encode()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if mark in words and b"nsenter" not in words:
                return int(entry.name)
    raise AssertionError(f"no agent on {name}")


def answering(made: Cloud, address: str) -> int:
    """Count the hosts that answer for an address."""
    return int(inside(made.middle.pid, lambda: arp.answering("tenant", "172.20.0.200", address)))


def one_answers(made: Cloud, address: str, asking: Asking) -> bool:
    """Tell whether one host answers, and clients are served."""
    before = len(asking.failed)
    asking.again_since(time.monotonic())
    return answering(made, address) == 1 and len(asking.failed) == before


def traces(made: Cloud, name: str) -> list[str]:
    """Name the load balancers that a host has a namespace of."""
    names = Path(f"/proc/{made.hosts[name].pid}/root/run/netns").iterdir()
    return [each.name for each in names if each.name.startswith("qlbaas")]


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
def test_an_agent_that_falls_silent_while_its_host_serves(tmp_path: Path, how: signal.Signals) -> None:
    with cloud(tmp_path, 3) as made:
        load_balancer_id, address = made.chain()
        made.until_active(load_balancer_id)
        old = made.where(load_balancer_id)
        asking = made.asking(address)
        stopped = agent(made, old)
        os.kill(stopped, how)
        eventually(lambda: made.where(load_balancer_id) != old, "another host")
        made.until_active(load_balancer_id)
        eventually(lambda: one_answers(made, address, asking), "one host that answers")
        assert len(traces(made, old)) == 1
        if how is signal.SIGKILL:
            made.start(old)
        else:
            # What waits for it stops and goes on as it does.
            os.kill(stopped, signal.SIGCONT)
            made.agents[old].send_signal(signal.SIGCONT)
        eventually(lambda: not traces(made, old), "a host without traces")
        eventually(lambda: one_answers(made, address, asking), "one host that answers")
        asking.end()
        assert made.where(load_balancer_id) != old


def test_hosts_agree_without_the_control_plane(tmp_path: Path) -> None:
    with cloud(tmp_path, 3) as made:
        load_balancer_id, address = made.chain()
        made.until_active(load_balancer_id)
        old = made.where(load_balancer_id)
        asking = made.asking(address)
        made.cut(old, "tenant")
        made.cut(old, "control")
        eventually(lambda: made.where(load_balancer_id) != old, "another host")
        made.until_active(load_balancer_id)
        new = made.where(load_balancer_id)
        for name in made.hosts:
            made.cut(name, "control")
        made.heal(old, "tenant")
        eventually(lambda: "given up" in (made.folder / f"{old}.log").read_text(), "that it was given up")
        eventually(lambda: one_answers(made, address, asking), "one host that answers")
        assert len(traces(made, old)) == 1
        for name in made.hosts:
            made.heal(name, "control")
        eventually(lambda: not traces(made, old), "a host without traces")
        assert one_answers(made, address, asking)
        asking.end()
        assert made.where(load_balancer_id) == new


def test_a_host_that_boots_alone_serves_what_it_had(tmp_path: Path) -> None:
    with cloud(tmp_path, 2, allow_automatic_lbaas_agent_failover=False) as made:
        load_balancer_id, address = made.chain()
        made.until_active(load_balancer_id)
        old = made.where(load_balancer_id)
        asking = made.asking(address)
        made.kill(old)
        for name in made.hosts:
            made.cut(name, "control")
        made.middle.ip("link", "set", "control", "down")
        made.boot(old)
        asking.again_since(time.monotonic())
        assert "records are followed" in (made.folder / f"{old}.log").read_text()
        eventually(lambda: one_answers(made, address, asking), "one host that answers")
        asking.end()
