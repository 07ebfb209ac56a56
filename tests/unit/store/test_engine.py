"""Transactions: all or nothing, again when the database asks for it, never two changes at once."""

import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from openlbaas.domain.errors import Raced, StoreBusy
from openlbaas.store import schema
from openlbaas.store.engine import ATTEMPTS, Pool, Transactions, again, engine
from openlbaas.store.tables import agents


@pytest.fixture
def transactions(tmp_path: Path) -> Transactions:
    connection = f"sqlite:///{tmp_path}/test.db"
    schema.upgrade(connection)
    return Transactions(connection)


class Deadlock(Exception):
    """What MariaDB's driver raises: an error whose first argument is the number."""


def refused(number: int) -> DBAPIError:
    return DBAPIError("UPDATE", {}, Deadlock(number, "try restarting transaction"))


def row(host: str) -> dict[str, object]:
    words = dict.fromkeys(("agent_type", "binary", "topic", "description"), "x")
    times = dict.fromkeys(("created_at", "started_at", "heartbeat_timestamp"), 0.0)
    return {
        "id": host,
        "host": host,
        **words,
        **times,
        "admin_state_up": True,
        "configurations": {},
        "feed_position": 0,
    }


@pytest.mark.parametrize("url", ["mysql+pymysql://user@host/x", "postgresql+psycopg://user@host/x"])
def test_there_are_as_many_connections_as_is_said(url: str) -> None:
    opened = engine(url, pool=Pool(size=3, overflow=2))
    assert opened.pool.size() == 3  # type: ignore[attr-defined]  # of this kind of pool
    opened.dispose()


def test_a_deadlock_is_tried_again_and_nothing_is_written_twice(transactions: Transactions) -> None:
    runs = []

    def work(connection: sa.Connection) -> None:
        runs.append(1)
        connection.execute(sa.insert(agents), row("a"))
        if len(runs) < 3:
            raise refused(1213)

    transactions.write(work)
    count = transactions.read(lambda c: c.execute(sa.select(sa.func.count()).select_from(agents)).scalar_one())
    assert (len(runs), count) == (3, 1)


def test_who_finds_a_name_taken_meanwhile_looks_again(transactions: Transactions) -> None:
    runs = []

    def work(connection: sa.Connection) -> int:
        runs.append(1)
        if len(runs) == 1:
            connection.execute(sa.insert(agents), [row("a"), row("a")])
        return connection.execute(sa.select(sa.func.count()).select_from(agents)).scalar_one()

    assert transactions.write(work) == 0
    assert len(runs) == 2


def test_losing_every_time_is_said(transactions: Transactions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("openlbaas.store.engine._LONGEST_S", 0.05)
    runs = []

    def work(_connection: sa.Connection) -> None:
        runs.append(1)
        raise refused(1213)

    with pytest.raises(Raced):
        transactions.write(work)
    assert len(runs) > 1


def test_what_is_always_taken_is_not_looked_for_for_ever(transactions: Transactions) -> None:
    runs = []

    def work(connection: sa.Connection) -> None:
        runs.append(1)
        connection.execute(sa.insert(agents), [row("a"), row("a")])

    with pytest.raises(Raced):
        transactions.write(work)
    assert len(runs) == ATTEMPTS


def test_other_errors_are_not_tried_again() -> None:
    assert not again(refused(1062))


def test_an_error_of_the_work_writes_nothing(transactions: Transactions) -> None:
    def work(connection: sa.Connection) -> None:
        connection.execute(sa.insert(agents), row("a"))
        raise KeyError

    with pytest.raises(KeyError):
        transactions.write(work)
    assert transactions.read(lambda c: c.execute(sa.select(agents)).all()) == []


def test_sixteen_writers_lose_no_update(transactions: Transactions) -> None:
    transactions.write(lambda c: c.execute(sa.insert(agents), row("a")))

    def add(connection: sa.Connection) -> None:
        seen = connection.execute(sa.select(agents.c.feed_position)).scalar_one()
        connection.execute(sa.update(agents).values(feed_position=seen + 1))

    def many() -> None:
        for _ in range(5):
            transactions.write(add)

    threads = [threading.Thread(target=many) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert transactions.read(lambda c: c.execute(sa.select(agents.c.feed_position)).scalar_one()) == 80


def test_a_database_that_is_not_there_is_busy_not_a_traceback(tmp_path: Path) -> None:
    with pytest.raises(StoreBusy):
        Transactions(f"sqlite:///{tmp_path}/no/such/folder/x.db").read(lambda c: c.execute(sa.select(agents)).all())
