"""Which addresses of a spec are pinged, and how HAProxy hears and tells of them."""

import msgspec
import pytest

from openlbaas.desired.spec import (
    AddressSpec,
    HealthMonitorSpec,
    ListenerSpec,
    MemberSpec,
    NetworkSpec,
    PoolSpec,
    Spec,
    VipSpec,
)
from openlbaas.domain.vocabulary import MemberHealth
from openlbaas.drivers.haproxy_netns.ping_judgement import Asking
from openlbaas.drivers.haproxy_netns.ping_targets import Target, known, orders, state_file, targets

ONE = MemberSpec(id="m1", address="10.0.0.1", port=80, weight=7)
AGAIN = MemberSpec(id="m2", address="10.0.0.1", port=81)
SIX = MemberSpec(id="m3", address="FD00:0::1", port=80)
OFF = MemberSpec(id="m4", address="10.0.0.4", port=80, admin_state_up=False)
PING = HealthMonitorSpec(id="h1", type="PING", delay_s=2, timeout_s=3, fall=4)
POOL = PoolSpec(id="p1", protocol="HTTP", algorithm="ROUND_ROBIN", members=(ONE, AGAIN, SIX, OFF), health_monitor=PING)
VIP = VipSpec(port_id="v", mac_address="m", network=NetworkSpec(id="n"), addresses=(AddressSpec("10.0.0.9", 24),))
LISTENER = ListenerSpec(id="l1", protocol="HTTP", port=80)
SPEC = Spec(id="b1", revision=1, project_id="p", vip=VIP, listeners=(LISTENER,), pools=(POOL,))
ASKING = Asking(delay_s=2, timeout_s=3, fall=4, rise=2)
TARGET = Target("p1", "10.0.0.1", ASKING, (ONE, AGAIN))
SAID = """1
# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight \
srv_time_since_last_change srv_check_result srv_check_state
3 p1 1 up 10.0.0.1 2 0 1 1 0 0 0
3 p1 2 down 10.0.0.1 0 0 1 1 0 0 0
3 p1 3 maint 10.0.0.1 0 1 1 1 0 0 0
3 p1 4 drain 10.0.0.1 2 8 1 1 0 0 0
"""


def with_pool(**more: object) -> Spec:
    """Change the pool."""
    return msgspec.structs.replace(SPEC, pools=(msgspec.structs.replace(POOL, **more),))


def with_monitor(**more: object) -> Spec:
    """Change the monitor."""
    return with_pool(health_monitor=msgspec.structs.replace(PING, **more))


def test_each_address_is_pinged_once_for_all_members_that_are_on() -> None:
    assert targets(SPEC) == {
        ("p1", "10.0.0.1"): TARGET,
        ("p1", "fd00::1"): Target("p1", "fd00::1", ASKING, (SIX,)),
    }


def test_an_address_knows_its_version() -> None:
    assert [target.version for target in targets(SPEC).values()] == [4, 6]


def test_a_number_of_successes_that_was_given_counts() -> None:
    (first, *_) = targets(with_monitor(rise=9)).values()
    assert first.asking.rise == 9


@pytest.mark.parametrize(
    "spec",
    [
        msgspec.structs.replace(SPEC, present=False, vip=None),
        msgspec.structs.replace(SPEC, admin_state_up=False),
        msgspec.structs.replace(SPEC, listeners=()),
        msgspec.structs.replace(SPEC, listeners=(msgspec.structs.replace(LISTENER, admin_state_up=False),)),
        with_pool(admin_state_up=False),
        with_pool(health_monitor=None),
        with_pool(members=(OFF,)),
        with_monitor(admin_state_up=False),
        with_monitor(type="TCP"),
    ],
)
def test_what_is_off_or_checked_otherwise_is_not_pinged(spec: Spec) -> None:
    assert targets(spec) == {}


def test_a_time_out_is_never_longer_than_what_may_wait() -> None:
    assert Asking(delay_s=1, timeout_s=10**6, fall=1, rise=1).patience_s == 64
    assert ASKING.patience_s == 3


def test_haproxy_is_told_in_its_own_words() -> None:
    health = {("p1", "m1"): MemberHealth.UP, ("p1", "m2"): MemberHealth.DOWN}
    assert orders(health) == ("set server p1/m1 health up", "set server p1/m2 health down")


def test_what_haproxy_knows_is_read_without_what_is_in_maintenance() -> None:
    assert known(SAID) == {"up": MemberHealth.UP, "down": MemberHealth.DOWN, "drain": MemberHealth.UP}


@pytest.mark.parametrize("answer", ["", "Unknown command", "2\n# be_id"])
def test_an_answer_of_another_kind_is_refused(answer: str) -> None:
    with pytest.raises(ValueError, match="show servers state"):
        known(answer)


def test_a_state_file_has_a_row_for_each_server_that_is_down_and_still_checked() -> None:
    text = state_file([TARGET], {("p1", "m1"), ("p1", "other")})
    assert text is not None
    assert known(text) == {"m1": MemberHealth.DOWN}
    head, row = text.splitlines()[1:]
    values = dict(zip(head.removeprefix("# ").split(), row.split(), strict=True))
    assert (values["srv_addr"], values["srv_port"], values["srv_uweight"]) == ("10.0.0.1", "80", "7")


def test_without_a_server_that_is_down_there_is_no_state_file() -> None:
    assert state_file([TARGET], set()) is None
    assert state_file([], {("p1", "m1")}) is None
