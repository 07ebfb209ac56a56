"""Every reachable combination of revisions, up to revision 6."""

import itertools
from collections.abc import Iterator

from openlbaas.domain.provisioning import Mark, Progress, Provisioning, provisioning

REVISIONS = 6
PATIENCE_S = 60.0
SETTLED = {Provisioning.ACTIVE, Provisioning.ERROR, Provisioning.GONE}


def worlds() -> Iterator[tuple[Mark, Progress]]:
    for revision in range(1, REVISIONS + 1):
        for applied, refused in itertools.product(range(revision + 1), repeat=2):
            for created in range(1, revision + 1):
                for changed in range(created, revision + 1):
                    for deleted in (None, *range(changed + 1, revision + 1)):
                        yield Mark(created, changed, deleted), Progress(revision, applied, refused)


def status(mark: Mark, progress: Progress, now: float = 1.0) -> Provisioning:
    return provisioning(mark, progress, now=now, patience_s=PATIENCE_S)


def test_nothing_is_pending_for_ever() -> None:
    assert all(status(mark, progress, now=PATIENCE_S + 0.1) in SETTLED for mark, progress in worlds())


def test_confirming_the_newest_revision_settles_whatever_was_refused_before() -> None:
    for mark, progress in worlds():
        done = Progress(progress.revision, applied=progress.revision, refused=progress.refused)
        assert status(mark, done) is (Provisioning.ACTIVE if mark.deleted is None else Provisioning.GONE)


def test_a_late_answer_for_an_older_revision_never_settles_a_newer_change() -> None:
    for mark, progress in worlds():
        if mark.deleted is None and progress.applied < mark.changed:
            assert status(mark, progress) is not Provisioning.ACTIVE


def test_what_is_settled_stays_settled_as_more_is_applied() -> None:
    for mark, progress in worlds():
        if progress.applied < progress.revision:
            further = Progress(progress.revision, progress.applied + 1, progress.refused)
            before = status(mark, progress)
            if before in {Provisioning.ACTIVE, Provisioning.GONE}:
                assert status(mark, further) is before


def test_a_deleted_object_is_never_shown_as_active() -> None:
    for mark, progress in worlds():
        if mark.deleted is not None:
            assert status(mark, progress) in {Provisioning.PENDING_DELETE, Provisioning.ERROR, Provisioning.GONE}


def test_every_status_is_reachable() -> None:
    assert {status(mark, progress) for mark, progress in worlds()} == set(Provisioning)
