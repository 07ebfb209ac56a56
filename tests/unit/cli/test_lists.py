"""Lists: columns, filters, pages, networks with their ranges."""

from __future__ import annotations

import pytest

from .conftest import Replay, typed

ROWS = [
    {"id": "1", "name": "a", "tenant_id": "t", "vip_address": "10.0.0.4"},
    {"id": "2", "name": None, "tenant_id": "t"},
]


def test_pages_are_followed(replay: Replay) -> None:
    """The next page is asked for with the query of the link."""
    link = {"rel": "next", "href": "http://elsewhere/v2.0/lbaas/pools?limit=1&marker=1"}
    replay.answer("GET", "/v2.0/lbaas/pools?limit=1", {"pools": [{"id": "1"}], "pools_links": [link]})
    replay.answer("GET", "/v2.0/lbaas/pools?limit=1&marker=1", {"pools": [{"id": "2"}]})
    assert typed("lbaas-pool-list -P 1 -f value", replay.url).out == "1\n2\n"


def test_an_empty_page_ends_the_list(replay: Replay) -> None:
    """Even when the server links on."""
    link = {"rel": "next", "href": "http://elsewhere/v2.0/lbaas/pools?limit=1"}
    replay.answer("GET", "/v2.0/lbaas/pools?limit=1", {"pools": [], "pools_links": [link]})
    assert typed("lbaas-pool-list -P 1", replay.url).out == "\n"


@pytest.mark.parametrize(
    ("options", "query"),
    [
        ("--sort-key name --sort-key id --sort-dir desc", "sort_key=name&sort_key=id&sort_dir=desc&sort_dir=asc"),
        ("--name a", "name=a"),
        ("-- --name a b", "name=a&name=b"),
        ("-F id -F name -D", "fields=id&fields=name&verbose=True"),
        ("--admin_state_up=False", "admin_state_up=False"),
    ],
)
def test_query(options: str, query: str, replay: Replay) -> None:
    """Options become the query; unknown ones are filters."""
    replay.answer("GET", f"/v2.0/lbaas/loadbalancers?{query}", {"loadbalancers": ROWS})
    assert typed(f"lbaas-loadbalancer-list {options}", replay.url).code == 0


def test_fields_asked_for_are_the_columns(replay: Replay) -> None:
    """-F names what to fetch, so it is also what to show."""
    replay.answer("GET", "/v2.0/lbaas/loadbalancers?fields=name", {"loadbalancers": ROWS})
    assert typed("lbaas-loadbalancer-list -F name -f csv", replay.url).out == '"name"\n"a"\n""\n'


def test_unknown_column(replay: Replay) -> None:
    """The columns there are, in the message."""
    replay.answer("GET", "/v2.0/lbaas/loadbalancers", {"loadbalancers": ROWS})
    outcome = typed("lbaas-loadbalancer-list -c colour", replay.url)
    assert outcome.code == 1
    assert "Recognized columns are ['id', 'name', 'tenant_id', 'vip_address']" in outcome.err


def test_rows_of_different_keys_do_no_harm(replay: Replay) -> None:
    """The neutron client takes its columns from the first row and fails at the second."""
    replay.answer("GET", "/v2.0/lbaas/loadbalancers", {"loadbalancers": list(reversed(ROWS))})
    assert typed("lbaas-loadbalancer-list -f value -c id -c vip_address", replay.url).out == "2 \n1 10.0.0.4\n"


def test_networks_show_their_ranges(replay: Replay) -> None:
    """The ranges come with one more request for all of them."""
    replay.answer("GET", "/v2.0/networks", {"networks": [{"id": "n", "name": "x", "subnets": ["s1", "s2"]}]})
    replay.answer(
        "GET",
        "/v2.0/subnets?fields=id&fields=cidr&id=s1&id=s2",
        {"subnets": [{"id": "s1", "cidr": "10.0.0.0/24"}, {"id": "s2", "cidr": "10.0.1.0/24"}]},
    )
    lines = typed("net-list", replay.url).out.splitlines()
    assert lines[3:5] == ["| n  | x    | s1 10.0.0.0/24 |", "|    |      | s2 10.0.1.0/24 |"]


def test_print_empty(replay: Replay) -> None:
    """The heading of a list without rows, when asked for."""
    replay.answer("GET", "/v2.0/lbaas/pools", {"pools": []})
    out = typed("lbaas-pool-list --print-empty", replay.url).out
    assert "| id | name | lb_algorithm | protocol | admin_state_up |" in out


def test_wide_characters_line_up(replay: Replay) -> None:
    """A name in Hangul takes two columns per character."""
    replay.answer("GET", "/v2.0/networks", {"networks": [{"id": "n", "name": "서비스"}]})
    lines = typed("net-list", replay.url).out.splitlines()
    assert lines[0] == "+----+--------+"
    assert lines[3] == "| n  | 서비스 |"


@pytest.mark.parametrize(
    ("line", "printed"),
    [
        ("agent-list -f value -c alive", ":-)"),
        ("network agent list -f value -c alive", "True"),
        ("network agent list -c alive", "| :-)   |"),
    ],
)
def test_face_of_an_agent(line: str, printed: str, replay: Replay) -> None:
    """The neutron client shows it in every format, the newer commands to people only."""
    replay.answer("GET", "/v2.0/agents", {"agents": [{"id": "1", "alive": True}]})
    assert printed in typed(line, replay.url).out.splitlines()


def test_fields_of_one_object(replay: Replay) -> None:
    """Nothing is shown that was not asked for; columns stand in alphabetical order."""
    replay.answer("GET", "/v2.0/lbaas/pools?name=p&fields=id", {"pools": [{"id": "1"}]})
    replay.answer("GET", "/v2.0/lbaas/pools/1?fields=name", {"pool": {"name": "p"}})
    replay.answer("GET", "/v2.0/lbaas/pools/1", {"pool": {"id": "1", "name": "p", "members": [{"id": "m"}]}})
    assert typed("lbaas-pool-show p -F name -f value", replay.url).out == "p\n"
    assert typed("lbaas-pool-show p -c name -c members -f value", replay.url).out == "['m']\np\n"
