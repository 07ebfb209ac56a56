"""Changes of health monitors."""

from openlbaas.domain.changes.steps import advanced, changeable, new_mark, next_revision, updated, with_part, without
from openlbaas.domain.commands import CreateHealthMonitor, DeleteHealthMonitor, UpdateHealthMonitor
from openlbaas.domain.errors import MonitorExists
from openlbaas.domain.model import HealthMonitor
from openlbaas.domain.tree import Tree, monitor_of
from openlbaas.domain.vocabulary import Kind


def create(tree: Tree, command: CreateHealthMonitor, id: str) -> Tree:  # noqa: A002 - the field's own word
    """Have a pool's members checked.

    Raises: NotFound for the pool; Immutable; MonitorExists.
    """
    pool = changeable(tree.pools, Kind.POOL, command.pool_id)
    present = monitor_of(tree, pool.id)
    if present is not None:
        raise MonitorExists(pool.id, present.id)
    monitor = HealthMonitor(
        id=id,
        project_id=command.project_id,
        pool_id=pool.id,
        name=command.name,
        type=command.type,
        delay_s=command.delay_s,
        timeout_s=command.timeout_s,
        max_retries=command.max_retries,
        max_retries_down=command.max_retries_down,
        http_method=command.http_method,
        url_path=command.url_path,
        expected_codes=command.expected_codes,
        admin_state_up=command.admin_state_up,
        mark=new_mark(tree),
    )
    return advanced(tree, health_monitors=(*tree.health_monitors, monitor))


def update(tree: Tree, command: UpdateHealthMonitor) -> Tree:
    """Change how members are checked.

    Raises: NotFound; Immutable.
    """
    before = changeable(tree.health_monitors, Kind.HEALTH_MONITOR, command.id)
    after = updated(before, command, next_revision(tree))
    return tree if after is before else advanced(tree, health_monitors=with_part(tree.health_monitors, after))


def delete(tree: Tree, command: DeleteHealthMonitor) -> Tree:
    """Stop checking: all members of the pool count as well from then on."""
    return without(tree, Kind.HEALTH_MONITOR, command.id)
