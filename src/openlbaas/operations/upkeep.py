"""What must happen although nobody asks: every server does it, and doing it twice does no harm."""

from openlbaas.desired.liveness import alive
from openlbaas.domain.agents import Agent
from openlbaas.domain.changes.steps import advanced
from openlbaas.domain.errors import NoHost, NotFound
from openlbaas.domain.tree import Tree, committed
from openlbaas.operations import certificates
from openlbaas.operations.creation import driver_of, place
from openlbaas.operations.ports import Transaction
from openlbaas.operations.report import settle_applied
from openlbaas.operations.services import Services

_EVENTS_KEPT_S = 30 * 86400.0


def upkeep(services: Services) -> None:
    """End deletions on dead hosts, find hosts for load balancers, warn of certificates that expire.

    Order: load balancers of dead hosts are only moved if that is asked for.

    Raises: Raced; StoreBusy.
    """
    silent = services.store.read(lambda transaction: _silent(services, transaction))
    for load_balancer_id in services.store.read(_waiting):
        _end_deletions(services, load_balancer_id, silent)
    for load_balancer_id in services.store.read(_unbound):
        _find_host(services, load_balancer_id)
    if services.failover:
        for load_balancer_id in services.store.read(lambda transaction: _stranded(transaction, silent)):
            _find_host(services, load_balancer_id, silent=silent)
    certificates.warn(services)


def prune(services: Services) -> None:
    """Remove events that are older than a month."""

    def work(transaction: Transaction) -> None:
        transaction.events.prune(services.clock() - _EVENTS_KEPT_S)

    services.store.write(work)


def _silent(services: Services, transaction: Transaction) -> frozenset[str]:
    now = services.clock()

    def heard(agent: Agent) -> bool:
        return alive(agent.heartbeat_at, now=now, agent_down_time_s=services.agent_down_time_s)

    return frozenset(agent.id for agent in transaction.hosts.agents() if not heard(agent))


def _waiting(transaction: Transaction) -> list[str]:
    return transaction.balancers.pending()


def _unbound(transaction: Transaction) -> list[str]:
    return transaction.hosts.unbound()


def _stranded(transaction: Transaction, silent: frozenset[str]) -> list[str]:
    return [id_ for agent_id in sorted(silent) for id_ in transaction.hosts.hosted(agent_id)]


def _end_deletions(services: Services, load_balancer_id: str, silent: frozenset[str]) -> None:
    """Let a deletion end although the host is dead: it cleans up when it is back, since its feed still says so."""

    def stuck(transaction: Transaction) -> Tree | None:
        try:
            tree = transaction.balancers.tree(load_balancer_id, lock=True)
        except NotFound:
            return None
        bound = transaction.hosts.bound(tree.id)
        return tree if bound is None or bound.agent_id in silent else None

    def work(transaction: Transaction) -> None:
        tree = stuck(transaction)
        if tree is None:
            return
        if tree.load_balancer.mark.deleted is not None:
            settle_applied(services, transaction, tree, tree.progress.revision, None)
        else:
            transaction.balancers.purge(tree, tree.progress.revision)

    # Most of what is pending is being worked on by a live host: a look costs less than the write lock.
    if services.store.read(stuck) is not None:
        services.store.write(work)


def _find_host(services: Services, load_balancer_id: str, *, silent: frozenset[str] = frozenset()) -> None:
    """Bind a load balancer to a live host; the one it had is told to clean up when it is back."""

    def work(transaction: Transaction) -> frozenset[str]:
        tree = transaction.balancers.tree(load_balancer_id, lock=True)
        bound = transaction.hosts.bound(tree.id)
        if tree.load_balancer.mark.deleted is not None or (bound is not None and bound.agent_id not in silent):
            return frozenset()
        now = services.clock()
        moved = committed(advanced(tree), now)
        transaction.balancers.save(tree, moved, now=now)
        host = place(services, transaction, moved, driver_of(services, tree.load_balancer.provider))
        if bound is not None:
            transaction.hosts.advance(bound.agent_id, tree.id, moved.progress.revision)
        return frozenset({host})

    try:
        hosts = services.store.write(work)
    except (NoHost, NotFound):
        return
    if hosts:
        services.changed(hosts)
