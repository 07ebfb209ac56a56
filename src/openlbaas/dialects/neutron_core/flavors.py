"""Flavors and service profiles on the wire."""

from typing import Any

import msgspec

from openlbaas.dialects.fields import REQUIRED, Field, Table
from openlbaas.dialects.neutron_core.rows import ID, NAME, TENANT_ID, every
from openlbaas.dialects.resource import Resource, Values
from openlbaas.dialects.values import is_uuid, or_null, text, to_bool, to_list
from openlbaas.domain.caller import Caller
from openlbaas.domain.flavors import (
    CreateFlavor,
    CreateServiceProfile,
    DeleteFlavor,
    DeleteServiceProfile,
    Flavor,
    ServiceProfile,
    UpdateFlavor,
    UpdateServiceProfile,
)
from openlbaas.domain.vocabulary import Kind

_LONGEST_METAINFO = 4095
_KEYS_OF_METAINFO = frozenset({"topology"})
_DESCRIPTION = Field("description", "description", check=or_null(text(1024)), build=lambda value: value or "")
_ENABLED = Field("enabled", "enabled", convert=to_bool)

FLAVOR_TABLE = Table(
    "flavor",
    "flavors",
    (
        ID,
        TENANT_ID,
        NAME,
        _DESCRIPTION,
        Field("service_type", "service_type", put=False, check=text(36), default=REQUIRED),
        Field(
            "service_profiles",
            "profile_ids",
            convert=to_list,
            check=every("service profile", is_uuid),
            build=tuple,
        ),
        _ENABLED,
    ),
)


def _metainfo(value: Any) -> str | None:
    """Ask for nothing, or for an object with no key but those that somebody looks at."""
    reason = text(_LONGEST_METAINFO)(value)
    if reason is not None or not value:
        return reason
    try:
        found = msgspec.json.decode(value)
    except (msgspec.MsgspecError, RecursionError):
        return f"'{value}' is not JSON"
    if not isinstance(found, dict):
        return f"'{value}' is not a dictionary"
    unexpected = [key for key in found if key not in _KEYS_OF_METAINFO]
    return f"Unexpected keys supplied: {', '.join(unexpected)}" if unexpected else None


PROFILE_TABLE = Table(
    "service_profile",
    "service_profiles",
    (
        ID,
        TENANT_ID,
        _DESCRIPTION,
        Field("driver", "driver", check=text(1024)),
        Field("metainfo", "metainfo", convert=lambda value: "" if value is None else value, check=_metainfo),
        _ENABLED,
    ),
)

BINDING_TABLE = Table("service_profile", "service_profiles", (Field("id", "id", check=is_uuid, default=REQUIRED),))


def binding(body: Any, caller: Caller) -> str:
    """Read which service profile a flavor shall have.

    Raises: Unacceptable.
    """
    (values,) = BINDING_TABLE.creations(body, caller)
    return str(values["id"])


def _unowned(objects: tuple[Values, ...]) -> Values:
    """Leave out whose it is: flavors are everybody's."""
    (values,) = objects
    return {name: value for name, value in values.items() if name != "project_id"}


def render_flavor(flavor: Flavor, _caller: Caller) -> dict[str, Any]:
    """Show a flavor."""
    return {
        "id": flavor.id,
        "name": flavor.name,
        "description": flavor.description,
        "service_type": flavor.service_type,
        "service_profiles": list(flavor.profile_ids),
        "enabled": flavor.enabled,
    }


def render_profile(profile: ServiceProfile, _caller: Caller) -> dict[str, Any]:
    """Show a service profile."""
    return {
        "id": profile.id,
        "description": profile.description,
        "driver": profile.driver,
        "metainfo": profile.metainfo,
        "enabled": profile.enabled,
    }


FLAVORS = Resource(
    kind=Kind.FLAVOR,
    table=FLAVOR_TABLE,
    render=render_flavor,
    visible=frozenset(row.name for row in FLAVOR_TABLE.fields) - {"tenant_id"},
    creation=lambda objects, _parent_id: CreateFlavor(**_unowned(objects)),
    update=lambda id_, _parent_id, values: UpdateFlavor(id=id_, **values),
    deletion=lambda id_, _parent_id: DeleteFlavor(id_),
)

SERVICE_PROFILES = Resource(
    kind=Kind.SERVICE_PROFILE,
    table=PROFILE_TABLE,
    render=render_profile,
    visible=frozenset(row.name for row in PROFILE_TABLE.fields) - {"tenant_id"},
    creation=lambda objects, _parent_id: CreateServiceProfile(**_unowned(objects)),
    update=lambda id_, _parent_id, values: UpdateServiceProfile(id=id_, **values),
    deletion=lambda id_, _parent_id: DeleteServiceProfile(id_),
)
