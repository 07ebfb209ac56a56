"""What networks are made of underneath, and which segment is free."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openlbaas.domain.errors import NotSupported
from openlbaas.domain.segments import LARGEST_VNI, SegmentInvalid, SegmentsExhausted, check_segment, free_segment


@pytest.mark.parametrize(
    "segment",
    [("local", None, None), ("flat", "provider", None), ("vxlan", None, None), ("vxlan", None, 1)],
)
def test_what_goes_together(segment: tuple[str, str | None, int | None]) -> None:
    check_segment(*segment)


@pytest.mark.parametrize(
    "segment",
    [
        ("local", "provider", None),
        ("local", None, 7),
        ("flat", None, None),
        ("flat", "provider", 7),
        ("vxlan", "provider", 7),
        ("vxlan", None, 0),
        ("vxlan", None, LARGEST_VNI + 1),
    ],
)
def test_what_does_not(segment: tuple[str, str | None, int | None]) -> None:
    with pytest.raises(SegmentInvalid):
        check_segment(*segment)


@pytest.mark.parametrize("network_type", ["vlan", "gre", "geneve"])
def test_what_is_not_built(network_type: str) -> None:
    with pytest.raises(NotSupported):
        check_segment(network_type, None, None)


@given(seed=st.integers(0, 1 << 128), taken=st.frozensets(st.integers(1, 20)))
def test_a_free_segment_is_of_the_ranges_and_nobodys(seed: int, taken: frozenset[int]) -> None:
    ranges = ((3, 5), (10, 12))
    free = {3, 4, 5, 10, 11, 12} - taken
    if free:
        assert free_segment(ranges, taken, seed) in free
    else:
        with pytest.raises(SegmentsExhausted):
            free_segment(ranges, taken, seed)


def test_without_a_range_there_is_none() -> None:
    with pytest.raises(SegmentsExhausted):
        free_segment((), frozenset(), 5)
