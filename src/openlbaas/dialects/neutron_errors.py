"""What each error of the domain is called on the Neutron wire: status, type and message.

Source: the exception classes of LBaaS v2 and the network core, with the texts of the Stein release. Wherever a class
has no row of its own, the row of its nearest base class speaks.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from openlbaas.dialects.fields import Unacceptable
from openlbaas.dialects.resource import Resource
from openlbaas.domain import certificate_errors, errors, flavors, host_errors, l7_errors, move_errors, pairs, segments
from openlbaas.domain.quota import AdministratorNeeded, QuotaNotSet
from openlbaas.domain.vocabulary import Kind

NOUNS = {
    Kind.LOAD_BALANCER: "loadbalancer",
    Kind.LISTENER: "listener",
    Kind.POOL: "pool",
    Kind.MEMBER: "member",
    Kind.HEALTH_MONITOR: "healthmonitor",
    Kind.L7_POLICY: "l7policy",
    Kind.L7_RULE: "l7rule",
    Kind.CERTIFICATE: "certificate",
    Kind.EVENT: "event",
    Kind.FLAVOR: "flavor",
    Kind.SERVICE_PROFILE: "service_profile",
    Kind.NETWORK: "network",
    Kind.SUBNET: "subnet",
    Kind.PORT: "port",
    Kind.AGENT: "agent",
}
"""The wire's word for each kind."""

_CORE = {
    Kind.NETWORK: ("NetworkNotFound", "Network {id} could not be found."),
    Kind.SUBNET: ("SubnetNotFound", "Subnet {id} could not be found."),
    Kind.PORT: ("PortNotFound", "Port {id} could not be found."),
    Kind.AGENT: ("AgentNotFound", "Agent {id} could not be found"),
    Kind.FLAVOR: ("FlavorNotFound", "Flavor {id} could not be found."),
    Kind.SERVICE_PROFILE: ("ServiceProfileNotFound", "Service Profile {id} could not be found."),
}
_BUSY_S = 1
_NO_HOST_S = 10


@dataclass(frozen=True, slots=True)
class WireError:
    """An error as the wire shows it.

    Units: retry_after_s is how long to wait before the same request may do, in seconds.
    """

    status: int
    type: str
    message: str
    retry_after_s: int | None = None

    def body(self) -> dict[str, Any]:
        """Put the error into its envelope."""
        return {"NeutronError": {"type": self.type, "message": self.message, "detail": ""}}


NO_SUCH_PATH = WireError(404, "HTTPNotFound", "The resource could not be found.")
NO_SUCH_METHOD = WireError(
    405, "HTTPMethodNotAllowed", "The server could not comply with the request since it is either malformed or "
    "otherwise incorrect.",
)  # fmt: skip
BROKEN = WireError(
    500, "HTTPInternalServerError", "Request Failed: internal server error while processing your request."
)


def wire_error(error: errors.OpenLBaaSError, resource: Resource | None = None) -> WireError:
    """Say an error in the wire's words; *resource* is the one the request was about."""
    for ancestor in type(error).__mro__:
        row = ROWS.get(ancestor)
        if row is not None:
            return row(error, resource)
    return BROKEN


Row = Callable[[Any, Resource | None], WireError]


def _unacceptable(error: Unacceptable, _: Resource | None) -> WireError:
    return WireError(error.status, error.type, error.message)


def _invalid(error: errors.Invalid, resource: Resource | None) -> WireError:
    name = error.field if resource is None else resource.table.wire_names.get(error.field, error.field)
    return WireError(400, "HTTPBadRequest", f"Invalid input for {name}. Reason: {error.reason}.")


def _parent_missing(error: errors.ParentMissing, _: Resource | None) -> WireError:
    if error.kind is Kind.LISTENER:
        return WireError(400, "ListenerMustHaveLoadbalancer", "Listener must be created with a loadbalancer or pool.")
    if error.kind is Kind.POOL:
        return WireError(400, "PoolMustHaveLoadbalancer", "Pool must be created with a loadbalancer or listener.")
    missing = "Required attribute vip_subnet_id or vip_network_id not specified"
    return WireError(400, "RequiredAttributeNotSpecified", missing)


