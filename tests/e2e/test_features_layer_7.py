"""What layer 7 policies do to requests, set up through the API by a tenant."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from tenant import FIRST_PLAIN, Tenant

ONE, TWO = FIRST_PLAIN, FIRST_PLAIN + 1

CASES = [
    ("HOST_NAME", None, "EQUAL_TO", "www.example.com", ("www.example.com", "WWW.Example.com:80"), ("example.com",)),
    ("HOST_NAME", None, "STARTS_WITH", "www.", ("www.a",), ("a.www.",)),
    ("HOST_NAME", None, "ENDS_WITH", ".org", ("a.org",), ("a.org.b",)),
    ("HOST_NAME", None, "CONTAINS", "xam", ("example",), ("abc",)),
    ("HOST_NAME", None, "REGEX", r"^a\d+\.b$", ("a12.b",), ("ab.b",)),
    ("PATH", None, "EQUAL_TO", "/a", ("/a", "/a?q=1"), ("/A", "/a/")),
    ("PATH", None, "STARTS_WITH", "/a", ("/abc",), ("/b/a",)),
    ("PATH", None, "ENDS_WITH", "/z", ("/a/z",), ("/z/a",)),
    ("PATH", None, "CONTAINS", "#", ("/a%23",), ()),
    ("PATH", None, "REGEX", "^/(a|b)/?$", ("/a", "/b/"), ("/c",)),
    ("FILE_TYPE", None, "EQUAL_TO", "jpg", ("/x/y.jpg", "/y.tar.jpg?a=b.png"), ("/jpg", "/y.jpg/z")),
    ("FILE_TYPE", None, "REGEX", "^(jpg|png)$", ("/a.png",), ("/a.gif",)),
    ("HEADER", "X-Kind", "EQUAL_TO", "one", ("one",), ("One", "two")),
    ("HEADER", "X-Kind", "STARTS_WITH", "on", ("one",), ("none",)),
    ("HEADER", "X-Kind", "ENDS_WITH", "ne", ("one",), ("ones",)),
    ("HEADER", "X-Kind", "CONTAINS", "n", ("one",), ("two",)),
    ("HEADER", "X-Kind", "REGEX", "^o.e$", ("one",), ("owner",)),
    ("COOKIE", "kind", "EQUAL_TO", "one", ("kind=one", "a=b; kind=one"), ("kind=two", "other=one")),
    ("COOKIE", "kind", "STARTS_WITH", "on", ("kind=one",), ("kind=none",)),
    ("COOKIE", "kind", "ENDS_WITH", "ne", ("kind=one",), ("kind=ones",)),
    ("COOKIE", "kind", "CONTAINS", "n", ("kind=one",), ("kind=two",)),
    ("COOKIE", "kind", "REGEX", "^o.e$", ("kind=one",), ("kind=owner",)),
]


def answers(tenant: Tenant, vip: str, kind: str, value: str) -> int:
    """Ask with a value where a rule of a kind looks; the status."""
    if kind in ("PATH", "FILE_TYPE"):
        return tenant.client.get(vip, value).status
    name = {"HOST_NAME": "Host", "HEADER": "X-Kind", "COOKIE": "Cookie"}[kind]
    return tenant.client.get(vip, **{name: value}).status


def test_every_type_compares_in_every_way(tenant: Tenant) -> None:
    vip, _, listener, _ = tenant.serving(ONE)
    policy = tenant.make("l7policies", "l7policy", listener_id=listener["id"], action="REJECT")
    path = f"l7policies/{policy['id']}/rules"
    first = CASES[0]
    rule = tenant.make(path, "rule", type=first[0], compare_type=first[2], value=first[3])
    for kind, key, compare, value, matching, others in CASES:
        given = {"type": kind, "key": key, "compare_type": compare, "value": value}
        if value == "#":
            given["value"] = "%23"
        for invert in (False, True):
            tenant.change(f"{path}/{rule['id']}", "rule", invert=invert, **given)
            for asked, matches in itertools.chain(((x, True) for x in matching), ((x, False) for x in others)):
                wanted = 403 if matches != invert else 200
                assert answers(tenant, vip, kind, asked) == wanted, (given, invert, asked)


@pytest.fixture
def shop(tenant: Tenant) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """A load balancer with a second pool: VIP, listener and that pool."""
    vip, balancer, listener, _ = tenant.serving(ONE)
    second = tenant.pool(balancer, TWO)
    yield vip, listener, second
    tenant.active()


def policy(tenant: Tenant, listener: dict[str, Any], action: str, *values: str, **more: object) -> str:
    """Make a policy for paths that begin with a value; its id."""
    made = tenant.make("l7policies", "l7policy", listener_id=listener["id"], action=action, **more)
    rules = [{"type": "PATH", "compare_type": "STARTS_WITH", "value": value} for value in values]
    if rules:
        answer = tenant.api.ask("POST", f"lbaas/l7policies/{made['id']}/rules", {"rules": rules})
        assert answer.status == 201, answer.body
    tenant.active()
    return str(made["id"])


def test_each_action_does_what_it_says(tenant: Tenant, shop: tuple[str, dict[str, Any], dict[str, Any]]) -> None:
    vip, listener, second = shop
    policy(tenant, listener, "REJECT", "/no")
    policy(tenant, listener, "REDIRECT_TO_POOL", "/two", redirect_pool_id=second["id"])
    policy(tenant, listener, "REDIRECT_TO_URL", "/away", redirect_url="https://www.example.com/a?b=c%20d#e")
    policy(tenant, listener, "REJECT")
    assert tenant.client.get(vip, "/no").status == 403
    assert tenant.client.get(vip, "/two").member == TWO
    away = tenant.client.get(vip, "/away")
    assert (away.status, away.headers["location"]) == (302, "https://www.example.com/a?b=c%20d#e")
    assert tenant.client.get(vip, "/other").member == ONE


def test_all_rules_of_a_policy_must_hold(tenant: Tenant, shop: tuple[str, dict[str, Any], dict[str, Any]]) -> None:
    vip, listener, _ = shop
    id_ = policy(tenant, listener, "REJECT", "/a", "/a/b")
    assert [tenant.client.get(vip, path).status for path in ("/a", "/a/b")] == [200, 403]
    rules = tenant.read(f"l7policies/{id_}/rules")["rules"]
    narrow = next(rule for rule in rules if rule["value"] == "/a/b")
    tenant.change(f"l7policies/{id_}/rules/{narrow['id']}", "rule", admin_state_up="False")
    assert tenant.client.get(vip, "/a").status == 403
    tenant.change(f"l7policies/{id_}", "l7policy", admin_state_up="False")
    assert tenant.client.get(vip, "/a").status == 200


def test_the_first_that_matches_decides_whatever_it_does(
    tenant: Tenant, shop: tuple[str, dict[str, Any], dict[str, Any]]
) -> None:
    vip, listener, second = shop
    to_pool = policy(tenant, listener, "REDIRECT_TO_POOL", "/a", redirect_pool_id=second["id"])
    policy(tenant, listener, "REJECT", "/a")
    assert tenant.client.get(vip, "/a").member == TWO
    tenant.change(f"l7policies/{to_pool}", "l7policy", position=2)
    assert tenant.client.get(vip, "/a").status == 403
    policy(tenant, listener, "REDIRECT_TO_URL", "/a", redirect_url="http://x.test/", position=1)
    assert tenant.client.get(vip, "/a").status == 302


def test_a_pool_that_goes_leaves_a_rejection(tenant: Tenant, shop: tuple[str, dict[str, Any], dict[str, Any]]) -> None:
    vip, listener, second = shop
    policy(tenant, listener, "REDIRECT_TO_POOL", "/two", redirect_pool_id=second["id"])
    (member,) = tenant.members(second)
    tenant.delete(f"pools/{second['id']}/members/{member['id']}")
    tenant.delete(f"pools/{second['id']}")
    assert tenant.client.get(vip, "/two").status == 403
