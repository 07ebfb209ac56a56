"""Everything that can go wrong, without a word of HTTP.

::

    OpenLBaaSError
    ├── Refusal          the request can't be done as asked; nothing changed
    │   ├── Invalid      a value is wrong: names the field and the reason
    │   ├── Forbidden    the caller may not
    │   ├── NotFound     no such thing, or not this caller's
    │   ├── Immutable    the thing is in a state that takes no change
    │   ├── InUse        something else needs it
    │   ├── Duplicate    it exists already
    │   ├── Mismatch     two things do not go together
    │   ├── QuotaExceeded
    │   └── NotSupported a feature that is not built
    ├── NotNow           right, but not at this moment; the same request may do later
    │   ├── Raced        another change came first, and retries ran out
    │   ├── NoHost       no live host can take it
    │   └── StoreBusy    the database did not answer in time
    ├── HostFault        a host could not carry a spec out; becomes a reason on the load balancer
    │   ├── ConfigRejected  HAProxy refused the configuration; the last good one serves on
    │   ├── StepFailed      a step of a plan failed
    │   ├── ProcessDied     HAProxy ended by itself
    │   └── NetworkFault    the kernel refused a network change
    └── Defect           a bug of ours

Each class has a stable ``code``; each dialect has a row for every code, and a test walks this tree.
"""

from typing import ClassVar

from openlbaas.domain.vocabulary import Kind


class OpenLBaaSError(Exception):
    """The root; ``code`` never changes once released."""

    code: ClassVar[str] = "error"


class Refusal(OpenLBaaSError):
    """The request can't be done as asked; nothing changed."""

    code = "refusal"


class Invalid(Refusal):
    """A value is wrong.

    Shape: field is the domain's own name of the attribute; dialects translate it. reason is a clause without period.
    """

    code = "invalid"

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class ProviderUnknown(Invalid):
    """No provider of that name is configured."""

    code = "provider_unknown"

    def __init__(self, provider: str) -> None:
        super().__init__("provider", f"'{provider}' is not a configured provider")
        self.provider = provider


class DefaultProviderMissing(Invalid):
    """A provider has to be named, since no configured one is the default."""

    code = "default_provider_missing"

    def __init__(self) -> None:
        super().__init__("provider", "must be named, since there is no default")


class ParentMissing(Invalid):
    """A listener or a pool was asked for without anything to hang it on."""

    code = "parent_missing"

    def __init__(self, kind: Kind) -> None:
        super().__init__("load_balancer_id", "is required, or another way to name the load balancer")
        self.kind = kind


class DifferentLoadBalancers(Invalid):
    """A listener and a pool of two load balancers were to be joined."""

    code = "different_load_balancers"

    def __init__(self) -> None:
        super().__init__("load_balancer_id", "listener and pool are not on the same load balancer")


class PersistenceInvalid(Invalid):
    """A session persistence lacks, or must not have, a cookie name."""

    code = "persistence_invalid"


class CertificateMissing(Invalid):
    """A TERMINATED_HTTPS listener names no certificate."""

    code = "certificate_missing"

    def __init__(self) -> None:
        super().__init__("default_tls_container_ref", "is required for a TERMINATED_HTTPS listener")


class AddressOutsideSubnet(Invalid):
    """An address does not lie in the subnet it is asked for on."""

    code = "address_outside_subnet"

    def __init__(self, address: str, subnet_id: str) -> None:
        super().__init__("ip_address", f"{address} is not a usable address of subnet {subnet_id}")
        self.address = address
        self.subnet_id = subnet_id


class NetworkWithoutSubnet(Invalid):
    """A VIP was asked for on a network that has no subnet."""

    code = "network_without_subnet"

    def __init__(self, network_id: str) -> None:
        super().__init__("vip_network_id", f"network {network_id} has no subnet")
        self.network_id = network_id


class Forbidden(Refusal):
    """The caller may not do this at all."""

    code = "forbidden"

    def __init__(self, action: str) -> None:
        """Name what was tried, as a clause: "list agents"."""
        super().__init__(f"not allowed to {action}")
        self.action = action


class NotFound(Refusal):
    """No such thing, or it is another project's."""

    code = "not_found"

    def __init__(self, kind: Kind, id: str) -> None:  # noqa: A002 - the field's own word
        super().__init__(f"{kind} {id} does not exist")
        self.kind = kind
        self.id = id


class Immutable(Refusal):
    """The thing is in a state that takes no change, such as PENDING_DELETE."""

    code = "immutable"

    def __init__(self, kind: Kind, id: str, state: str) -> None:  # noqa: A002 - the field's own word
        super().__init__(f"{kind} {id} is {state}")
        self.kind = kind
        self.id = id
        self.state = state


class InUse(Refusal):
    """Something else needs it."""

    code = "in_use"

    def __init__(self, kind: Kind, id: str, by_kind: Kind, by_id: str) -> None:  # noqa: A002 - the field's own word
        super().__init__(f"{kind} {id} is used by {by_kind} {by_id}")
        self.kind = kind
        self.id = id
        self.by_kind = by_kind
        self.by_id = by_id


