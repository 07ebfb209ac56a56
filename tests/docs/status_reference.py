"""The states of one object and the ways between them, found by trying everything that can happen to it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from openlbaas.domain.provisioning import Mark, Progress, Provisioning, provisioning

PATIENCE_S = 60.0
NEWEST = 5
"""Revisions tried: enough for two changes, a delete and one change of something else, in any order."""


@dataclass(frozen=True)
class Life:
    """One object at one moment."""

    mark: Mark
    progress: Progress
    silent: bool = False

    @property
    def status(self) -> Provisioning:
        """What the API shows of it."""
        now = 2 * PATIENCE_S if self.silent else 0.0
        return provisioning(self.mark, self.progress, now=now, patience_s=PATIENCE_S)


CHANGED = "it is changed"
DELETED = "it is deleted"
ELSEWHERE = "another part is changed"
APPLIED = "host applied the newest revision"
LATE = "host applied an older revision"
REFUSED = "host refused the newest revision"
SILENCE = "no answer in time"
EVENTS = (CHANGED, DELETED, ELSEWHERE, APPLIED, LATE, REFUSED, SILENCE)


def happenings(life: Life) -> Iterator[tuple[str, Life]]:
    """List what can happen next."""
    mark, progress = life.mark, life.progress
    newer = progress.revision + 1
    moved = replace(progress, revision=newer)
    if newer <= NEWEST:
        yield ELSEWHERE, Life(mark, moved)
        if mark.deleted is None:
            yield CHANGED, Life(replace(mark, changed=newer), moved)
            yield DELETED, Life(replace(mark, deleted=newer), moved)
    if progress.applied < progress.revision:
        yield APPLIED, replace(life, progress=replace(progress, applied=progress.revision))
        yield REFUSED, replace(life, progress=replace(progress, refused=progress.revision))
        yield SILENCE, replace(life, silent=True)
    if progress.applied < progress.revision - 1:
        yield LATE, replace(life, progress=replace(progress, applied=progress.revision - 1))


def ways() -> Mapping[tuple[Provisioning, str], set[Provisioning]]:
    """Find every way from a status by an event to a status, from an object just made on."""
    found: dict[tuple[Provisioning, str], set[Provisioning]] = defaultdict(set)
    begun = [Life(Mark(2, 2), Progress(revision=2, applied=applied)) for applied in (0, 1)]
    seen, open_ends = set(begun), list(begun)
    while open_ends:
        life = open_ends.pop()
        if life.status is Provisioning.GONE:
            continue
        for event, after in happenings(life):
            found[life.status, event].add(after.status)
            if after not in seen:
                seen.add(after)
                open_ends.append(after)
    return found


def table() -> str:
    """Write what follows from what: a row for each status, a column for each event."""
    found = ways()
    rows = [status for status in Provisioning if status is not Provisioning.GONE]
    lines = ["| | " + " | ".join(EVENTS) + " |", "|---" * (len(EVENTS) + 1) + "|"]
    for status in rows:
        cells = (_cell(status, found.get((status, event), set())) for event in EVENTS)
        lines.append(f"| **{status}** | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(status: Provisioning, after: set[Provisioning]) -> str:
    named = ["stays" if one is status else str(one) for one in Provisioning if one in after]
    return " or ".join(named) if named else "-"


def picture() -> str:
    """Write the same as a picture: one arrow for each pair of statuses, named by its events."""
    arrows: dict[tuple[Provisioning, Provisioning], list[str]] = defaultdict(list)
    for (before, event), after in ways().items():
        for status in after:
            if status is not before:
                arrows[before, status].append(event)
    lines = ["```mermaid", "stateDiagram-v2", "    [*] --> PENDING_CREATE"]
    for before in Provisioning:
        for after in Provisioning:
            if events := arrows.get((before, after)):
                named = ", ".join(event for event in EVENTS if event in events)
                lines.append(f"    {before} --> {after}: {named}")
    return "\n".join([*lines, "    GONE --> [*]", "```"])