def _not_found(error: errors.NotFound, resource: Resource | None) -> WireError:
    if error.kind is Kind.SUBNET and resource is not None and resource.kind is Kind.MEMBER:
        return WireError(404, "EntityNotFound", f"Subnet {error.id} could not be found")
    if error.kind in _CORE:
        kind, message = _CORE[error.kind]
        return WireError(404, kind, message.format(id=error.id))
    return WireError(404, "EntityNotFound", f"{NOUNS[error.kind]} {error.id} could not be found")


def _in_use(error: errors.InUse, _: Resource | None) -> WireError:
    if error.kind is Kind.SUBNET:
        reason = "One or more ports have an IP allocation from this subnet."
        if error.by_kind is not Kind.PORT:
            reason = f"{NOUNS[error.by_kind]} {error.by_id} is on it."
        return WireError(409, "SubnetInUse", f"Unable to complete operation on subnet {error.id}: {reason}")
    if error.kind is Kind.NETWORK:
        message = (
            f"Unable to complete operation on network {error.id}. "
            "There are one or more ports still in use on the network."
        )
        return WireError(409, "NetworkInUse", message)
    using = f"{NOUNS[error.kind]} is using {NOUNS[error.by_kind]} {error.by_id}"
    return WireError(409, "EntityInUse", using)


def _vip_port(error: errors.VipPortInUse, _: Resource | None) -> WireError:
    message = f"Port {error.id} cannot be deleted directly via the port API: has device owner neutron:LOADBALANCERV2."
    return WireError(409, "ServicePortInUse", message)


def _no_host(error: errors.NoHost, _: Resource | None) -> WireError:
    message = f"No eligible agent found for loadbalancer {error.load_balancer_id}."
    return WireError(404, "NoEligibleLbaasAgent", message, _NO_HOST_S)


def _row(status: int, type_: str, template: str, retry_after_s: int | None = None) -> Row:
    """Make a row whose message is *template* filled from the error's own fields; {noun} is its kind on the wire."""

    def row(error: Any, _: Resource | None) -> WireError:
        words = dict(vars(error), text=str(error))
        if "kind" in words:
            words["noun"] = NOUNS[words["kind"]]
        return WireError(status, type_, template.format_map(words), retry_after_s)

    return row


def _rule_value(error: l7_errors.RuleValueInvalid, _: Resource | None) -> WireError:
    cookie = error.part == "cookie"
    kind, documents = ("Cookie", "RFCs 2616, 2965, 6265") if cookie else ("Header", "RFC 7230")
    return WireError(400, f"L7RuleInvalid{kind}Value", f"Invalid characters in value. See {documents}.")


L7_ROWS: dict[type[errors.OpenLBaaSError], Row] = {
    l7_errors.RuleKeyMissing: _row(
        404, "L7RuleKeyMissing", "Rule key is missing. Key should be specified for rules of HEADER and COOKIE types."
    ),
    l7_errors.RuleKeyInvalid: _row(
        400, "L7RuleInvalidKey", "Invalid characters in key. See RFCs 2616, 2965, 6265, 7230."
    ),
    l7_errors.RuleValueInvalid: _rule_value,
    l7_errors.RuleRegexInvalid: _row(400, "L7RuleInvalidRegex", "Unable to parse regular expression: {why}."),
    l7_errors.CompareTypeUnsupported: _row(
        400, "L7RuleUnsupportedCompareType", "Unsupported compare type for rule of {type} type."
    ),
    l7_errors.RuleNotOfPolicy: _row(
        404, "RuleNotFoundForL7Policy", "Rule {id} could not be found in l7 policy {policy_id}."
    ),
    l7_errors.RedirectPoolMissing: _row(
        409, "L7PolicyRedirectPoolIdMissing", "Redirect pool id is missing for L7 Policy with pool redirect action."
    ),
    l7_errors.RedirectUrlMissing: _row(
        409, "L7PolicyRedirectUrlMissing", "Redirect URL is missing for L7 Policy with URL redirect action."
    ),
}

