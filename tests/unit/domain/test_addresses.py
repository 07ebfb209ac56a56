"""Which address comes next, and which never does."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openlbaas.domain.addresses import mac_address, next_free, usable, whole_pools
from openlbaas.domain.network import AllocationPool


@pytest.mark.parametrize(
    ("network", "address", "answer"),
    [
        ("10.0.0.0/24", "10.0.0.0", False),
        ("10.0.0.0/24", "10.0.0.255", False),
        ("10.0.0.0/24", "10.0.0.1", True),
        ("10.0.0.0/24", "10.0.1.1", False),
        ("10.0.0.0/24", "fd00::1", False),
        ("10.0.0.0/31", "10.0.0.0", True),
        ("fd00::/64", "fd00::", False),
        ("fd00::/64", "fd00::ffff:ffff:ffff:ffff", True),
    ],
)
def test_usable(network: str, address: str, answer: bool) -> None:
    assert usable(ipaddress.ip_network(network), ipaddress.ip_address(address)) is answer


@pytest.mark.parametrize(
    ("network", "gateway", "pools"),
    [
        ("10.0.0.0/24", "10.0.0.1", [("10.0.0.2", "10.0.0.254")]),
        ("10.0.0.0/24", "10.0.0.254", [("10.0.0.1", "10.0.0.253")]),
        ("10.0.0.0/24", "10.0.0.9", [("10.0.0.1", "10.0.0.8"), ("10.0.0.10", "10.0.0.254")]),
        ("10.0.0.0/24", None, [("10.0.0.1", "10.0.0.254")]),
        ("10.0.0.0/31", None, [("10.0.0.0", "10.0.0.1")]),
        ("10.0.0.0/30", "10.0.0.1", [("10.0.0.2", "10.0.0.2")]),
    ],
)
def test_whole_pools(network: str, gateway: str | None, pools: list[tuple[str, str]]) -> None:
    at = ipaddress.ip_address(gateway) if gateway else None
    assert whole_pools(ipaddress.ip_network(network), at) == tuple(AllocationPool(*p) for p in pools)


def test_an_address_just_released_is_the_last_to_come_again() -> None:
    pools = [AllocationPool("10.0.0.2", "10.0.0.4")]
    assert next_free(pools, set(), None) == "10.0.0.2"
    assert next_free(pools, set(), "10.0.0.2") == "10.0.0.3"
    assert next_free(pools, {"10.0.0.4"}, "10.0.0.3") == "10.0.0.2"
    assert next_free(pools, {"10.0.0.2", "10.0.0.3", "10.0.0.4"}, "10.0.0.3") is None


@given(st.sets(st.integers(2, 9)), st.integers(2, 9))
def test_next_free_is_free_and_in_the_pool(taken: set[int], last: int) -> None:
    pools = [AllocationPool("10.0.0.2", "10.0.0.5"), AllocationPool("10.0.0.7", "10.0.0.9")]
    found = next_free(pools, {f"10.0.0.{n}" for n in taken}, f"10.0.0.{last}")
    free = {2, 3, 4, 5, 7, 8, 9} - taken
    assert (found is None) if not free else (int(found.rsplit(".")[-1]) in free)  # type: ignore[union-attr]


def test_mac_addresses_are_stable_and_of_the_base() -> None:
    made = mac_address("fa:16:3e:00:00:00", "port")
    assert made == mac_address("fa:16:3e:00:00:00", "port")
    assert made.startswith("fa:16:3e:")
    assert made != mac_address("fa:16:3e:00:00:00", "port", 1)
