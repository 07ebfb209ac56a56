"""Every error of the domain has its words on the wire."""

from collections.abc import Iterator

import pytest

from openlbaas.dialects import neutron_errors
from openlbaas.dialects.fields import Unacceptable
from openlbaas.dialects.neutron_errors import BROKEN, NOUNS, ROWS, wire_error
from openlbaas.dialects.neutron_lbaas_v2 import HEALTH_MONITORS, LOAD_BALANCERS, MEMBERS
from openlbaas.domain import errors, flavors, host_errors, l7_errors
from openlbaas.domain.certificate_errors import (
    CertificateInUse,
    CertificateInvalid,
    CertificateUnknown,
    CertificateUnreadable,
)
from openlbaas.domain.move_errors import HostAlive, HostUnfit
from openlbaas.domain.pairs import NoRouterId, PairImpossible
from openlbaas.domain.quota import AdministratorNeeded, QuotaNotSet
from openlbaas.domain.segments import PhysicalNetworkTaken, SegmentInvalid, SegmentTaken
from openlbaas.domain.vocabulary import Kind

EXAMPLES: dict[type[errors.OpenLBaaSError], errors.OpenLBaaSError] = {
    errors.Invalid: errors.Invalid("delay_s", "is odd"),
    errors.ProviderUnknown: errors.ProviderUnknown("x"),
    flavors.ServiceTypeInvalid: flavors.ServiceTypeInvalid("DUMMY"),
    flavors.ProfileDriverUnknown: flavors.ProfileDriverUnknown("d"),
    flavors.FlavorInUse: flavors.FlavorInUse("f", "l"),
    flavors.ProfileInUse: flavors.ProfileInUse("s", "f"),
    flavors.ProfileBound: flavors.ProfileBound("f", "s"),
    flavors.ProfileNotBound: flavors.ProfileNotBound("f", "s"),
    errors.ParentMissing: errors.ParentMissing(Kind.POOL),
    errors.DifferentLoadBalancers: errors.DifferentLoadBalancers(),
    errors.PersistenceInvalid: errors.PersistenceInvalid("persistence", "why"),
    errors.AddressOutsideSubnet: errors.AddressOutsideSubnet("1.2.3.4", "s"),
    errors.NetworkWithoutSubnet: errors.NetworkWithoutSubnet("n"),
    errors.Forbidden: errors.Forbidden("list agents"),
    errors.NotFound: errors.NotFound(Kind.POOL, "p"),
    errors.Immutable: errors.Immutable(Kind.LOAD_BALANCER, "l", "PENDING_DELETE"),
    errors.InUse: errors.InUse(Kind.POOL, "p", Kind.MEMBER, "m"),
    errors.VipPortInUse: errors.VipPortInUse(Kind.PORT, "p", Kind.LOAD_BALANCER, "l"),
    errors.AgentInUse: errors.AgentInUse(Kind.AGENT, "a", Kind.LOAD_BALANCER, "l"),
    errors.ListenerPortTaken: errors.ListenerPortTaken("l", 80),
    errors.MemberExists: errors.MemberExists("p", "1.2.3.4", 80),
    errors.MonitorExists: errors.MonitorExists("p", "h"),
    errors.DefaultPoolTaken: errors.DefaultPoolTaken("l", "p"),
    errors.AddressTaken: errors.AddressTaken("1.2.3.4", "s"),
    SegmentInvalid: SegmentInvalid("network_type required"),
    SegmentTaken: SegmentTaken(7),
    PhysicalNetworkTaken: PhysicalNetworkTaken("provider"),
    errors.MacTaken: errors.MacTaken("fa:16:3e:00:00:01", "n"),
    errors.SubnetOverlaps: errors.SubnetOverlaps("10.0.0.0/24", "n"),
    errors.AddressesExhausted: errors.AddressesExhausted("n"),
    errors.ProtocolMismatch: errors.ProtocolMismatch("HTTP", "TCP"),
    errors.QuotaExceeded: errors.QuotaExceeded(Kind.POOL, 10),
    CertificateUnknown: CertificateUnknown("c"),
    CertificateInvalid: CertificateInvalid("c", "It is none"),
    CertificateInUse: CertificateInUse(Kind.CERTIFICATE, "c", Kind.LISTENER, "l"),
    CertificateUnreadable: CertificateUnreadable("c", "It can't be opened"),
    AdministratorNeeded: AdministratorNeeded("see a quota", "It is another's"),
    QuotaNotSet: QuotaNotSet("p"),
    l7_errors.RuleValueInvalid: l7_errors.RuleValueInvalid("cookie"),
    l7_errors.RuleRegexInvalid: l7_errors.RuleRegexInvalid("why"),
    l7_errors.CompareTypeUnsupported: l7_errors.CompareTypeUnsupported("FILE_TYPE"),
    l7_errors.RuleNotOfPolicy: l7_errors.RuleNotOfPolicy("r", "p"),
    errors.NotSupported: errors.NotSupported("things"),
    HostUnfit: HostUnfit("h", "l", "it is full"),
    HostAlive: HostAlive("h"),
    PairImpossible: PairImpossible("l", "there is one host"),
    NoRouterId: NoRouterId("n"),
    errors.NoHost: errors.NoHost("l", "nobody is there"),
    host_errors.HostSilent: host_errors.HostSilent("l", "Host h was last heard of yesterday."),
    Unacceptable: Unacceptable("no", "Odd", 400),
}
"""One of each class that takes arguments; the others are made without."""


