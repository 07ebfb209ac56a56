"""What a caller is shown of load balancers."""

from openlbaas.domain.caller import Caller
from openlbaas.domain.errors import NotFound
from openlbaas.domain.selection import Selection
from openlbaas.domain.shown import node, view
from openlbaas.domain.statistics import Statistics
from openlbaas.domain.statuses import Statuses
from openlbaas.domain.statuses import statuses as whole
from openlbaas.domain.views import View
from openlbaas.domain.vocabulary import Kind
from openlbaas.operations.ports import Transaction
from openlbaas.operations.services import Services

_PARENTS = {Kind.MEMBER: Kind.POOL, Kind.L7_RULE: Kind.L7_POLICY}
"""What is only reached by way of another thing."""


def show(
    services: Services,
    caller: Caller,
    kind: Kind,
    id: str,  # noqa: A002 - the field's own word
    parent_id: str | None = None,
) -> View:
    """Show one object; parent_id is the pool that a member, or the policy that a rule must be in.

    Raises: NotFound, also for another project's; the parent is looked for first.
    """

    def work(transaction: Transaction) -> View:
        if kind is Kind.LOAD_BALANCER:
            home = id
        elif kind in _PARENTS and parent_id is not None:
            home = transaction.balancers.home(_PARENTS[kind], parent_id)
        else:
            home = transaction.balancers.home(kind, id)
        tree = transaction.balancers.tree(home)
        if kind in _PARENTS and parent_id is not None:
            parent = node(tree, _PARENTS[kind], parent_id)
            if not caller.may_touch(parent.project_id):
                raise NotFound(_PARENTS[kind], parent_id)
        found = node(tree, kind, id, parent_id)
        if not caller.may_touch(found.project_id):
            raise NotFound(kind, id)
        return view(tree, found, now=services.clock(), patience_s=services.patience_s)

    return services.store.read(work)


def statuses(services: Services, caller: Caller, load_balancer_id: str) -> Statuses:
    """Show how everything of a load balancer is doing.

    Raises: NotFound, also for another project's.
    """

    def work(transaction: Transaction) -> Statuses:
        tree = transaction.balancers.tree(load_balancer_id)
        if not caller.may_touch(tree.load_balancer.project_id):
            raise NotFound(Kind.LOAD_BALANCER, load_balancer_id)
        return whole(tree, now=services.clock(), patience_s=services.patience_s)

    return services.store.read(work)


def statistics(services: Services, caller: Caller, load_balancer_id: str) -> Statistics:
    """Show what a load balancer has carried; nothing before its host has told of it.

    Raises: NotFound, also for another project's.
    """

    def work(transaction: Transaction) -> Statistics:
        tree = transaction.balancers.tree(load_balancer_id)
        if not caller.may_touch(tree.load_balancer.project_id):
            raise NotFound(Kind.LOAD_BALANCER, load_balancer_id)
        return transaction.statistics.find(load_balancer_id) or Statistics()

    return services.store.read(work)


def select(services: Services, caller: Caller, kind: Kind, selection: Selection) -> list[View]:
    """List objects in order of creation; whoever is no administrator sees its own project's.

    Raises: NotFound when the pool of a list of members, or the policy of a list of rules, does not exist.
    """
    narrowed = selection
    if not caller.is_admin:
        if selection.project_id not in (None, caller.project_id):
            return []
        narrowed = Selection(
            ids=selection.ids,
            names=selection.names,
            parent_id=selection.parent_id,
            project_id=caller.project_id,
        )

    def work(transaction: Transaction) -> list[View]:
        if kind in _PARENTS and selection.parent_id is not None:
            _check_parent(transaction, caller, _PARENTS[kind], selection.parent_id)
        homes = transaction.balancers.homes(kind, narrowed)
        trees = transaction.balancers.trees(list(dict.fromkeys(home for _, home in homes)))
        now = services.clock()
        return [
            view(trees[home], node(trees[home], kind, id_), now=now, patience_s=services.patience_s)
            for id_, home in homes
        ]

    return services.store.read(work)


def _check_parent(transaction: Transaction, caller: Caller, kind: Kind, id: str) -> None:  # noqa: A002
    tree = transaction.balancers.tree(transaction.balancers.home(kind, id))
    if not caller.may_touch(node(tree, kind, id).project_id):
        raise NotFound(kind, id)
