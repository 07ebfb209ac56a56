"""Flavors: names that an operator gives to ways of running load balancers, for tenants to choose by.

A flavor has service profiles, and each of those names a driver. The first of them that is enabled decides which
provider a load balancer of the flavor gets.
"""

import json
from dataclasses import dataclass

from openlbaas.domain.commands import UNSET, Unset
from openlbaas.domain.errors import Duplicate, InUse, Invalid, NotNow, Refusal
from openlbaas.domain.vocabulary import Kind, Topology

SERVICE_TYPE = "LOADBALANCERV2"
"""What a flavor of load balancers is for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flavor:
    """A name to choose by.

    Shape: profile_ids are in the order in which they were made.
    Units: created_at is seconds since the epoch, UTC.
    """

    id: str
    name: str
    description: str
    service_type: str
    enabled: bool
    profile_ids: tuple[str, ...]
    created_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceProfile:
    """What a flavor stands for: driver names a provider, or the driver of one.

    Shape: metainfo is empty, or JSON.
    Units: created_at is seconds since the epoch, UTC.
    """

    id: str
    description: str
    driver: str
    metainfo: str
    enabled: bool
    created_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateFlavor:
    """Make a flavor, with service profiles if any are named."""

    name: str = ""
    description: str = ""
    service_type: str = SERVICE_TYPE
    enabled: bool = True
    profile_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateFlavor:
    """Change a flavor; profile_ids are all that it has afterwards."""

    id: str
    name: str | Unset = UNSET
    description: str | Unset = UNSET
    enabled: bool | Unset = UNSET
    profile_ids: tuple[str, ...] | Unset = UNSET


@dataclass(frozen=True, slots=True)
class DeleteFlavor:
    """Remove a flavor that no load balancer has."""

    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateServiceProfile:
    """Make a service profile."""

    description: str = ""
    driver: str = ""
    metainfo: str = ""
    enabled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateServiceProfile:
    """Change a service profile that no flavor has."""

    id: str
    description: str | Unset = UNSET
    driver: str | Unset = UNSET
    metainfo: str | Unset = UNSET
    enabled: bool | Unset = UNSET


@dataclass(frozen=True, slots=True)
class DeleteServiceProfile:
    """Remove a service profile that no flavor has."""

    id: str


FlavorCommand = (
    CreateFlavor | UpdateFlavor | DeleteFlavor | CreateServiceProfile | UpdateServiceProfile | DeleteServiceProfile
)


def topology(metainfo: str) -> Topology:
    """Read the topology from what a service profile says of its load balancers; SINGLE where it says nothing.

    Shape: metainfo is free text; a JSON object with a topology is understood, anything else passed over, as before.

    Raises: Invalid for a topology that there is not.
    """
    try:
        said = json.loads(metainfo) if metainfo else {}
    except ValueError:
        said = {}
    wanted = said.get("topology", Topology.SINGLE) if isinstance(said, dict) else Topology.SINGLE
    try:
        return Topology(wanted)
    except ValueError:
        field = "metainfo"
        reason = f"topology {wanted!r} is none of {', '.join(Topology)}"
        raise Invalid(field, reason) from None


class ServiceTypeInvalid(Invalid):
    """A flavor is for another service than load balancers."""

    code = "service_type_invalid"

    def __init__(self, service_type: str) -> None:
        super().__init__("service_type", f"{service_type} is not {SERVICE_TYPE}")
        self.service_type = service_type


class ProfileEmpty(Invalid):
    """A service profile names no driver, so it stands for nothing."""

    code = "profile_empty"

    def __init__(self) -> None:
        super().__init__("driver", "is needed")


class ProfileDriverUnknown(Refusal):
    """No provider that is configured has this name or this driver."""

    code = "profile_driver_unknown"

    def __init__(self, driver: str) -> None:
        super().__init__(f"no provider is named {driver} or has this driver")
        self.driver = driver


class FlavorInUse(InUse):
    """A load balancer has this flavor."""

    code = "flavor_in_use"

    def __init__(self, flavor_id: str, load_balancer_id: str) -> None:
        super().__init__(Kind.FLAVOR, flavor_id, Kind.LOAD_BALANCER, load_balancer_id)


class ProfileInUse(InUse):
    """A flavor has this service profile."""

    code = "profile_in_use"

    def __init__(self, profile_id: str, flavor_id: str) -> None:
        super().__init__(Kind.SERVICE_PROFILE, profile_id, Kind.FLAVOR, flavor_id)


class ProfileBound(Duplicate):
    """The flavor has this service profile already."""

    code = "profile_bound"

    def __init__(self, flavor_id: str, profile_id: str) -> None:
        super().__init__(f"flavor {flavor_id} has service profile {profile_id}")
        self.flavor_id = flavor_id
        self.profile_id = profile_id


class ProfileNotBound(Refusal):
    """The flavor does not have this service profile, or none at all if profile_id is empty."""

    code = "profile_not_bound"

    def __init__(self, flavor_id: str, profile_id: str = "") -> None:
        super().__init__(f"flavor {flavor_id} does not have service profile {profile_id}")
        self.flavor_id = flavor_id
        self.profile_id = profile_id


class FlavorDisabled(NotNow):
    """The operator has switched the flavor off."""

    code = "flavor_disabled"


class ProfileDisabled(NotNow):
    """The operator has switched every service profile of the flavor off."""

    code = "profile_disabled"
