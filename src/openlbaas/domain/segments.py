"""What a network is made of underneath: its type, and what of the physical world it takes."""

from collections.abc import Sequence

from openlbaas.domain.errors import Duplicate, NotSupported, Refusal

BUILT_TYPES = ("local", "flat", "vxlan")
LARGEST_VNI = (1 << 24) - 1

Ranges = Sequence[tuple[int, int]]
"""Numbers that may be given out, first and last included."""


class SegmentInvalid(Refusal):
    """Type, physical network and segment do not go together.

    Shape: reason is a whole sentence without period.
    """

    code = "segment_invalid"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class PhysicalNetworkTaken(Duplicate):
    """Another flat network has this physical network."""

    code = "physical_network_taken"

    def __init__(self, physical_network: str) -> None:
        super().__init__(f"physical network {physical_network} has a flat network")
        self.physical_network = physical_network


class SegmentTaken(Duplicate):
    """Another network of the type has this segment."""

    code = "segment_taken"

    def __init__(self, segmentation_id: int) -> None:
        super().__init__(f"segment {segmentation_id} is in use")
        self.segmentation_id = segmentation_id


class SegmentsExhausted(Refusal):
    """No segment is left to give."""

    code = "segments_exhausted"


def check_segment(network_type: str, physical_network: str | None, segmentation_id: int | None) -> None:
    """Let a type be asked for with what goes with it.

    Source: the type drivers of ML2, whose words these are.
    Raises: NotSupported; SegmentInvalid.
    """
    if network_type not in BUILT_TYPES:
        raise NotSupported(f"networks of type {network_type}")
    if network_type == "flat" and physical_network is None:
        raise SegmentInvalid("physical_network required for flat provider network")
    if network_type == "local" and physical_network is not None:
        raise SegmentInvalid("physical_network prohibited for local provider network")
    if network_type == "vxlan":
        _check_vxlan(physical_network, segmentation_id)
    elif segmentation_id is not None:
        raise SegmentInvalid(f"segmentation_id prohibited for {network_type} provider network")


def _check_vxlan(physical_network: str | None, segmentation_id: int | None) -> None:
    if physical_network is not None:
        raise SegmentInvalid("provider:physical_network specified for vxlan network")
    if segmentation_id is not None and not 1 <= segmentation_id <= LARGEST_VNI:
        raise SegmentInvalid(f"provider:segmentation_id out of range (1 through {LARGEST_VNI})")


def free_segment(ranges: Ranges, taken: frozenset[int], seed: int) -> int:
    """Name a segment that nobody has.

    Shape: seed decides where the search begins, so that two who search at once seldom find the same, and what was
    given back is seldom given out again while a host that was away still knows it.
    Raises: SegmentsExhausted.
    """
    sizes = [last - first + 1 for first, last in ranges]
    total = sum(sizes)
    for step in range(total):
        number = _numbered(ranges, sizes, (seed + step) % total)
        if number not in taken:
            return number
    raise SegmentsExhausted


def _numbered(ranges: Ranges, sizes: list[int], place: int) -> int:
    for (first, _), size in zip(ranges, sizes, strict=True):
        if place < size:
            return first + place
        place -= size
    raise IndexError(place)