FLAVOR_ROWS: dict[type[errors.OpenLBaaSError], Row] = {
    flavors.FlavorDisabled: _row(503, "FlavorDisabled", "Flavor is not enabled."),
    flavors.ProfileDisabled: _row(503, "ServiceProfileDisabled", "Service Profile is not enabled."),
    flavors.ServiceTypeInvalid: _row(400, "InvalidServiceType", "Invalid service type {service_type}."),
    flavors.ProfileEmpty: _row(400, "ServiceProfileEmpty", "Service Profile needs either a driver or metainfo."),
    flavors.ProfileDriverUnknown: _row(
        404, "ServiceProfileDriverNotFound", "Service Profile driver {driver} could not be found."
    ),
    flavors.FlavorInUse: _row(409, "FlavorInUse", "Flavor {id} is used by some service instance."),
    flavors.ProfileInUse: _row(409, "ServiceProfileInUse", "Service Profile {id} is used by some service instance."),
    flavors.ProfileBound: _row(
        409,
        "FlavorServiceProfileBindingExists",
        "Service Profile {profile_id} is already associated with flavor {flavor_id}.",
    ),
    flavors.ProfileNotBound: _row(
        404,
        "FlavorServiceProfileBindingNotFound",
        "Service Profile {profile_id} is not associated with flavor {flavor_id}.",
    ),
}

SEGMENT_ROWS: dict[type[errors.OpenLBaaSError], Row] = {
    segments.SegmentTaken: _row(
        409, "TunnelIdInUse", "Unable to create the network. The tunnel ID {segmentation_id} is in use."
    ),
    segments.SegmentsExhausted: _row(
        503,
        "NoNetworkAvailable",
        "Unable to create the network. No tenant network is available for allocation.",
    ),
    segments.SegmentInvalid: _row(400, "InvalidInput", "Invalid input for operation: {reason}."),
    segments.PhysicalNetworkTaken: _row(
        409,
        "FlatNetworkInUse",
        "Unable to create the flat network. Physical network {physical_network} is in use.",
    ),
}

