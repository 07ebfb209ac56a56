from pathlib import Path

import pytest

from openlbaas.cli.lab import names as n


def test_names_come_from_the_folder_alone() -> None:
    one, same, other = n.names("/srv/one"), n.names(Path("/srv/x/../one")), n.names("/srv/two")
    assert one.prefix == same.prefix != other.prefix
    assert one.namespace("host1") == f"{one.prefix}-host1"
    assert one.mark.startswith(one.prefix)


def test_paths_of_sockets_fit_into_the_kernels_97_bytes() -> None:
    longest = n.names("/any").host_folder(n.host(n.MOST_HOSTS)) / "lbaas/v2" / ("0" * 36) / "haproxy_stats.sock"
    assert len(str(longest)) <= 97


@pytest.mark.parametrize(
    ("place", "address"), [(1, "172.20.0.12"), (2, "172.20.0.6"), (3, "172.20.0.13"), (4, "172.20.0.14")]
)
def test_web_servers_are_where_the_article_has_them(place: int, address: str) -> None:
    assert n.web_address(place) == address


def test_no_two_stations_share_an_address() -> None:
    addresses = [n.web_address(place) for place in range(1, 91)]
    assert len({*addresses, n.CLIENT_ADDRESS}) == 91


def test_a_web_server_of_any_name_gets_a_free_address() -> None:
    assert n.web_place("web7", frozenset()) == 7
    assert n.web_address(n.web_place("shop", frozenset({"172.20.0.12", "172.20.0.6"}))) == "172.20.0.13"


@pytest.mark.parametrize("name", ["client", "control", "wire", "host1", "server2", "Web", "9", "", "a" * 16, "a/b"])
def test_some_names_are_not_for_web_servers(name: str) -> None:
    assert not n.usable_web_name(name)


def test_interfaces_are_named_as_in_the_original() -> None:
    assert n.bridge("54a5e33b-faa8-411f-b773-940bb90191b4") == "brq54a5e33b-fa"
    assert n.tap("dc6c5904-21ac-4ad5-bde1-bdccf0d72dc4") == "tapdc6c5904-21"


def test_no_host_has_the_control_address_of_another_or_of_a_server() -> None:
    hosts = {n.host_control_address(place) for place in range(1, n.MOST_HOSTS + 1)}
    servers = {n.server_control_address(place) for place in range(1, n.MOST_SERVERS + 1)}
    assert len(hosts | servers) == n.MOST_HOSTS + n.MOST_SERVERS
