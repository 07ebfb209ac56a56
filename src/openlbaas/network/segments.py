"""What a new network takes of the physical world, and how large its packets may be."""

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from openlbaas.domain.network import CreateNetwork
from openlbaas.domain.segments import (
    PhysicalNetworkTaken,
    SegmentInvalid,
    SegmentTaken,
    check_segment,
    free_segment,
)
from openlbaas.store.transaction import Transaction

if TYPE_CHECKING:
    from openlbaas.network.builtin import Builtin


@dataclass(frozen=True, slots=True)
class Segment:
    """What a network is made of underneath."""

    network_type: str
    physical_network: str | None = None
    segmentation_id: int | None = None


def chosen(source: "Builtin", tx: Transaction, command: CreateNetwork, network_id: str) -> Segment:
    """Choose what a new network is made of: what an administrator asked for, or what tenants get.

    Raises: NotSupported; SegmentInvalid; PhysicalNetworkTaken; SegmentTaken; SegmentsExhausted.
    """
    kind, wanted = command.network_type, command.segmentation_id
    if kind is None:
        if command.physical_network is not None or wanted is not None:
            message = "network_type required"
            raise SegmentInvalid(message)
        kind = source.network_type
    else:
        check_segment(kind, command.physical_network, wanted)
    if kind == "vxlan":
        return Segment(kind, segmentation_id=_vni(source, tx, wanted, network_id))
    name = command.physical_network
    if name is not None and tx.nets.physical_network_taken(name):
        raise PhysicalNetworkTaken(name)
    return Segment(kind, name)


def _vni(source: "Builtin", tx: Transaction, wanted: int | None, network_id: str) -> int:
    """Choose the segment of a tunnel; the database lets nobody have one twice, and who comes second chooses again."""
    taken = tx.nets.segments("vxlan")
    if wanted is None:
        return free_segment(source.vni_ranges, taken, UUID(network_id).int)
    if wanted in taken:
        raise SegmentTaken(wanted)
    return wanted


def mtu(source: "Builtin", network_type: str, wanted: int | None) -> int:
    """Name the MTU of a network: the one asked for, or the largest that its kind of network carries.

    Units: bytes.
    Raises: SegmentInvalid when that would be too large; on a local network it never is.
    """
    largest = source.default_mtu - (source.overhead if network_type == "vxlan" else 0)
    if wanted is not None and wanted > largest and network_type != "local":
        raise SegmentInvalid(f"Requested MTU is too big, maximum is {largest}")
    return wanted or largest
