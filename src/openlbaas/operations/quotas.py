"""Quotas: what projects may have, and that they have no more."""

from collections import Counter
from collections.abc import Iterable

from openlbaas.domain import commands as c
from openlbaas.domain.caller import Caller
from openlbaas.domain.errors import QuotaExceeded
from openlbaas.domain.network import CreateNetwork, CreatePort, CreateSubnet, NetworkCommand
from openlbaas.domain.quota import UNLIMITED, AdministratorNeeded, Limits, Quota, QuotaNotSet, effective
from openlbaas.domain.vocabulary import Kind
from openlbaas.operations.ports import Transaction
from openlbaas.operations.services import Services

_ONE_MADE: dict[type, Kind] = {
    c.CreateLoadBalancer: Kind.LOAD_BALANCER,
    c.CreateListener: Kind.LISTENER,
    c.CreatePool: Kind.POOL,
    c.CreateMember: Kind.MEMBER,
    c.CreateHealthMonitor: Kind.HEALTH_MONITOR,
    c.CreateL7Policy: Kind.L7_POLICY,
    CreateNetwork: Kind.NETWORK,
    CreateSubnet: Kind.SUBNET,
    CreatePort: Kind.PORT,
}
_NETWORK_KINDS = frozenset({Kind.NETWORK, Kind.SUBNET, Kind.PORT})
_ANOTHERS = "Only admin is authorized to access quotas for another tenant"
_ANYBODYS = "Only admin can view or configure quota"


def show(services: Services, caller: Caller, project_id: str) -> Quota:
    """Show the limits that hold for a project.

    Raises: AdministratorNeeded for another's.
    """
    _check_own(caller, project_id)
    own = services.store.read(lambda transaction: _own(transaction, project_id))
    return effective(project_id, own, services.quotas)


def default(services: Services, caller: Caller, project_id: str) -> Quota:
    """Show the limits of a project for which nothing was set.

    Raises: AdministratorNeeded for another's.
    """
    _check_own(caller, project_id)
    return effective(project_id, {}, services.quotas)


def select(services: Services, caller: Caller) -> list[Quota]:
    """List the limits of the projects for which some were set.

    Raises: AdministratorNeeded.
    """
    _check_administrator(caller, "list quotas")

    def work(transaction: Transaction) -> dict[str, Limits]:
        return transaction.quotas.all()

    return [effective(id_, own, services.quotas) for id_, own in services.store.read(work).items()]


def update(services: Services, caller: Caller, project_id: str, limits: Limits) -> Quota:
    """Set limits of a project; it may have more already, and then gets no more.

    Raises: AdministratorNeeded.
    """
    check_update(caller)

    def work(transaction: Transaction) -> Limits:
        transaction.quotas.set(project_id, limits)
        return _own(transaction, project_id)

    return effective(project_id, services.store.write(work), services.quotas)


def check_update(caller: Caller) -> None:
    """Raise AdministratorNeeded unless the caller may change quotas."""
    _check_administrator(caller, "change quotas")


def delete(services: Services, caller: Caller, project_id: str) -> None:
    """Take what was set for a project away.

    Raises: AdministratorNeeded; QuotaNotSet.
    """
    check_update(caller)

    def work(transaction: Transaction) -> None:
        if not _own(transaction, project_id):
            raise QuotaNotSet(project_id)
        transaction.quotas.clear(project_id)

    services.store.write(work)


def check(services: Services, transaction: Transaction, *commands: c.Command | NetworkCommand) -> None:
    """Refuse commands that together make more of something than their project may have.

    What is being deleted counts no more. Nothing is counted for a project without a limit. Two transactions do not
    both make the last one: whoever counts has its project to itself until its end, see
    :meth:`openlbaas.store.quotas.Quotas.take_turn`.

    Order:  before anything else is locked.
    Raises: QuotaExceeded.
    """
    for (project_id, kind), more in _made(commands).items():
        limit = transaction.quotas.limit(project_id, kind)
        if limit is None:
            limit = services.quotas.get(kind, UNLIMITED)
        if limit < 0:
            continue
        transaction.quotas.take_turn(project_id)
        if _count(transaction, kind, project_id) + more > limit:
            raise QuotaExceeded(kind, limit)


def _made(commands: Iterable[c.Command | NetworkCommand]) -> Counter[tuple[str, Kind]]:
    """Count what commands make, by project and kind."""
    made: Counter[tuple[str, Kind]] = Counter()
    for command in commands:
        if isinstance(command, c.CreateMembers):
            made.update((member.project_id, Kind.MEMBER) for member in command.members)
        kind = _ONE_MADE.get(type(command))
        if kind is not None:
            made[command.project_id, kind] += 1  # type: ignore[union-attr]  # the commands of the table have it
    return made


def _count(transaction: Transaction, kind: Kind, project_id: str) -> int:
    things = transaction.nets if kind in _NETWORK_KINDS else transaction.balancers
    return things.count(kind, project_id)


def _own(transaction: Transaction, project_id: str) -> Limits:
    return transaction.quotas.all(project_id).get(project_id, {})


def _check_own(caller: Caller, project_id: str) -> None:
    if not caller.is_admin and caller.project_id != project_id:
        raise AdministratorNeeded("see another project's quota", _ANOTHERS)


def _check_administrator(caller: Caller, action: str) -> None:
    if not caller.is_admin:
        raise AdministratorNeeded(action, _ANYBODYS)
