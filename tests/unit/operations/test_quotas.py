"""No project gets more than it may have, and what is not limited is not counted."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from openlbaas.domain import commands as c
from openlbaas.domain.errors import QuotaExceeded
from openlbaas.domain.vocabulary import Kind
from openlbaas.operations import change, quotas
from openlbaas.store import Store
from world import ADMIN, TENANT, World, world

RACERS = 6


@contextmanager
def statements() -> Iterator[list[str]]:
    """Collect what is asked of any database meanwhile."""
    asked: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def create(lab: World, subnet_id: str) -> bool:
    """Make a load balancer, and tell whether there was room for it."""
    try:
        change.change(lab.services, TENANT, c.CreateLoadBalancer(project_id="project", vip_subnet_id=subnet_id))
    except QuotaExceeded:
        return False
    return True


def begun(folder: Path, **limits: Any) -> tuple[World, str]:
    lab = world(folder, **limits)
    lab.host()
    return lab, lab.subnet(lab.network()).id


def test_the_configuration_limits_every_project(tmp_path: Path) -> None:
    lab, subnet = begun(tmp_path, quotas={Kind.LOAD_BALANCER: 2})
    assert [create(lab, subnet) for _ in range(3)] == [True, True, False]


def test_what_is_set_for_a_project_goes_before_the_configuration(tmp_path: Path) -> None:
    lab, subnet = begun(tmp_path, quotas={Kind.LOAD_BALANCER: 0})
    quotas.update(lab.services, ADMIN, "project", {Kind.LOAD_BALANCER: 1})
    assert [create(lab, subnet) for _ in range(2)] == [True, False]
    quotas.update(lab.services, ADMIN, "project", {Kind.LOAD_BALANCER: -1})
    assert create(lab, subnet)
    quotas.delete(lab.services, ADMIN, "project")
    assert not create(lab, subnet)


def test_what_is_taken_away_leaves_no_trace_in_lists(tmp_path: Path) -> None:
    lab, subnet = begun(tmp_path, quotas={Kind.LOAD_BALANCER: 1})
    assert create(lab, subnet)
    assert quotas.select(lab.services, ADMIN) == []


def test_without_a_limit_nothing_is_counted(tmp_path: Path) -> None:
    lab, subnet = begun(tmp_path)
    with statements() as asked:
        assert create(lab, subnet)
    assert not [one for one in asked if "count(" in one.lower()]


def test_racers_do_not_all_get_the_last_one(tmp_path: Path) -> None:
    lab, subnet = begun(tmp_path, quotas={Kind.LOAD_BALANCER: 2})
    # As a second server would: on the same database, with nothing else in common.
    other = replace(lab, services=replace(lab.services, store=Store(lab.services.store.connection)))  # type: ignore[attr-defined]
    with ThreadPoolExecutor(RACERS) as pool:
        assert sum(pool.map(lambda racer: create((lab, other)[racer % 2], subnet), range(RACERS))) == 2
