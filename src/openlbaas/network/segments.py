"""What a new network takes of the physical world, and how large its packets may be."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openlbaas.domain.network import CreateNetwork
from openlbaas.domain.segments import PhysicalNetworkTaken, SegmentInvalid, check_segment
from openlbaas.store.transaction import Transaction

if TYPE_CHECKING:
    from openlbaas.network.builtin import Builtin


@dataclass(frozen=True, slots=True)
class Segment:
    """What a network is made of underneath."""

    network_type: str
    physical_network: str | None = None
    segmentation_id: int | None = None


def chosen(source: "Builtin", tx: Transaction, command: CreateNetwork) -> Segment:
    """Choose what a new network is made of: what an administrator asked for, or what tenants get.

    Raises: NotSupported; SegmentInvalid; PhysicalNetworkTaken.
    """
    if command.network_type is None:
        if command.physical_network is not None or command.segmentation_id is not None:
            message = "network_type required"
            raise SegmentInvalid(message)
        return Segment(source.network_type)
    check_segment(command.network_type, command.physical_network, command.segmentation_id)
    segment = Segment(command.network_type, command.physical_network)
    if segment.physical_network is not None and tx.nets.physical_network_taken(segment.physical_network):
        raise PhysicalNetworkTaken(segment.physical_network)
    return segment


def mtu(source: "Builtin", network_type: str, wanted: int | None) -> int:
    """Name the MTU of a network: the one asked for, or the largest that its kind of network carries.

    Units: bytes.
    Raises: SegmentInvalid when that would be too large; on a local network it never is.
    """
    largest = source.default_mtu
    if wanted is not None and wanted > largest and network_type != "local":
        raise SegmentInvalid(f"Requested MTU is too big, maximum is {largest}")
    return wanted or largest
