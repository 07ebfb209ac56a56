"""Lists: which rows, in which order, which part of them, and which of their attributes.

Works on rendered rows, so every visible attribute can be filtered and sorted by, whatever the database knows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from openlbaas.dialects.fields import Unacceptable
from openlbaas.dialects.values import Unconvertible, to_bool, to_int

Row = dict[str, Any]
_CONTROLS = frozenset({"fields", "sort_key", "sort_dir", "limit", "marker", "page_reverse"})


@dataclass(frozen=True, slots=True)
class Query:
    """The parameters of a list.

    Shape: filters maps attribute to the values of which one must match; sorts are (attribute, descending); limit 0
    means all.
    """

    filters: Mapping[str, tuple[str, ...]]
    fields: frozenset[str]
    sorts: tuple[tuple[str, bool], ...]
    limit: int
    marker: str | None
    backwards: bool
    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """A row: what a reply shows of it, and what it can be found by besides."""

    visible: Row
    hidden: Row


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of one answer; more_before and more_after ask for links."""

    rows: list[Row]
    more_before: bool = False
    more_after: bool = False


def query(pairs: Sequence[tuple[str, str]], *, longest: int = -1) -> Query:
    """Read the parameters of a list; *longest* caps the size of a page unless it is negative.

    Raises: Unacceptable.
    """
    if not pairs and longest < 0:
        return _PLAIN
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        given.setdefault(name, []).append(value)
    return Query(
        filters={name: tuple(values) for name, values in given.items() if name not in _CONTROLS},
        fields=frozenset(given.get("fields", ())) - {""},
        sorts=_sorts(given.get("sort_key", []), given.get("sort_dir", [])),
        limit=_limit(given.get("limit", ["0"])[0], longest),
        marker=given.get("marker", [None])[0],
        backwards=given.get("page_reverse", ["false"])[0].lower() == "true",
        pairs=tuple(pairs),
    )


_PLAIN = Query({}, frozenset(), (), 0, None, backwards=False, pairs=())


def _sorts(keys: list[str], directions: list[str]) -> tuple[tuple[str, bool], ...]:
    if len(keys) != len(directions):
        raise Unacceptable("The number of sort_keys and sort_dirs must be same")
    wrong = [direction for direction in directions if direction not in ("asc", "desc")]
    if wrong:
        raise Unacceptable(f"{wrong} is invalid value for sort_dirs, valid value is 'asc' and 'desc'")
    return tuple(zip(keys, (direction == "desc" for direction in directions), strict=True))


def _limit(given: str, longest: int) -> int:
    try:
        limit = int(given or "0")
    except ValueError:
        limit = -1
    if limit < 0:
        raise Unacceptable(
            f"Bad limit request: Limit must be an integer 0 or greater and not '{given}'.", type="BadRequest"
        )
    if longest > 0:
        return min(limit, longest) if limit else longest
    return limit


def selected(rows: Sequence[Listed], asked: Query, known: frozenset[str]) -> list[Row]:
    """Keep what is shown of the rows that match every filter; one by an attribute that is not *known* is no filter.

    Raises: Unacceptable when a value can't be what the attribute holds.
    """
    filters = {name: values for name, values in asked.filters.items() if name in known}
    return [
        row.visible
        for row in rows
        if all(_matches(row.visible.get(name, row.hidden.get(name)), values) for name, values in filters.items())
    ]


def _matches(value: Any, wanted: tuple[str, ...]) -> bool:
    try:
        return any(_is(value, one) for one in wanted)
    except Unconvertible as unconvertible:
        raise Unacceptable(f"Invalid input for operation: {unconvertible}.", type="InvalidInput") from None


def _is(value: Any, wanted: str) -> bool:
    if value is None:
        return not wanted
    if isinstance(value, str):
        return value == wanted
    if isinstance(value, bool):
        return to_bool(wanted) is value
    if isinstance(value, int):
        return to_int(wanted) == value
    if isinstance(value, list):
        return any(_is(item, wanted) for item in value)
    if isinstance(value, dict):
        key, assigned, text = wanted.partition("=")
        return str(value.get(key)) == text if assigned else value.get("id") == wanted
    return False


def page(rows: Sequence[Row], asked: Query, sortable: frozenset[str]) -> Page:
    """Sort rows and cut the part asked for out of them.

    Raises: Unacceptable when asked to sort by what is not *sortable*.
    """
    wrong = [key for key, _ in asked.sorts if key not in sortable]
    if wrong:
        raise Unacceptable(f"{wrong} is invalid attribute for sort_keys")
    ordered = list(rows)
    for key, descending in reversed(asked.sorts):
        ordered.sort(key=lambda row, key=key: _rank(row.get(key)), reverse=descending)  # type: ignore[misc]
    if asked.marker:
        place = next((i for i, row in enumerate(ordered) if row["id"] == asked.marker), None)
        beyond = [] if place is None else ordered[place + 1 :]
        ordered = ordered[:place] if asked.backwards and place is not None else beyond
    if not asked.limit:
        return Page(ordered)
    part = ordered[-asked.limit :] if asked.backwards else ordered[: asked.limit]
    full = len(part) == asked.limit
    return Page(part, more_before=full or not asked.backwards, more_after=full or asked.backwards)


def _rank(value: Any) -> tuple[bool, Any]:
    """Order null last; words and numbers never meet under one key."""
    return (value is None, "" if value is None else value)


def links(cut: Page, asked: Query, url: str) -> list[dict[str, str]]:
    """Say where the pages after and before this one are."""
    kept = [pair for pair in asked.pairs if pair[0] not in ("marker", "page_reverse")]
    found = []
    if cut.more_after:
        after = [("marker", cut.rows[-1]["id"])] if cut.rows else []
        found.append({"rel": "next", "href": f"{url}?{urlencode(kept + after)}"})
    if cut.more_before:
        before = [("marker", cut.rows[0]["id"])] if cut.rows else []
        found.append({"rel": "previous", "href": f"{url}?{urlencode([*kept, *before, ('page_reverse', 'True')])}"})
    return found


def projected(row: Row, fields: frozenset[str]) -> Row:
    """Keep only the attributes asked for, all when none was."""
    return {name: value for name, value in row.items() if name in fields} if fields else row


def _even(rows: list[Row]) -> list[Row]:
    """Let all rows have the same attributes, null where one has none: clients take the columns from the first row."""
    if all(row.keys() == rows[0].keys() for row in rows):
        return rows
    names = dict.fromkeys(name for row in rows for name in row)
    return [{name: row.get(name) for name in names} for row in rows]


def listing(  # noqa: PLR0913 - what a list is made of, by name
    plural: str, rows: Sequence[Listed], asked: Query, *, visible: frozenset[str], hidden: frozenset[str], url: str
) -> dict[str, Any]:
    """Make the whole answer to a list out of every row there is.

    Shape:  visible and hidden name what the rows may carry; only a visible attribute is sorted by.
    Raises: Unacceptable.
    """
    cut = page(selected(rows, asked, visible | hidden), asked, visible)
    answer: dict[str, Any] = {plural: _even([projected(row, asked.fields) for row in cut.rows])}
    found = links(cut, asked, url)
    if found:
        answer[f"{plural}_links"] = found
    return answer
