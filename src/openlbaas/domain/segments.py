"""What a network is made of underneath: its type, and what of the physical world it takes."""

from openlbaas.domain.errors import Duplicate, NotSupported, Refusal

BUILT_TYPES = ("local", "flat")


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
    if segmentation_id is not None:
        raise SegmentInvalid(f"segmentation_id prohibited for {network_type} provider network")