ROWS: dict[type[errors.OpenLBaaSError], Row] = {
    Unacceptable: _unacceptable,
    errors.Refusal: _row(400, "HTTPBadRequest", "{text}."),
    errors.Invalid: _invalid,
    errors.ProviderUnknown: _row(
        400,
        "ServiceProviderNotFound",
        "Service provider '{provider}' could not be found for service type LOADBALANCERV2",
    ),
    errors.DefaultProviderMissing: _row(
        400,
        "DefaultServiceProviderNotFound",
        "Service type LOADBALANCERV2 does not have a default service provider",
    ),
    errors.ParentMissing: _parent_missing,
    errors.DifferentLoadBalancers: _row(
        400, "ListenerAndPoolMustBeOnSameLoadbalancer", "Listener and pool must be on the same loadbalancer."
    ),
    errors.PersistenceInvalid: _row(
        400, "SessionPersistenceConfigurationInvalid", "Session Persistence Invalid: {reason}."
    ),
    errors.AddressOutsideSubnet: _row(
        400, "InvalidIpForSubnet", "IP address {address} is not a valid IP for the specified subnet."
    ),
    errors.NetworkWithoutSubnet: _row(
        400,
        "VipNetworkInvalid",
        "VIP network {network_id} is invalid. There is no subnet in VIP network specified.",
    ),
    errors.Forbidden: _row(403, "PolicyNotAuthorized", "{action} is disallowed by policy"),
    errors.NotFound: _not_found,
    errors.Immutable: _row(409, "StateInvalid", "Invalid state {state} of {noun} resource {id}"),
    errors.InUse: _in_use,
    errors.VipPortInUse: _vip_port,
    errors.CertificateMissing: _row(400, "TLSDefaultContainerNotSpecified", "Default TLS container was not specified"),
    certificate_errors.CertificateUnknown: _row(404, "TLSContainerNotFound", "TLS container {ref} could not be found"),
    certificate_errors.CertificateInvalid: _row(400, "TLSContainerInvalid", "TLS container {ref} is invalid. {reason}"),
    certificate_errors.CertificateInUse: _row(409, "EntityInUse", "listener {by_id} is using this {noun}"),
    certificate_errors.CertificateUnreadable: _row(
        503, "CertManagerError", "Could not process TLS container {ref}, {reason}"
    ),
    errors.Duplicate: _row(409, "Conflict", "{text}."),
    errors.ListenerPortTaken: _row(
        409,
        "LoadBalancerListenerProtocolPortExists",
        "Load Balancer {load_balancer_id} already has a listener with protocol_port of {port}",
    ),
    errors.MemberExists: _row(
        409, "MemberExists", "Member with address {address} and protocol_port {port} already present in pool {pool_id}"
    ),
    errors.MonitorExists: _row(
        409,
        "OneHealthMonitorPerPool",
        "Only one health monitor per pool allowed.  Pool {pool_id} is already using Health Monitor "
        "{health_monitor_id}.",
    ),
    errors.DefaultPoolTaken: _row(
        409, "ListenerDefaultPoolAlreadySet", "Listener {listener_id} is already using default pool {pool_id}."
    ),
    errors.AddressTaken: _row(
        409, "IpAddressAlreadyAllocated", "IP address {address} already allocated in subnet {subnet_id}"
    ),
    errors.MacTaken: _row(
        409,
        "MacAddressInUse",
        "Unable to complete operation for network {network_id}. The mac address {mac_address} is in use.",
    ),
    errors.SubnetOverlaps: _row(
        400,
        "InvalidInput",
        "Invalid input for operation: Requested subnet with cidr: {cidr} for network: {network_id} overlaps with "
        "another subnet.",
    ),
    errors.AddressesExhausted: _row(
        409, "IpAddressGenerationFailure", "No more IP addresses available on network {network_id}."
    ),
    errors.Mismatch: _row(409, "Conflict", "{text}."),
    errors.ProtocolMismatch: _row(
        409,
        "ListenerPoolProtocolMismatch",
        "Listener protocol {listener_protocol} and pool protocol {pool_protocol} are not compatible.",
    ),
    errors.ProviderFlavorConflict: _row(409, "ProviderFlavorConflict", "Cannot specify both a flavor and a provider"),
    errors.QuotaExceeded: _row(409, "OverQuota", "Quota exceeded for resources: ['{noun}']."),
    AdministratorNeeded: _row(403, "AdminRequired", "User does not have admin privileges: {reason}."),
    QuotaNotSet: _row(404, "TenantQuotaNotFound", "Quota for tenant {project_id} could not be found."),
    **L7_ROWS,
    **FLAVOR_ROWS,
    **SEGMENT_ROWS,
    errors.NotSupported: _row(501, "NotSupported", "{feature} are not supported yet"),
    errors.NotNow: _row(503, "ServiceUnavailable", "The request can't be served at this moment; try again.", _BUSY_S),
    errors.NoHost: _no_host,
    move_errors.HostUnfit: _row(
        409, "HostUnfit", "Host {host} can't have load balancer {load_balancer_id}: {why}, of that host alone."
    ),
    move_errors.HostAlive: _row(
        409, "HostAlive", "Host {host} is heard of: drain it, or say that it is dead all the same with force."
    ),
    pairs.PairImpossible: _row(
        409, "PairImpossible", "Load balancer {load_balancer_id} can't be served by two hosts: {why}."
    ),
    pairs.NoRouterId: _row(
        409,
        "NoRouterId",
        "Network {network_id} has as many load balancers of two hosts as VRRP can tell apart; use another network.",
    ),
    host_errors.HostSilent: _row(503, "ServiceUnavailable", "{why}", _NO_HOST_S),
}
"""One row per class; HostFault and Defect have none, since a caller is only told that something broke."""
