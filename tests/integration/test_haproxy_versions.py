"""The table of what each release of HAProxy can be told, held against real ones."""

import dataclasses
from pathlib import Path

import msgspec
import pytest
from balancers import MEMBERS, WEB1, bare, full, id_of, member, monitor
from netns_host import alone, apply, host
from releases import RELEASES, binary
from tls import SECRET, bundle, certificate

from openlbaas.desired.spec import CertificateSpec, PolicySpec, RuleSpec, Spec
from openlbaas.drivers.haproxy_netns import control, processes
from openlbaas.drivers.haproxy_netns.driver import HaproxyNetns
from openlbaas.haproxy.plan import Alter
from openlbaas.haproxy.versions import Ability, abilities

CHECKED = full(health_monitor=monitor())


def limited(most: int) -> Spec:
    listener = msgspec.structs.replace(CHECKED.listeners[0], connection_limit=most)
    return msgspec.structs.replace(CHECKED, listeners=(listener,))


def refusing(value: str) -> Spec:
    rule = RuleSpec(id=id_of(8, 1), type="PATH", compare_type="CONTAINS", value=value)
    policy = PolicySpec(id=id_of(7, 1), action="REJECT", rules=(rule,))
    listener = msgspec.structs.replace(CHECKED.listeners[0], policies=(policy,))
    return msgspec.structs.replace(CHECKED, listeners=(listener,))


def terminated(shown: CertificateSpec) -> Spec:
    listener = msgspec.structs.replace(
        CHECKED.listeners[0], protocol="TERMINATED_HTTPS", port=443, certificates=(shown,)
    )
    return msgspec.structs.replace(CHECKED, listeners=(listener,))


def with_second(**more: object) -> Spec:
    return full(members=(MEMBERS[0], msgspec.structs.replace(MEMBERS[1], **more)), health_monitor=monitor())


def pairs() -> dict[Ability, tuple[Spec, ...]]:
    """Name for each ability what is served, one after the other, when it is made use of."""
    first, second = (certificate("c1", bundle("lb.example"), number) for number in "12")
    more = full(members=(*MEMBERS, member(3, WEB1, 81)), health_monitor=monitor())
    return {
        Ability.SERVERS: (CHECKED, more, full(members=MEMBERS[1:], health_monitor=monitor())),
        Ability.WEIGHTS: (CHECKED, with_second(weight=9), with_second(weight=0)),
        Ability.STATES: (CHECKED, with_second(admin_state_up=False), CHECKED),
        Ability.LIMITS: (limited(500), limited(100), limited(500)),
        Ability.VALUES: (refusing("x"), refusing("a b;\\")),
        Ability.CERTIFICATES: (terminated(first), terminated(second)),
    }


@pytest.mark.parametrize("release", RELEASES)
@alone
def test_a_release_can_be_told_what_the_table_says(release: str, tmp_path: Path) -> None:
    with host(tmp_path) as made:
        options = dataclasses.replace(made.options, binary=binary(release, made.folder))
        able = abilities(processes.version(options.binary))
        assert f"version {release}." in processes.version(options.binary)
        driver = HaproxyNetns(options, secret=SECRET)
        for ability, specs in pairs().items():
            apply(driver, bare())
            apply(driver, specs[0])
            before = made.processes()
            assert len(before) == 1
            for spec in specs[1:]:
                steps = driver.plan(driver.look(spec.id), spec)
                assert any(isinstance(step, Alter) for step in steps) is (ability in able), ability
                apply(driver, spec)
            assert (made.processes() == before) is (ability in able), ability
            apply(driver, bare())


@pytest.mark.parametrize("release", RELEASES)
@alone
def test_a_server_that_comes_may_have_a_cookie_where_the_table_says_so(release: str, tmp_path: Path) -> None:
    with host(tmp_path) as made:
        options = dataclasses.replace(made.options, binary=binary(release, made.folder))
        apply(HaproxyNetns(options), full())
        socket = made.folder / "lbaas/v2" / full().id / "haproxy_stats.sock"
        said = control.ask(socket, f"add server {id_of(4, 1)}/new 10.0.0.1:80 cookie word")
        able = abilities(processes.version(options.binary))
        assert ("New server registered." in said) is (Ability.COOKIES in able), said


@pytest.mark.parametrize("said", ["", "HA-Proxy version 1.8.19 2019/02/11", "HAProxy version 2.4.22", "sh: not found"])
def test_what_is_older_or_unknown_is_told_nothing(said: str) -> None:
    assert abilities(said) == frozenset()


def test_a_later_release_is_told_what_earlier_ones_are() -> None:
    assert abilities("HAProxy version 3.0.1") == abilities("HAProxy version 2.8.25-5cf5d06") == frozenset(Ability)
    assert abilities("HAProxy version 2.6.12-1+deb12u1") == frozenset(Ability) - {Ability.COOKIES}
