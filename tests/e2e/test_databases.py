"""Labs on MariaDB and PostgreSQL: whatever falls in mid-change, nothing acknowledged is lost and no request fails."""

import pytest
from changing import Changes
from many import Chain, Many
from waits import eventually

from openlbaas.cli.lab.polling import Polling

pytestmark = pytest.mark.root

LONGER_THAN_A_HOST_MAY_BE_SILENT = 400
"""So many answers, one every 10 ms, are at least four seconds."""


def answers_more(polling: Polling, many: int) -> None:
    enough = len(polling.answered) + many
    eventually(lambda: len(polling.answered) >= enough, f"{many} more answers")


def nothing_was_felt(served: Many, chain: Chain, host: str, polling: Polling) -> None:
    assert polling.failed == []
    assert "deadlock detected" not in (served.lab.folder / "log" / "database.log").read_text()
    assert [event["text"] for event in served.events(chain, "moved")] == []
    assert served.where(chain) == host
    served.reaches(chain, "ACTIVE")
    served.one_has(chain)


def test_a_server_dies_in_mid_change(served: Many) -> None:
    chain = served.chain("changed")
    host = served.where(chain)
    with Polling(served.names, chain.vip) as polling, Changes(served, chain) as changes:
        changes.until_more(10)
        for place in ("1", "2"):
            served.verb("kill-server", place)
            changes.until_more(10)
            served.verb("start-server", place)
            changes.until_more(10)
    changes.none_lost()
    nothing_was_felt(served, chain, host, polling)


def test_the_database_restarts(served: Many) -> None:
    chain = served.chain("kept")
    host = served.where(chain)
    with Polling(served.names, chain.vip) as polling, Changes(served, chain) as changes:
        changes.until_more(10)
        served.verb("kill-database")
        answers_more(polling, LONGER_THAN_A_HOST_MAY_BE_SILENT)
        served.verb("start-database")
        changes.until_more(10)
        answers_more(polling, LONGER_THAN_A_HOST_MAY_BE_SILENT // 2)
    changes.none_lost()
    nothing_was_felt(served, chain, host, polling)
    served.verb("kill", host)
    eventually(lambda: served.where(chain) not in {"", host}, "another host")
    served.answers(chain)
    served.verb("boot", host)
    served.one_has(chain)
