"""Layer 7 policies: what they do to the requests of a client on the tenant's network."""

import http.client
import os
import signal
import socket
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from balancers import BRIDGE, CLIENT, MEMBERS, VIP, WEB1, WEB2, bare, id_of, other
from netns_host import LONGEST_S, Host, Web, alone, apply, host, inside, until

from openlbaas.desired.spec import ListenerSpec, PolicySpec, PoolSpec, RuleSpec
from openlbaas.domain.errors import ConfigRejected

FIRST, SECOND = id_of(4, 1), id_of(4, 2)
POOLS = (
    PoolSpec(id=FIRST, protocol="HTTP", algorithm="ROUND_ROBIN", members=MEMBERS[:1]),
    PoolSpec(id=SECOND, protocol="HTTP", algorithm="ROUND_ROBIN", members=MEMBERS[1:]),
)


class Row(NamedTuple):
    """A rule, with requests that match it and requests that don't: path and headers."""

    type: str
    compare_type: str
    value: str
    key: str | None
    matching: list[tuple[str, dict[str, str]]]
    others: list[tuple[str, dict[str, str]]]


def on_host(compare_type: str, value: str, matching: list[str], others: list[str]) -> Row:
    asked = [[("/", {"Host": name}) for name in names] for names in (matching, others)]
    return Row("HOST_NAME", compare_type, value, None, *asked)


def on_path(type_: str, compare_type: str, value: str, matching: list[str], others: list[str]) -> Row:
    return Row(type_, compare_type, value, None, [(path, {}) for path in matching], [(path, {}) for path in others])


def on_header(compare_type: str, key: str, value: str, matching: list[str], others: list[str]) -> Row:
    asked = [[("/", {key: content}) for content in contents] for contents in (matching, others)]
    return Row("HEADER", compare_type, value, key, asked[0], [*asked[1], ("/", {})])


def on_cookie(compare_type: str, value: str, matching: list[str], others: list[str]) -> Row:
    asked = [
        [("/", {"Cookie": f"a=b; kind={content}; c=d"}) for content in contents] for contents in (matching, others)
    ]
    return Row(
        "COOKIE", compare_type, value, "kind", asked[0], [*asked[1], ("/", {}), ("/", {"Cookie": f"KIND={value}"})]
    )


