"""A kind of thing on the wire: its attribute table, what a request for it means, and what a reply shows of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from openlbaas.dialects.fields import Table
from openlbaas.dialects.paging import Listed, Query
from openlbaas.domain.caller import Caller
from openlbaas.domain.selection import Selection, Window
from openlbaas.domain.vocabulary import Kind

Values = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One collection of the API.

    Shape: visible and hidden name the attributes of a reply and those that rows can only be found by; the three
    makers take what a table has read, with the id and the parent's id of the path (None where the path has none), and
    are None where the wire has no such request; parent is the attribute that names a parent in a filter; row is what
    a list shows, where that is not what render does; endless says that a list may be longer than anyone wants to read.
    """

    kind: Kind
    table: Table
    render: Callable[[Any, Caller], dict[str, Any]]
    visible: frozenset[str]
    find_by: Callable[[Any], dict[str, Any]] = lambda _view: {}
    hidden: frozenset[str] = frozenset()
    creation: Callable[[tuple[Values, ...], str | None], Any] | None = None
    update: Callable[[str, str | None, Values], Any] | None = None
    deletion: Callable[[str, str | None], Any] | None = None
    parent: str | None = None
    row: Callable[[Any, Caller], dict[str, Any]] | None = None
    endless: bool = False

    def listed(self, view: Any, caller: Caller) -> Listed:
        """Make a row of a list."""
        return Listed((self.row or self.render)(view, caller), self.find_by(view))

    def selection(self, asked: Query, parent_id: str | None) -> Selection:
        """Say as much of a query as the database can narrow down; the rows are matched again afterwards."""
        filters = asked.filters
        if parent_id is None and self.parent is not None:
            parent_id = _only(filters.get(self.parent))
        return Selection(
            ids=_worded(filters.get("id")),
            names=_worded(filters.get("name")),
            parent_id=parent_id,
            project_id=_only(filters.get("tenant_id")) or _only(filters.get("project_id")),
            device_ids=_worded(filters.get("device_id")) if "device_id" in self.visible else None,
            window=self._window(asked) if self.endless else None,
        )

    def _window(self, asked: Query) -> Window | None:
        """Cut a list in the database where nothing is left to be done with its rows afterwards."""
        filters = {name: values for name, values in asked.filters.items() if name in self.visible | self.hidden}
        narrowed = all(_narrows(name, values, self.parent) for name, values in filters.items())
        if not asked.limit or asked.sorts or not narrowed or {"tenant_id", "project_id"} <= filters.keys():
            return None
        return Window(asked.limit, asked.marker or None, asked.backwards)


def _narrows(name: str, values: tuple[str, ...], parent: str | None) -> bool:
    """Tell whether a filter is the database's alone."""
    if name in {"id", "name"}:
        return _worded(values) is not None
    return name in {"tenant_id", "project_id", parent} and _only(values) is not None


def _worded(values: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """Leave an empty word to the rows, where it also stands for null."""
    return values if values and "" not in values else None


def _only(values: tuple[str, ...] | None) -> str | None:
    return values[0] if values and len(values) == 1 and values[0] else None
