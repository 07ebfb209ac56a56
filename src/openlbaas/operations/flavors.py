"""Flavors and service profiles: administrators make them, and load balancers get their provider by them."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from openlbaas.domain import flavors as f
from openlbaas.domain.caller import Caller
from openlbaas.domain.commands import UNSET
from openlbaas.domain.errors import Forbidden
from openlbaas.domain.selection import Selection
from openlbaas.domain.vocabulary import Kind, Topology
from openlbaas.operations.ports import Transaction
from openlbaas.operations.services import Provider, Services

FlavorView = f.Flavor | f.ServiceProfile


def show(services: Services, caller: Caller, kind: Kind, id: str) -> FlavorView:  # noqa: A002 - the field's own word
    """Show one flavor or service profile.

    Raises: Forbidden; NotFound.
    """
    _check_sees(caller, kind)
    return services.store.read(lambda transaction: _one(transaction, kind, id))


def select(services: Services, caller: Caller, kind: Kind, selection: Selection) -> Sequence[FlavorView]:
    """List flavors or service profiles, oldest first.

    Raises: Forbidden.
    """
    _check_sees(caller, kind)

    def work(transaction: Transaction) -> Sequence[FlavorView]:
        found = transaction.flavors.flavors if kind is Kind.FLAVOR else transaction.flavors.profiles
        return found(selection)

    return services.store.read(work)


def change(services: Services, caller: Caller, command: f.FlavorCommand) -> FlavorView | None:
    """Carry one command out.

    Raises: Forbidden; a Refusal, when nothing has changed.
    """
    _check_changes(caller)
    new_id = services.new_id()

    def work(transaction: Transaction) -> FlavorView | None:
        match command:
            case f.CreateFlavor() | f.UpdateFlavor():
                return _written_flavor(services, transaction, command, new_id)
            case f.CreateServiceProfile() | f.UpdateServiceProfile():
                return _written_profile(services, transaction, command, new_id)
            case f.DeleteFlavor():
                _delete_flavor(transaction, command.id)
            case f.DeleteServiceProfile():
                _check_unbound(transaction, transaction.flavors.profile(command.id).id)
                transaction.flavors.delete(Kind.SERVICE_PROFILE, command.id)
        return None

    return services.store.write(work)


def bind(services: Services, caller: Caller, flavor_id: str, profile_id: str) -> None:
    """Give a flavor one more service profile.

    Raises: Forbidden; NotFound for either; ProfileBound.
    """
    _check_changes(caller)

    def work(transaction: Transaction) -> None:
        flavor = transaction.flavors.flavor(flavor_id)
        transaction.flavors.profile(profile_id)
        if profile_id in flavor.profile_ids:
            raise f.ProfileBound(flavor_id, profile_id)
        transaction.flavors.bind(flavor_id, [*flavor.profile_ids, profile_id])

    services.store.write(work)


def unbind(services: Services, caller: Caller, flavor_id: str, profile_id: str) -> None:
    """Take a service profile from a flavor; load balancers keep the provider that they got by it.

    Raises: Forbidden; NotFound for the flavor; ProfileNotBound.
    """
    _check_changes(caller)

    def work(transaction: Transaction) -> None:
        flavor = transaction.flavors.flavor(flavor_id)
        if profile_id not in flavor.profile_ids:
            raise f.ProfileNotBound(flavor_id, profile_id)
        transaction.flavors.bind(flavor_id, [id_ for id_ in flavor.profile_ids if id_ != profile_id])

    services.store.write(work)


def next_provider(services: Services, flavor_id: str) -> tuple[Provider, f.ServiceProfile]:
    """Name the provider that a load balancer of a flavor would get now, and by which service profile.

    Raises: NotFound; ProfileNotBound; ProfileDisabled; ProfileDriverUnknown.
    """

    def work(transaction: Transaction) -> tuple[Provider, f.ServiceProfile]:
        return _chosen(services, transaction, transaction.flavors.flavor(flavor_id))

    return services.store.read(work)


def provider_of(services: Services, transaction: Transaction, flavor_id: str) -> Provider:
    """Name the provider that a new load balancer of a flavor gets.

    Raises: NotFound; FlavorDisabled; ServiceTypeInvalid; ProfileNotBound; ProfileDisabled; ProfileDriverUnknown.
    """
    flavor = transaction.flavors.flavor(flavor_id)
    if not flavor.enabled:
        message = f"flavor {flavor_id} is disabled"
        raise f.FlavorDisabled(message)
    if flavor.service_type != f.SERVICE_TYPE:
        raise f.ServiceTypeInvalid(flavor.service_type)
    return _chosen(services, transaction, flavor)[0]


def topology_of(services: Services, transaction: Transaction, flavor_id: str) -> Topology:
    """Name the topology of the service profile that a new load balancer of a flavor gets."""
    return f.topology(_chosen(services, transaction, transaction.flavors.flavor(flavor_id))[1].metainfo)


def _chosen(services: Services, transaction: Transaction, flavor: f.Flavor) -> tuple[Provider, f.ServiceProfile]:
    if not flavor.profile_ids:
        raise f.ProfileNotBound(flavor.id)
    profile = next((p for p in transaction.flavors.profiles(Selection(ids=flavor.profile_ids)) if p.enabled), None)
    if profile is None:
        message = f"no service profile of flavor {flavor.id} is enabled"
        raise f.ProfileDisabled(message)
    return _provider(services, profile.driver), profile


def _provider(services: Services, driver: str) -> Provider:
    """Find the provider that a service profile means: by its name, or the first with this driver."""
    named = [one for one in services.providers if one.name == driver.lower()]
    found = named or [one for one in services.providers if one.driver == driver]
    if not found:
        raise f.ProfileDriverUnknown(driver)
    return found[0]


def _written_flavor(
    services: Services, transaction: Transaction, command: f.CreateFlavor | f.UpdateFlavor, new_id: str
) -> f.Flavor:
    values = _values(command)
    profile_ids = values.pop("profile_ids", None)
    for profile_id in profile_ids or ():
        transaction.flavors.profile(profile_id)
    if isinstance(command, f.CreateFlavor):
        flavor_id = new_id
        if command.service_type != f.SERVICE_TYPE:
            raise f.ServiceTypeInvalid(command.service_type)
        transaction.flavors.insert(Kind.FLAVOR, {**values, "id": new_id, "created_at": services.clock()})
    else:
        flavor_id = transaction.flavors.flavor(command.id).id
        transaction.flavors.change(Kind.FLAVOR, flavor_id, values)
    if profile_ids is not None:
        transaction.flavors.bind(flavor_id, profile_ids)
    return transaction.flavors.flavor(flavor_id)


def _written_profile(
    services: Services,
    transaction: Transaction,
    command: f.CreateServiceProfile | f.UpdateServiceProfile,
    new_id: str,
) -> f.ServiceProfile:
    values = _values(command)
    if "driver" in values:
        if not values["driver"]:
            raise f.ProfileEmpty
        _provider(services, values["driver"])
    if "metainfo" in values:
        f.topology(values["metainfo"])
    if isinstance(command, f.CreateServiceProfile):
        profile_id = new_id
        transaction.flavors.insert(Kind.SERVICE_PROFILE, {**values, "id": new_id, "created_at": services.clock()})
    else:
        profile_id = transaction.flavors.profile(command.id).id
        _check_unbound(transaction, profile_id)
        transaction.flavors.change(Kind.SERVICE_PROFILE, profile_id, values)
    return transaction.flavors.profile(profile_id)


def _values(command: Any) -> dict[str, Any]:
    values = {field.name: getattr(command, field.name) for field in fields(command) if field.name != "id"}
    return {name: value for name, value in values.items() if value is not UNSET}


def _delete_flavor(transaction: Transaction, flavor_id: str) -> None:
    transaction.flavors.flavor(flavor_id)
    users = transaction.flavors.balancers(flavor_id)
    if users:
        raise f.FlavorInUse(flavor_id, users[0])
    transaction.flavors.delete(Kind.FLAVOR, flavor_id)


def _check_unbound(transaction: Transaction, profile_id: str) -> None:
    having = transaction.flavors.having(profile_id)
    if having:
        raise f.ProfileInUse(profile_id, having[0])


def _one(transaction: Transaction, kind: Kind, id: str) -> FlavorView:  # noqa: A002 - the field's own word
    return transaction.flavors.flavor(id) if kind is Kind.FLAVOR else transaction.flavors.profile(id)


def _check_sees(caller: Caller, kind: Kind) -> None:
    if kind is Kind.SERVICE_PROFILE and not caller.is_admin:
        action = "see service profiles"
        raise Forbidden(action)


def _check_changes(caller: Caller) -> None:
    if not caller.is_admin:
        action = "change flavors"
        raise Forbidden(action)
