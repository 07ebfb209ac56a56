"""What networks get of the physical world, also when many ask at once."""

import dataclasses
import threading
from pathlib import Path

import pytest

from openlbaas.domain.network import CreateNetwork, DeleteNetwork, Network, UpdateNetwork
from openlbaas.domain.segments import PhysicalNetworkTaken, SegmentInvalid, SegmentsExhausted, SegmentTaken
from openlbaas.network.builtin import Builtin
from openlbaas.operations import networks
from world import ADMIN, TENANT, World, world


def tunnelled(folder: Path, *ranges: tuple[int, int]) -> World:
    """Have a control plane whose tenants get tunnels."""
    lab = world(folder)
    source = Builtin(base_mac="fa:16:3e:00:00:00", default_mtu=1500, network_type="vxlan", vni_ranges=ranges)
    lab.services = dataclasses.replace(lab.services, network=source)
    return lab


def test_tenants_get_a_segment_and_what_is_left_of_the_mtu(tmp_path: Path) -> None:
    lab = tunnelled(tmp_path, (7, 7))
    made = lab.network(TENANT)
    assert (made.network_type, made.segmentation_id, made.physical_network, made.mtu) == ("vxlan", 7, None, 1450)
    with pytest.raises(SegmentsExhausted):
        lab.network(TENANT)
    networks.change(lab.services, TENANT, DeleteNetwork(made.id))
    assert lab.network(TENANT).segmentation_id == 7


def test_an_administrator_may_name_any_segment_that_nobody_has(tmp_path: Path) -> None:
    lab = tunnelled(tmp_path, (7, 8))
    assert lab.network(network_type="vxlan", segmentation_id=5000).segmentation_id == 5000
    lab.network(network_type="vxlan", segmentation_id=8)
    with pytest.raises(SegmentTaken):
        lab.network(network_type="vxlan", segmentation_id=8)
    assert lab.network().segmentation_id == 7


def test_many_who_ask_at_once_get_different_ones(tmp_path: Path) -> None:
    lab = tunnelled(tmp_path, (1, 16), (101, 116))
    found: list[int | None] = []
    faults: list[BaseException] = []
    together = threading.Barrier(8)

    def ask() -> None:
        together.wait()
        try:
            found.extend(_asked(lab) for _ in range(4))
        except BaseException as fault:  # noqa: BLE001 - shown by the assertion
            faults.append(fault)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert set(found) == {*range(1, 17), *range(101, 117)}
    assert len(found) == 32
    with pytest.raises(SegmentsExhausted):
        lab.network()


def _asked(lab: World) -> int | None:
    made = networks.change(lab.services, TENANT, CreateNetwork(project_id="project"))
    assert isinstance(made, Network)
    return made.segmentation_id


def test_a_physical_network_has_one_flat_network(tmp_path: Path) -> None:
    lab = world(tmp_path)
    flat = lab.network(network_type="flat", physical_network="provider")
    assert flat.mtu == 1500
    lab.network(network_type="flat", physical_network="other")
    with pytest.raises(PhysicalNetworkTaken):
        lab.network(network_type="flat", physical_network="provider")
    networks.change(lab.services, ADMIN, DeleteNetwork(flat.id))
    lab.network(network_type="flat", physical_network="provider")


def test_an_mtu_that_does_not_fit_is_refused_also_later(tmp_path: Path) -> None:
    lab = tunnelled(tmp_path, (1, 9))
    made = lab.network(mtu=1400)
    with pytest.raises(SegmentInvalid, match="maximum is 1450"):
        lab.network(mtu=1451)
    with pytest.raises(SegmentInvalid, match="maximum is 1450"):
        networks.change(lab.services, ADMIN, UpdateNetwork(id=made.id, mtu=1500))
    changed = networks.change(lab.services, ADMIN, UpdateNetwork(id=made.id, mtu=1450))
    assert isinstance(changed, Network)
    assert changed.mtu == 1450
    assert lab.network(network_type="local", mtu=9000).mtu == 9000