class VipPortInUse(InUse):
    """A load balancer's port can't be deleted or moved under it."""

    code = "vip_port_in_use"


class AgentInUse(InUse):
    """An agent that hosts load balancers can't be forgotten."""

    code = "agent_in_use"


class Duplicate(Refusal):
    """It exists already."""

    code = "duplicate"


class ListenerPortTaken(Duplicate):
    """Another listener of the load balancer has this port."""

    code = "listener_port_taken"

    def __init__(self, load_balancer_id: str, port: int) -> None:
        super().__init__(f"load balancer {load_balancer_id} has a listener on port {port}")
        self.load_balancer_id = load_balancer_id
        self.port = port


class MemberExists(Duplicate):
    """Another member of the pool has this address and port."""

    code = "member_exists"

    def __init__(self, pool_id: str, address: str, port: int) -> None:
        super().__init__(f"pool {pool_id} has a member {address}:{port}")
        self.pool_id = pool_id
        self.address = address
        self.port = port


class MonitorExists(Duplicate):
    """The pool has a health monitor."""

    code = "monitor_exists"

    def __init__(self, pool_id: str, health_monitor_id: str) -> None:
        super().__init__(f"pool {pool_id} has health monitor {health_monitor_id}")
        self.pool_id = pool_id
        self.health_monitor_id = health_monitor_id


class DefaultPoolTaken(Duplicate):
    """The listener has a default pool."""

    code = "default_pool_taken"

    def __init__(self, listener_id: str, pool_id: str) -> None:
        super().__init__(f"listener {listener_id} has default pool {pool_id}")
        self.listener_id = listener_id
        self.pool_id = pool_id


class AddressTaken(Duplicate):
    """Another port has this address."""

    code = "address_taken"

    def __init__(self, address: str, subnet_id: str) -> None:
        super().__init__(f"{address} on subnet {subnet_id} is in use")
        self.address = address
        self.subnet_id = subnet_id


class MacTaken(Duplicate):
    """Another port of the network has this MAC address."""

    code = "mac_taken"

    def __init__(self, mac_address: str, network_id: str) -> None:
        super().__init__(f"{mac_address} on network {network_id} is in use")
        self.mac_address = mac_address
        self.network_id = network_id


class SubnetOverlaps(Duplicate):
    """Another subnet of the network has some of these addresses."""

    code = "subnet_overlaps"

    def __init__(self, cidr: str, network_id: str) -> None:
        super().__init__(f"{cidr} overlaps a subnet of network {network_id}")
        self.cidr = cidr
        self.network_id = network_id


class AddressesExhausted(Refusal):
    """No address is left to give."""

    code = "addresses_exhausted"

    def __init__(self, network_id: str) -> None:
        super().__init__(f"no address is left on network {network_id}")
        self.network_id = network_id


class Mismatch(Refusal):
    """Two things do not go together."""

    code = "mismatch"


class ProtocolMismatch(Mismatch):
    """A pool of this protocol can't serve a listener of that one."""

    code = "protocol_mismatch"

    def __init__(self, listener_protocol: str, pool_protocol: str) -> None:
        super().__init__(f"a {listener_protocol} listener can't use a {pool_protocol} pool")
        self.listener_protocol = listener_protocol
        self.pool_protocol = pool_protocol


class ProviderFlavorConflict(Mismatch):
    """A flavor chooses the provider, so both can't be given."""

    code = "provider_flavor_conflict"


class QuotaExceeded(Refusal):
    """The project may not have more of these."""

    code = "quota_exceeded"

    def __init__(self, kind: Kind, limit: int) -> None:
        super().__init__(f"no more than {limit} of {kind}")
        self.kind = kind
        self.limit = limit


class NotSupported(Refusal):
    """A feature of the contract that is not built; says which."""

    code = "not_supported"

    def __init__(self, feature: str) -> None:
        """Name the feature as a noun: "layer 7 policies"."""
        super().__init__(f"{feature} are not supported")
        self.feature = feature


class NotNow(OpenLBaaSError):
    """Right, but not at this moment."""

    code = "not_now"


class Raced(NotNow):
    """Another change came first, and retries ran out."""

    code = "raced"


class NoHost(NotNow):
    """No live host can take the load balancer."""

    code = "no_host"

    def __init__(self, load_balancer_id: str, why: str) -> None:
        super().__init__(why)
        self.load_balancer_id = load_balancer_id


class StoreBusy(NotNow):
    """The database did not answer in time."""

    code = "store_busy"


class HostFault(OpenLBaaSError):
    """A host could not carry a spec out."""

    code = "host_fault"


class ConfigRejected(HostFault):
    """HAProxy refused the configuration; the last good one serves on."""

    code = "config_rejected"


class StepFailed(HostFault):
    """A step of a plan failed."""

    code = "step_failed"


class ProcessDied(HostFault):
    """HAProxy ended by itself."""

    code = "process_died"


class NetworkFault(HostFault):
    """The kernel refused a network change."""

    code = "network_fault"


class NotServed(HostFault):
    """A host has it ready and must not answer for it: another one does, or may."""

    code = "not_served"


class Defect(OpenLBaaSError):
    """A bug of ours."""

    code = "defect"