def classes(root: type[errors.OpenLBaaSError] = errors.OpenLBaaSError) -> Iterator[type[errors.OpenLBaaSError]]:
    """Walk the tree of errors."""
    for child in root.__subclasses__():
        yield child
        yield from classes(child)


@pytest.mark.parametrize("kind", list(classes()), ids=lambda kind: kind.code)
def test_every_class_has_words(kind: type[errors.OpenLBaaSError]) -> None:
    error = wire_error(EXAMPLES.get(kind) or kind())
    if issubclass(kind, errors.HostFault | errors.Defect):
        assert error == BROKEN
    else:
        assert 400 <= error.status < 600
        assert error.status != 500
        assert error.message
        assert "{" not in error.message


def test_every_class_that_can_be_refused_has_a_row_of_its_own_or_a_like_base() -> None:
    without = {kind for kind in classes() if kind not in ROWS}
    assert without == {
        errors.Raced,
        errors.StoreBusy,
        errors.AgentInUse,
        errors.Defect,
        errors.HostFault,
        *errors.HostFault.__subclasses__(),
    }


def test_every_kind_has_a_noun() -> None:
    assert set(NOUNS) == set(Kind)


def test_a_field_is_named_as_the_caller_spelt_it() -> None:
    assert wire_error(errors.Invalid("delay_s", "is odd"), HEALTH_MONITORS).message == (
        "Invalid input for delay. Reason: is odd."
    )


@pytest.mark.parametrize(
    ("error", "resource", "status", "type_", "message"),
    [
        (errors.NotFound(Kind.SUBNET, "s"), MEMBERS, 404, "EntityNotFound", "Subnet s could not be found"),
        (errors.NotFound(Kind.SUBNET, "s"), LOAD_BALANCERS, 404, "SubnetNotFound", "Subnet s could not be found."),
        (errors.NotFound(Kind.HEALTH_MONITOR, "h"), None, 404, "EntityNotFound", "healthmonitor h could not be found"),
        (
            errors.ParentMissing(Kind.LISTENER),
            None,
            400,
            "ListenerMustHaveLoadbalancer",
            "Listener must be created with a loadbalancer or pool.",
        ),
        (
            errors.AddressesExhausted("n"),
            None,
            409,
            "IpAddressGenerationFailure",
            "No more IP addresses available on network n.",
        ),
        (
            errors.NetworkWithoutSubnet("n"),
            None,
            400,
            "VipNetworkInvalid",
            "VIP network n is invalid. There is no subnet in VIP network specified.",
        ),
        (errors.QuotaExceeded(Kind.LOAD_BALANCER, 1), None, 409, "OverQuota", "Quota exceeded for resources: ['loadbalancer']."),
        (errors.ProviderFlavorConflict(), None, 409, "ProviderFlavorConflict", "Cannot specify both a flavor and a provider"),
        (errors.NotFound(Kind.FLAVOR, "f"), None, 404, "FlavorNotFound", "Flavor f could not be found."),
        (errors.NoHost("l", "why"), None, 404, "NoEligibleLbaasAgent", "No eligible agent found for loadbalancer l."),
    ],
)  # fmt: skip
def test_words(error: errors.Refusal, resource: object, status: int, type_: str, message: str) -> None:
    found = wire_error(error, resource)  # type: ignore[arg-type]  # a resource or None
    assert (found.status, found.type, found.message) == (status, type_, message)


def test_what_may_do_later_says_when() -> None:
    assert wire_error(errors.Raced()).retry_after_s == 1
    assert wire_error(errors.StoreBusy()).status == 503
    assert neutron_errors.BROKEN.retry_after_s is None