ROWS = [
    on_host(
        "EQUAL_TO", "www.example", ["www.example", "WWW.example:8080"], ["example", "www.example.org", "[fd00::1]"]
    ),
    on_host("STARTS_WITH", "api.", ["api.example", "API.example:80"], ["www.api.example"]),
    on_host("ENDS_WITH", ".example", ["a.example", "a.EXAMPLE:99"], ["example", "a.example.org"]),
    on_host("CONTAINS", "shop", ["my.shop.example", "SHOP:1"], ["sho.p"]),
    on_host("REGEX", r"^(a|b)\.example$", ["a.example", "B.example:80"], ["c.example", "a.example.org"]),
    on_path("PATH", "EQUAL_TO", "/a", ["/a", "/a?b=c"], ["/A", "/a/", "/", "/ab"]),
    on_path("PATH", "STARTS_WITH", "/api/", ["/api/", "/api/x?y"], ["/api", "/x/api/"]),
    on_path("PATH", "ENDS_WITH", "/end", ["/end", "/the/end?x"], ["/end/", "/bend"]),
    on_path("PATH", "CONTAINS", "mid", ["/a/mid/b", "/middle"], ["/?mid", "/MID"]),
    on_path("PATH", "CONTAINS", "%23", ["/a%23b"], ["/a23b"]),
    on_path("PATH", "REGEX", r"^/\d+( |/x)?$", ["/12", "/1/x"], ["/1a", "/"]),
    on_path("PATH", "STARTS_WITH", '""', ["/", "/x"], []),
    on_path(
        "FILE_TYPE", "EQUAL_TO", "jpg", ["/a.jpg", "/d.x/a.b.jpg?c=.png"], ["/jpg", "/a.jpg/x", "/x.d/jpg", "/a.JPG"]
    ),
    on_path("FILE_TYPE", "REGEX", "^jpe?g$", ["/a.jpg", "/a.jpeg"], ["/a.jpegs", "/jpg", "/a.png"]),
    on_header("EQUAL_TO", "X-Kind", "plain", ["plain", "x, plain"], ["Plain", "plainer"]),
    on_header("EQUAL_TO", "X-Kind", '"two words "', [], ["two words"]),
    on_header("EQUAL_TO", "X-Kind", '"two \\"words\\""', ['two "words"'], ["two words"]),
    on_header("EQUAL_TO", "X-Kind", '""', [""], ["x"]),
    on_header("CONTAINS", "X-Kind", '" before"', ["a before"], ["before"]),
    on_header("EQUAL_TO", "X-Kind", '"one, two"', ["one, two"], ["one", "two", "one, two, three"]),
    on_header("REGEX", "X-Kind", r"^b$|KHTML, like \w{1,9}", ["a, b", "x (KHTML, like y)"], ["ab", "KHTML"]),
    on_header("STARTS_WITH", "X-Kind", "#a", ["#ab"], ["a#a"]),
    on_header("ENDS_WITH", "x'#$`|~", "}", ["a}"], ["a} b"]),
    on_header("REGEX", "X-Kind", " [ab]$", ["x a"], ["xa"]),
    on_header("REGEX", "X-Kind", "#$HOME|^%[a]$", [], ["#$HOME"]),
    on_cookie("EQUAL_TO", "x", ["x"], ["xx"]),
    on_cookie("STARTS_WITH", "x", ["xyz"], ["ax"]),
    on_cookie("ENDS_WITH", "x", ["ax"], ["xa"]),
    on_cookie("CONTAINS", "x", ["axa"], ["a"]),
    on_cookie("REGEX", "^x+$", ["xxx"], ["xax"]),
]


def neighbours(made: Host) -> tuple[Web, Web]:
    """Put two web servers and a client on the network."""
    made.neighbour("web1", BRIDGE, f"{WEB1}/24")
    made.neighbour("web2", BRIDGE, f"{WEB2}/24")
    made.neighbour("client", BRIDGE, f"{CLIENT}/24")
    return Web("web1", "web1", WEB1), Web("web2", "web2", WEB2)


def answer(port: int, path: str = "/", headers: dict[str, str] | None = None) -> tuple[str, str | None]:
    """Ask the VIP and name what was answered and where it sends to."""
    line = http.client.HTTPConnection(VIP, port, timeout=LONGEST_S)
    line.sock = inside("client", lambda: socket.create_connection((VIP, port), LONGEST_S))
    line.request("GET", path, headers=headers or {})
    got = line.getresponse()
    content = got.read().decode()
    line.close()
    return content if got.status == 200 else str(got.status), got.headers["Location"]


def rules(start: int, *rows: Row, invert: bool = False) -> tuple[RuleSpec, ...]:
    return tuple(
        RuleSpec(
            id=id_of(8, start + n),
            type=row.type,
            compare_type=row.compare_type,
            value=row.value,
            key=row.key,
            invert=invert,
        )
        for n, row in enumerate(rows)
    )


def listening(number: int, *policies: PolicySpec, **more: Any) -> ListenerSpec:
    """Listen on a port of its own, with policies and else the first pool."""
    given = {"id": id_of(3, number), "protocol": "HTTP", "port": 8000 + number, "default_pool_id": FIRST}
    return ListenerSpec(**given | more, policies=policies)


def policy(number: int, action: str, rules: tuple[RuleSpec, ...], **more: Any) -> PolicySpec:
    return PolicySpec(id=id_of(7, number), action=action, rules=rules, **more)


