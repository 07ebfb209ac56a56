"""What happened, for those it happened to."""

import dataclasses

from openlbaas.domain.caller import Caller
from openlbaas.domain.errors import NotFound
from openlbaas.domain.events import Event
from openlbaas.domain.selection import Selection
from openlbaas.domain.vocabulary import Kind
from openlbaas.operations.ports import Transaction
from openlbaas.operations.services import Services


def select(services: Services, caller: Caller, selection: Selection) -> list[Event]:
    """List events, oldest first; whoever is no administrator sees its own project's."""
    if not caller.is_admin and selection.project_id not in (None, caller.project_id):
        return []
    project_id = selection.project_id if caller.is_admin else caller.project_id
    narrowed = dataclasses.replace(selection, project_id=project_id)

    def work(transaction: Transaction) -> list[Event]:
        return transaction.events.select(narrowed)

    return services.store.read(work)


def show(services: Services, caller: Caller, id: str) -> Event:  # noqa: A002 - the field's own word
    """Show one event.

    Raises: NotFound, also for another project's.
    """
    for event in select(services, caller, Selection(ids=(id,))):
        if event.id == id:
            return event
    raise NotFound(Kind.EVENT, id)
