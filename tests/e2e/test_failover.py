"""Hosts that die, and hosts that only seem to."""

from pathlib import Path

import pytest
from cloud import Machine, cloud
from waits import eventually

pytestmark = pytest.mark.root


def traces(host: Machine) -> list[str]:
    """Name the load balancers that a host has a namespace of."""
    return [each.name for each in Path(f"/proc/{host.pid}/root/run/netns").iterdir() if each.name.startswith("qlbaas")]


def test_a_dead_hosts_load_balancer_answers_elsewhere_and_the_host_returns_without_it(tmp_path: Path) -> None:
    with cloud(tmp_path, 3) as made:
        load_balancer_id, address = made.chain()
        made.until_active(load_balancer_id)
        old = made.where(load_balancer_id)
        asking = made.asking(address)
        last = asking.answered[-1]
        made.kill(old)
        eventually(lambda: made.where(load_balancer_id) != old, "another host")
        made.until_active(load_balancer_id)
        asking.again_since(last)
        new = made.where(load_balancer_id)
        (moved,) = made.texts("moved")
        assert moved.startswith(f"moved from {old} to {new}: {old} was silent for ")
        (recovered,) = made.texts("recovered")
        assert recovered.endswith("from the last word of the host that was lost")
        made.boot(old)
        made.until_up(old)
        eventually(lambda: not traces(made.hosts[old]), "a host without traces")
        assert len(traces(made.hosts[new])) == 1
        asking.again_since(asking.answered[-1])
        asking.end()
        assert made.where(load_balancer_id) == new


def test_hosts_that_lose_the_control_plane_together_serve_on_and_nothing_is_moved(tmp_path: Path) -> None:
    with cloud(tmp_path, 3) as made:
        chains = [made.chain() for _ in range(2)]
        for load_balancer_id, _ in chains:
            made.until_active(load_balancer_id)
        before = [made.where(load_balancer_id) for load_balancer_id, _ in chains]
        asking = [made.asking(address) for _, address in chains]
        for name in made.hosts:
            made.cut(name, "control")
        eventually(lambda: made.texts("brake"), "the brake")
        for name in made.hosts:
            made.heal(name, "control")
        made.until_up(*made.hosts)
        eventually(lambda: made.texts("brake_released"), "the end of the brake")
        assert [made.where(load_balancer_id) for load_balancer_id, _ in chains] == before
        for each in asking:
            each.end()
            assert each.failed == []
        assert made.texts("moved") == []
