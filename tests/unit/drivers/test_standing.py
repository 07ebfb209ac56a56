"""What a plan does about claims: when a load balancer meets its network, and in which order."""

from dataclasses import replace
from typing import Any, get_args

import msgspec
import pytest

from openlbaas.desired.spec import AddressSpec, NetworkSpec, Spec, VipSpec, digest
from openlbaas.drivers.haproxy_netns import names
from openlbaas.drivers.haproxy_netns import plan as p
from openlbaas.drivers.haproxy_netns import standing as s
from openlbaas.drivers.haproxy_netns.seen import Link, Record, Seen, Tap, Uplink
from openlbaas.drivers.haproxy_netns.turning import Turning
from openlbaas.haproxy import plan as haproxy
from openlbaas.haproxy.plan import Running
from openlbaas.haproxy.rendered import Rendered
from openlbaas.settings.values import Wiring

WIRING = Wiring(interface_mappings={"provider": "eth1"})
VIP = VipSpec(
    port_id="20000001-0001-4000-8000-000000000001",
    mac_address="fa:16:3e:00:00:01",
    network=NetworkSpec(id="4c5e1d2f-5a5b-4a5c-8a5d-111111111111", type="flat", physical_network="provider"),
    addresses=(AddressSpec("172.20.0.4", 24),),
    gateways=("172.20.0.1",),
)
BRIDGE = names.bridge(VIP.network.id)
CONFIG = Rendered("global\n", {})


def spec(claim: int, **more: Any) -> Spec:
    return Spec(**{"id": "lb", "revision": 1, "project_id": "p", "vip": VIP, "claim": claim} | more)


def plan(seen: Seen, wanted: Spec) -> tuple[Any, ...]:
    return p.plan(seen, wanted, CONFIG, wiring=WIRING)


def kinds(seen: Seen, wanted: Spec) -> list[type]:
    """Name the steps that matter here, in their order."""
    steps = plan(seen, wanted)
    matter = (*get_args(s.ClaimStep), p.LinkUp, p.LinkDown, p.Announce, haproxy.Load)
    return [type(step) for step in steps if isinstance(step, matter)]


def served(wanted: Spec, *, up: bool = True) -> Seen:
    """See a load balancer that is as wanted."""
    out = p.wanted_link(VIP)
    stands = s.standing(Seen(), wanted, VIP, p.way(VIP.network, WIRING), out, Turning())
    return Seen(
        folder=True,
        record=Record(spec=wanted, digest=digest(wanted), settled=True),
        namespace=True,
        links=(out,),
        taps=(Tap(names.tap(VIP.port_id), BRIDGE, up=up, mtu=1500),),
        uplink=Uplink("eth1", BRIDGE, up=True, bare=True),
        haproxy=Running(serving=7, text=CONFIG.text, good=CONFIG.text, reachable=True),
        held=stands.holding,
    )


def test_what_is_as_wanted_needs_nothing() -> None:
    assert plan(served(spec(3)), spec(3)) == ()


def test_the_first_host_opens_before_haproxy_starts() -> None:
    assert kinds(Seen(), spec(1)) == [p.LinkUp, s.Hold, s.Open, haproxy.Load]


def test_a_later_one_gets_ready_first() -> None:
    assert kinds(Seen(), spec(2)) == [haproxy.Load, s.Revive, s.Hold, s.Open, s.Revive]


def test_a_higher_claim_for_the_same_host_is_said_and_changes_nothing_else() -> None:
    assert kinds(served(spec(3)), spec(4)) == [s.Hold]


def test_what_was_given_up_is_closed_and_denied_until_a_higher_claim_comes() -> None:
    open_still = replace(served(spec(3)), yielded=5)
    assert kinds(open_still, spec(3)) == [s.Close, p.LinkDown, s.Hold, s.Deny]
    shut = replace(served(spec(3), up=False), yielded=5)
    assert kinds(shut, spec(5)) == [p.LinkDown, s.Hold, s.Deny]
    assert kinds(shut, spec(6)) == [p.LinkDown, s.Revive, s.Hold, s.Open, s.Revive]


def test_what_nobody_confirmed_is_made_ready_and_no_more() -> None:
    assert kinds(Seen(assured=False), spec(1)) == [haproxy.Load, s.Hold, s.Deny]
    (hold,) = (step for step in plan(Seen(assured=False), spec(1)) if isinstance(step, s.Hold))
    assert not hold.holding.serving


def test_what_goes_claims_nothing_from_the_first_step_on() -> None:
    gone = Spec(id="lb", revision=2, project_id="", present=False)
    assert isinstance(plan(served(spec(3)), gone)[0], s.Release)
    assert isinstance(plan(Seen(folder=True, yielded=5), gone)[0], s.Release)


@pytest.mark.parametrize("claim", [0, 1, 7])
def test_on_a_network_of_this_host_alone_nothing_is_claimed(claim: int) -> None:
    local = msgspec.structs.replace(VIP, network=NetworkSpec(id=VIP.network.id))
    assert kinds(Seen(assured=False), spec(claim, vip=local)) == [p.LinkUp, s.Open, haproxy.Load]


def test_a_link_that_somebody_switched_off_is_opened_again() -> None:
    wanted = spec(1)
    down = replace(served(wanted), links=(replace(p.wanted_link(VIP), up=False, routes=frozenset()),))
    assert kinds(down, wanted) == [p.LinkUp, p.Announce]
    assert isinstance(down.links[0], Link)
    assert kinds(served(wanted, up=False), wanted) == [s.Open]
