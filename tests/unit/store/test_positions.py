"""One look tells whose feed moved since the last one, whoever moved it."""

from pathlib import Path

from openlbaas.store.positions import Positions
from world import world


def test_only_who_moved_is_named(tmp_path: Path) -> None:
    lab = world(tmp_path)
    agents = {name: lab.host(name).beat() for name in ("host1", "host2")}
    positions = Positions(lab.services.store.connection)  # type: ignore[attr-defined]  # the real store
    assert positions.moved() == {"host1", "host2"}
    assert positions.moved() == frozenset()
    lab.services.store.write(lambda transaction: transaction.hosts.nudge(agents["host2"]))
    assert positions.moved() == {"host2"}
    lab.host("host1").beat()
    assert positions.moved() == frozenset()
    lab.host("host3")
    assert positions.moved() == {"host3"}
    positions.close()
    lab.services.store.write(lambda transaction: transaction.hosts.advance_all())
    assert positions.moved() == {"host1", "host2", "host3"}
    positions.close()
