"""Migrations and transactions on the servers that people run; on SQLite, the same."""

import itertools
import threading
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import event
from sqlalchemy.engine import Engine

import databases
from openlbaas.store import schema
from openlbaas.store.engine import Transactions, engine
from openlbaas.store.pair_table import METADATA

WRITERS, TIMES = 4, 25
NUMBERS = itertools.count()
HELD = sa.Table("held", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True), sa.Column("n", sa.Integer))


@pytest.fixture
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database of this test's own, empty."""
    name = f"test_{next(NUMBERS)}"
    if databases.KIND == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('database')}/test.db"
        return
    yield databases.empty(databases.KIND, name)


def test_migrations_make_the_tables(connection: str) -> None:
    schema.upgrade(connection)
    schema.upgrade(connection)
    assert schema.current(connection) == schema.head()
    opened = engine(connection)
    with opened.connect() as plain:
        context = MigrationContext.configure(plain, opts={"version_table": schema.VERSION_TABLE})
        assert compare_metadata(context, METADATA) == []
    opened.dispose()


@pytest.mark.skipif(databases.KIND == "sqlite", reason="a file is changed whole or not at all, by one at a time")
@pytest.mark.parametrize("after", [1, 9, 30, 55, 70, 77])
def test_an_upgrade_that_was_interrupted_goes_on(after: int, connection: str) -> None:
    done = 0

    def interrupt(_c: object, _cursor: object, statement: str, *_more: object) -> None:
        nonlocal done
        done += statement.lstrip().startswith(("CREATE", "ALTER"))
        if done > after:
            raise KeyboardInterrupt

    event.listen(Engine, "before_cursor_execute", interrupt)
    try:
        with pytest.raises(KeyboardInterrupt):
            schema.upgrade(connection)
    finally:
        event.remove(Engine, "before_cursor_execute", interrupt)
    test_migrations_make_the_tables(connection)


def test_several_upgrade_at_once(connection: str) -> None:
    problems: list[BaseException] = []

    def upgrade() -> None:
        try:
            schema.upgrade(connection)
        except BaseException as problem:  # noqa: BLE001 - told below
            problems.append(problem)

    threads = [threading.Thread(target=upgrade) for _ in range(1 if databases.KIND == "sqlite" else 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    test_migrations_make_the_tables(connection)


def test_texts_are_told_apart_by_every_letter(connection: str) -> None:
    schema.upgrade(connection)
    texts = ["a", "A", "ä", "a ", "\N{GRINNING FACE}"]
    table = METADATA.tables["quotas"]
    transactions = Transactions(connection)
    rows = [{"project_id": text, "resource": "pool", "limit": 1} for text in texts]
    transactions.write(lambda plain: plain.execute(sa.insert(table), rows))
    for text in texts:
        select = sa.select(table.c.project_id).where(table.c.project_id == text)
        assert transactions.read(lambda plain, select=select: plain.execute(select).scalars().all()) == [text]
    transactions.close()


def test_no_write_is_lost_and_deadlocks_are_tried_again(connection: str) -> None:
    transactions = Transactions(connection)
    transactions.write(HELD.metadata.create_all)
    transactions.write(lambda plain: plain.execute(sa.insert(HELD), [{"id": 1, "n": 0}, {"id": 2, "n": 0}]))
    problems: list[BaseException] = []

    def add(plain: sa.Connection, first: int, second: int) -> None:
        for id_ in (first, second):
            found = plain.scalar(sa.select(HELD.c.n).where(HELD.c.id == id_).with_for_update())
            plain.execute(sa.update(HELD).where(HELD.c.id == id_).values(n=found + 1))

    def run(number: int) -> None:
        order = (1, 2) if number % 2 else (2, 1)
        try:
            for _ in range(TIMES):
                transactions.write(lambda plain: add(plain, *order))
        except BaseException as problem:  # noqa: BLE001 - told below
            problems.append(problem)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    found = transactions.read(lambda plain: plain.execute(sa.select(HELD.c.n)).scalars().all())
    assert found == [WRITERS * TIMES] * 2
    transactions.close()