@alone
def test_every_rule_and_its_opposite_matches_what_it_says(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        driver = made.driver()
        apply(driver, bare())
        neighbours(made)
        listeners = []
        for number, row in enumerate(ROWS):
            for place, invert in ((2 * number, False), (2 * number + 1, True)):
                chosen = policy(place, "REDIRECT_TO_POOL", rules(place, row, invert=invert), redirect_pool_id=SECOND)
                listeners.append(listening(place, chosen))
        apply(driver, bare(revision=2, listeners=tuple(listeners), pools=POOLS))
        wrong = [
            (row, path, headers, invert)
            for number, row in enumerate(ROWS)
            for asked, matches in ((row.matching, True), (row.others, False))
            for path, headers in asked
            for invert in (False, True)
            if answer(8000 + 2 * number + invert, path, headers)[0] != ("web2" if matches != invert else "web1")
        ]
        assert wrong == []


A, B, ANY = (on_path("PATH", "CONTAINS", word, [], []) for word in ("a", "b", "/"))
TO_POOL = policy(1, "REDIRECT_TO_POOL", rules(1, A), redirect_pool_id=SECOND)
REJECT = policy(2, "REJECT", rules(2, B))
URL = "https://www.example/x%20y?q='z'#$HOME%[src]"
TO_URL = policy(3, "REDIRECT_TO_URL", rules(3, ANY), redirect_url=URL)
ORDERS = {
    (TO_POOL, REJECT): {"/ab": "web2", "/a": "web2", "/b": "403", "/c": "web1"},
    (REJECT, TO_POOL): {"/ab": "403", "/a": "web2", "/b": "403", "/c": "web1"},
    (TO_POOL, REJECT, TO_URL): {"/ab": "web2", "/b": "403", "/c": "302"},
    (TO_URL, TO_POOL, REJECT): {"/ab": "302", "/a": "302", "/b": "302", "/c": "302"},
    (REJECT, TO_URL): {"/ab": "403", "/a": "302"},
    (policy(4, "REJECT", ()), TO_POOL): {"/a": "web2", "/b": "web1"},
    (policy(5, "REJECT", rules(5, A, B)),): {"/ab": "403", "/a": "web1", "/b": "web1", "/": "web1"},
    (policy(6, "REJECT", rules(10, *[A] * 50, B, *[A] * 50)), TO_POOL): {"/ab": "403", "/a": "web2", "/b": "web1"},
}


@alone
def test_the_first_policy_by_position_wins_whatever_it_does(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        driver = made.driver()
        apply(driver, bare())
        neighbours(made)
        for revision, (policies, answers) in enumerate(ORDERS.items(), 2):
            spec = bare(revision=revision, listeners=(listening(0, *policies),), pools=POOLS)
            apply(driver, spec)
            assert {path: answer(8000, path)[0] for path in answers} == answers
            wheres = {answer(8000, path)[1] for path, said in answers.items() if said == "302"}
            assert wheres <= {URL}


@alone
def test_an_expression_that_haproxy_refuses_is_told_and_what_served_serves_on(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        driver = made.driver()
        apply(driver, bare())
        neighbours(made)
        good = bare(revision=2, listeners=(listening(0, REJECT),), pools=POOLS)
        apply(driver, good)
        before = made.processes()
        refused = on_path("PATH", "REGEX", r"(?P<a>x)(?(a)y|z|w)", [], [])
        wanted = other(good, listeners=(listening(0, policy(2, "REJECT", rules(2, refused))),))
        for _ in range(2):
            with pytest.raises(ConfigRejected, match="regex") as caught:
                driver.do(wanted, driver.plan(driver.look(wanted.id), wanted))
            assert "/run/" not in str(caught.value)
        assert made.processes() == before
        assert answer(8000, "/b")[0] == "403"
        (process,) = before
        os.kill(process, signal.SIGKILL)
        until(lambda: not made.processes(), "the end of the process")
        with pytest.raises(ConfigRejected, match="regex"):
            driver.do(wanted, driver.plan(driver.look(wanted.id), wanted))
        assert answer(8000, "/b")[0] == "403"
        assert apply(made.driver(), good) == 0
        assert answer(8000, "/b")[0] == "403"
        folder = made.folder / "lbaas/v2" / good.id
        assert [path.read_text().split("\n")[1] for path in (folder / "files").iterdir()] == ["b"]
        apply(driver, other(good, listeners=(listening(0),)))
        assert not [path for path in folder.rglob("*.pattern") if path.is_file()]
