"""What may be written into a configuration, and what is refused."""

import shlex

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openlbaas.desired.spec import (
    AddressSpec,
    HealthMonitorSpec,
    ListenerSpec,
    MemberSpec,
    NetworkSpec,
    PersistenceSpec,
    PoolSpec,
    Spec,
    VipSpec,
)
from openlbaas.domain.errors import ConfigRejected
from openlbaas.haproxy import words
from openlbaas.haproxy.backends import checked, serving
from openlbaas.haproxy.render import Surroundings, render

AROUND = Surroundings(
    stats_socket="/s/haproxy_stats.sock",
    state_file="/s/haproxy.state",
    files_folder="/s/files",
    hints_socket="/s/hints",
)
MEMBER = MemberSpec(id="m1", address="10.0.0.1", port=80)
MONITOR = HealthMonitorSpec(id="h1", type="HTTP", delay_s=1, timeout_s=1, fall=2)
POOL = PoolSpec(id="p1", protocol="HTTP", algorithm="ROUND_ROBIN", members=(MEMBER,), health_monitor=MONITOR)
LISTENER = ListenerSpec(id="l1", protocol="HTTP", port=80, default_pool_id="p1")
VIP = VipSpec(port_id="v1", mac_address="m", network=NetworkSpec(id="n1"), addresses=(AddressSpec("10.0.0.4", 24),))
SPEC = Spec(id="lb1", revision=1, project_id="p", vip=VIP, listeners=(LISTENER,), pools=(POOL,))


def written(spec: Spec) -> str:
    made = render(spec, AROUND)
    assert made is not None
    return made.text


WORDS_OF_LINES = [len(line.split()) for line in written(SPEC).splitlines()]


def with_pool(**more: object) -> Spec:
    return msgspec.structs.replace(SPEC, pools=(msgspec.structs.replace(POOL, **more),))


def with_monitor(**more: object) -> Spec:
    return with_pool(health_monitor=msgspec.structs.replace(MONITOR, **more))


def with_member(**more: object) -> Spec:
    return with_pool(members=(msgspec.structs.replace(MEMBER, **more),))


def with_listener(**more: object) -> Spec:
    return msgspec.structs.replace(SPEC, listeners=(msgspec.structs.replace(LISTENER, **more),))


def app_cookie(name: str | None) -> Spec:
    return with_pool(persistence=PersistenceSpec(type="APP_COOKIE", cookie_name=name))


@pytest.mark.parametrize(
    "spec",
    [
        msgspec.structs.replace(SPEC, listeners=()),
        msgspec.structs.replace(SPEC, admin_state_up=False),
        msgspec.structs.replace(SPEC, present=False, vip=None),
        with_listener(admin_state_up=False),
    ],
)
def test_nothing_listens_so_nothing_is_written(spec: Spec) -> None:
    assert render(spec, AROUND) is None


INJECTION = "x\n    server evil 192.0.2.66:80"
REFUSED = [
    msgspec.structs.replace(SPEC, id=INJECTION),
    with_listener(id=INJECTION),
    with_listener(id="two words"),
    with_listener(port=0),
    with_listener(port=65536),
    with_listener(protocol="UDP"),
    with_listener(protocol="TERMINATED_HTTPS"),
    with_pool(id=INJECTION),
    with_pool(algorithm=INJECTION),
    with_pool(protocol=INJECTION),
    with_pool(persistence=PersistenceSpec(type=INJECTION)),
    app_cookie(None),
    app_cookie(""),
    app_cookie("two words"),
    app_cookie(INJECTION),
    app_cookie("name\n"),
    app_cookie("a)"),
    app_cookie("a,b"),
    app_cookie('a"b'),
    app_cookie("a\\b"),
    with_member(id=INJECTION),
    with_member(address="10.0.0.1 backup"),
    with_member(address="web.example"),
    with_member(address="fe80::1%eth0"),
    with_member(address="10.0.0.1\n"),
    with_member(port=0),
    with_member(weight=257),
    with_member(weight=-1),
    with_monitor(type=INJECTION),
    with_monitor(url_path=INJECTION),
    with_monitor(url_path="/\n"),
    with_monitor(url_path="/with space"),
    with_monitor(url_path="/\u00e9"),
    with_monitor(url_path=""),
    with_monitor(http_method="GET /x"),
    with_monitor(expected_codes="200\n"),
    with_monitor(expected_codes=""),
    with_monitor(expected_codes="200,"),
    with_monitor(expected_codes="204-200"),
    with_monitor(expected_codes="200-204,300"),
    with_monitor(expected_codes="999"),
    with_monitor(delay_s=0),
    with_monitor(timeout_s=0),
    with_monitor(fall=0),
    with_monitor(rise=0),
    with_monitor(delay_s=10**9),
]


@pytest.mark.parametrize("spec", REFUSED)
def test_what_can_not_be_written_safely_is_refused(spec: Spec) -> None:
    with pytest.raises(ConfigRejected):
        render(spec, AROUND)


@given(
    st.one_of(
        st.text(max_size=40).map(app_cookie),
        st.text(max_size=40).map(lambda text: with_monitor(url_path=f"/{text}")),
        st.text(max_size=40).map(lambda text: with_monitor(expected_codes=text)),
        st.text(max_size=40).map(lambda text: with_member(id=text)),
        st.text(max_size=40).map(lambda text: with_member(address=text)),
    )
)
def test_no_text_adds_a_line_or_a_word(spec: Spec) -> None:
    try:
        text = written(spec)
    except ConfigRejected:
        return
    lines = text.split("\n")
    # Three in the backend, one in global, and the section of peers with an empty line.
    extra = 7 if spec.pools[0].persistence else 0
    assert len(lines) == len(WORDS_OF_LINES) + 1 + extra
    assert all(character == "\n" or " " <= character <= "~" for character in text)
    if not extra:
        assert [len(line.split()) for line in lines[:-1]] == WORDS_OF_LINES


@given(st.text(alphabet=st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1))
def test_quoting_can_be_undone(text: str) -> None:
    # HAProxy reads single quotes as a shell does.
    assert shlex.split(words.quoted(text)) == [text]


def test_servers_are_found_again() -> None:
    text = written(SPEC)
    assert serving(text) == checked(text).keys() == {("p1", "m1")}
    assert checked(written(with_pool(health_monitor=None))) == {}


def test_the_same_spec_gives_the_same_text_whatever_its_revision() -> None:
    assert render(SPEC, AROUND) == render(msgspec.structs.replace(SPEC, revision=9), AROUND)


def test_the_limit_of_all_is_the_sum_and_bounded() -> None:
    assert "    maxconn 2000\n" in written(SPEC)
    assert written(with_listener(connection_limit=7)).count("maxconn 7\n") == 2
    assert "    maxconn 400000\n" in written(with_listener(connection_limit=2**31 - 1))
