"""What everything of a lab is called follows from its folder alone."""

from pathlib import Path

import pytest

from openlbaas.cli.lab import names as n

NETWORK = "54a5e33b-faa8-411f-b773-940bb90191b4"
PORT = "dc6c5904-21ac-4ad5-bde1-bdccf0d72dc4"


def test_a_folder_is_one_lab_however_it_is_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    typed = [tmp_path / "lab", "lab", "./lab", "~/lab", "other/../lab"]
    assert {n.names(one).prefix for one in typed} == {n.names(tmp_path / "lab").prefix}


def test_labs_are_told_apart(tmp_path: Path) -> None:
    one, other = n.names(tmp_path / "one"), n.names(tmp_path / "other")
    assert one.prefix != other.prefix
    assert one.namespace("host1") == f"{one.prefix}-host1"
    assert one.namespace_path("host1") == f"/run/netns/{one.prefix}-host1"
    assert one.host_folder("host1") == one.hosts_folder / "host1"
    assert one.hosts_folder != other.hosts_folder


def test_the_names_of_the_original() -> None:
    assert n.bridge(NETWORK) == "brq54a5e33b-fa"
    assert n.tap(PORT) == "tapdc6c5904-21"


@pytest.mark.parametrize("name", [n.bridge(NETWORK), n.tap(PORT), n.host(n.MOST_HOSTS)])
def test_interfaces_have_names_that_the_kernel_takes(name: str) -> None:
    assert len(name) <= 15


def test_web_servers_are_where_the_article_has_them() -> None:
    assert [n.web_address(place) for place in (1, 2, 3, 4)] == [
        "172.20.0.12",
        "172.20.0.6",
        "172.20.0.13",
        "172.20.0.14",
    ]


def test_no_two_have_one_address() -> None:
    places = range(1, 91)
    addresses = [n.web_address(place) for place in places] + [n.CLIENT_ADDRESS]
    assert len(set(addresses)) == len(addresses)
    control = [n.server_control_address(place) for place in range(1, n.MOST_SERVERS + 1)]
    control += [n.host_control_address(place) for place in range(1, n.MOST_HOSTS + 1)]
    assert len(set(control)) == len(control)


@pytest.mark.parametrize(("name", "place"), [("web1", 1), ("web7", 7), ("web42", 42)])
def test_a_numbered_web_server_has_its_number(name: str, place: int) -> None:
    assert n.web_place(name, frozenset()) == place


def test_any_other_gets_the_first_free_address() -> None:
    taken = frozenset({n.web_address(1), n.web_address(2)})
    assert n.web_address(n.web_place("shop", taken)) == "172.20.0.13"
    assert n.web_address(n.web_place("shop", frozenset())) == "172.20.0.12"


@pytest.mark.parametrize("name", ["web3", "shop", "a", "a-b-c"])
def test_names_that_can_be_had(name: str) -> None:
    assert n.usable_web_name(name)


@pytest.mark.parametrize(
    "name", ["", "Web", "-a", "a b", "a/b", "client", "control", "wire", "host1", "server2", "a" * 16, "é"]
)
def test_names_that_can_not(name: str) -> None:
    assert not n.usable_web_name(name)
