"""When keepalived is started, told and ended."""

from dataclasses import replace
from typing import Any, get_args

import pytest

from openlbaas.desired.spec import AddressSpec, EndSpec, NetworkSpec, PairSpec, Spec, VipSpec, digest
from openlbaas.domain.errors import ConfigRejected
from openlbaas.drivers.haproxy_netns import names, vrrp_conf
from openlbaas.drivers.haproxy_netns import plan as p
from openlbaas.drivers.haproxy_netns import turning as t
from openlbaas.drivers.haproxy_netns.seen import Link, Record, Seen, Tap, Turns
from openlbaas.haproxy import plan as haproxy
from openlbaas.haproxy.plan import Running
from openlbaas.haproxy.rendered import Rendered

VIP = VipSpec(
    port_id="20000001-0001-4000-8000-000000000001",
    mac_address="fa:16:3e:00:00:01",
    network=NetworkSpec(id="4c5e1d2f-5a5b-4a5c-8a5d-111111111111"),
    addresses=(AddressSpec("172.20.0.4", 24),),
)
OWN = EndSpec(port_id="o", mac_address="fa:16:3e:00:00:11", addresses=(AddressSpec("172.20.0.11", 24),))
OTHER = EndSpec(port_id="e", mac_address="fa:16:3e:00:00:12", addresses=(AddressSpec("172.20.0.12", 24),))
PAIR = PairSpec(router_id=7, seat=1, own=OWN, other=OTHER)
HOW = t.Turning(track="/f/track", process="/f/pid")
CONFIG = Rendered("global\n", {})
LENT = {("172.20.0.4", 24)}
MATTER = (*get_args(t.TurnStep), p.SetLink, p.AddAddress, p.DropAddress, p.Announce, haproxy.Load, haproxy.Stop)


def spec(pair: PairSpec | None = PAIR, **more: Any) -> Spec:
    return Spec(**{"id": "lb", "revision": 1, "project_id": "p", "vip": VIP, "pair": pair} | more)


def steps(seen: Seen, wanted: Spec) -> list[Any]:
    """Name the steps that matter here."""
    made = p.plan(seen, wanted, CONFIG if wanted.present else None, turning=HOW)
    return [step for step in made if isinstance(step, MATTER)]


def kinds(seen: Seen, wanted: Spec) -> list[type]:
    """Name what they are."""
    return [type(step) for step in steps(seen, wanted)]


def text(pair: PairSpec = PAIR) -> str:
    """Write what keepalived is to read."""
    return vrrp_conf.conf(VIP, pair, names.inside(VIP.port_id), HOW.track, HOW.advertisement_s)


def served(wanted: Spec, *, has_vip: bool) -> Seen:
    """See a load balancer that is as wanted."""
    link = p.wanted_link(VIP, wanted.pair)
    bridge = names.bridge(VIP.network.id)
    return Seen(
        folder=True,
        record=Record(spec=wanted, digest=digest(wanted), settled=True),
        namespace=True,
        links=(replace(link, addresses=link.addresses | (LENT if has_vip else set())),),
        taps=(Tap(names.tap(VIP.port_id), bridge, up=True, mtu=1500),),
        haproxy=Running(serving=7, text=CONFIG.text, good=CONFIG.text, reachable=True),
        turns=None if wanted.pair is None else Turns(process=8, good=text(wanted.pair)),
    )


@pytest.mark.parametrize("has_vip", [True, False])
def test_whoever_has_the_turn_nothing_is_to_do(*, has_vip: bool) -> None:
    assert p.plan(served(spec(), has_vip=has_vip), spec(), CONFIG, turning=HOW) == ()


def test_a_new_host_begins_as_one_that_waits() -> None:
    assert kinds(Seen(), spec()) == [p.AddAddress, haproxy.Load, t.Begin]
    assert steps(Seen(), spec())[-1] == t.Begin(text())


def test_a_host_that_served_alone_keeps_the_vip() -> None:
    found = steps(served(spec(None), has_vip=True), spec())
    assert [type(each) for each in found] == [p.SetLink, p.AddAddress, p.Announce, t.Begin]
    assert found[2].addresses == ("172.20.0.11", "172.20.0.4")
    assert found[3].at_once


@pytest.mark.parametrize("has_vip", [True, False])
def test_a_host_that_is_to_serve_alone_has_the_vip(*, has_vip: bool) -> None:
    found = steps(served(spec(), has_vip=has_vip), spec(None))
    comes = [] if has_vip else [p.AddAddress]
    assert [type(each) for each in found] == [t.Leave, p.SetLink, *comes, p.DropAddress, p.Announce]
    assert found[0] == t.Leave((8,), keeps=True)


def test_another_end_or_turn_is_told() -> None:
    wanted = PairSpec(router_id=7, seat=1, own=OWN, other=None, takes_over=True)
    assert steps(served(spec(), has_vip=True), spec(wanted)) == [t.Turn(text(wanted), 8)]


def test_keepalived_hears_that_haproxy_serves_again() -> None:
    seen = served(spec(), has_vip=False)
    assert steps(replace(seen, turns=replace(seen.turns, well=False)), spec()) == [t.Judge(well=True)]
    ended = replace(seen, haproxy=replace(seen.haproxy, serving=None))
    assert kinds(ended, spec()) == [haproxy.Load, t.Judge]


def test_what_is_left_of_keepalived_goes_when_it_is_started_anew() -> None:
    seen = served(spec(), has_vip=True)
    (begin,) = steps(replace(seen, turns=Turns(others=(9,))), spec())
    assert begin.old == (9,)
    assert begin.at_once


def test_what_goes_lets_the_other_serve_first() -> None:
    assert kinds(served(spec(), has_vip=True), spec(present=False)) == [t.Leave, haproxy.Stop]


def test_a_host_without_keepalived_says_so() -> None:
    with pytest.raises(ConfigRejected, match="not installed"):
        p.plan(Seen(), spec(), CONFIG, turning=t.Turning(able=False))


def test_the_interface_is_that_of_the_end_by_the_name_of_the_vip() -> None:
    found = p.wanted_link(VIP, PAIR)
    assert isinstance(found, Link)
    assert (found.name, found.mac_address) == (names.inside(VIP.port_id), OWN.mac_address)
    assert found.addresses == {("172.20.0.11", 24)}
