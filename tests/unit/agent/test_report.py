"""What is said to a server, how often, and what becomes of it while no server answers."""

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
from scene import LONGEST_S, a_spec, until
from structlog.testing import capture_logs

from openlbaas.agent.contact import FIRST_PAUSE_S, LONGEST_PAUSE_S, Contact, Pauses
from openlbaas.agent.report import Reporter, latest
from openlbaas.client.host import Unreachable
from openlbaas.dialects.host_v1 import Counters, Report, ReportAnswer, Sample
from openlbaas.domain.vocabulary import MemberHealth, Role


class Server:
    """Takes reports in, or not, as the test says."""

    def __init__(self) -> None:
        self.taken: list[Report] = []
        self.tries = 0
        self.there = threading.Event()
        self.open = threading.Event()
        self.open.set()

    def report(self, told: Report) -> ReportAnswer:
        self.tries += 1
        if not self.there.is_set():
            raise Unreachable("away")
        self.open.wait(LONGEST_S)
        self.taken.append(told)
        return ReportAnswer(agent_id="agent")


@contextmanager
def reporting(server: Server, *, there: bool = True) -> Iterator[Reporter]:
    """Run a reporter until the end of the context."""
    if there:
        server.there.set()
    contact = Contact()
    made = Reporter(
        server,  # type: ignore[arg-type]  # all that a reporter needs of a client
        contact,
        Pauses(random.Random(5)),
        Report(host="host1"),
        interval_s=60.0,
        instances=lambda: 1,
    )
    thread = threading.Thread(target=made.run, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.close()
        contact.close()
        thread.join(LONGEST_S)
        assert not thread.is_alive()


def told(server: Server) -> list[tuple[str, int, bool, str]]:
    """List every outcome that was taken in."""
    return [(o.load_balancer_id, o.revision, o.applied, o.reason) for report in server.taken for o in report.outcomes]


def test_a_result_is_said_once_and_another_one_again() -> None:
    server = Server()
    with reporting(server) as reporter:
        for reason in (None, None, "full", "full", None):
            reporter.tell(a_spec("a", 1), reason)
            until(lambda: not reporter._outcomes, "the sending")
        until(lambda: len(told(server)) == 3, "the reports")
    assert told(server) == [("a", 1, True, ""), ("a", 1, False, "full"), ("a", 1, True, "")]


def test_what_gathers_while_a_report_runs_goes_in_the_next() -> None:
    server = Server()
    server.open.clear()
    with reporting(server) as reporter:
        until(lambda: server.tries == 1, "the first report")
        for number in range(20):
            reporter.tell(a_spec(f"lb{number}"), None)
            reporter.see(f"lb{number}", {"m": MemberHealth.UP})
        server.open.set()
        until(lambda: len(told(server)) == 20, "the outcomes")
    assert [(report.started, len(report.outcomes), len(report.members)) for report in server.taken] == [
        (True, 0, 0),
        (False, 20, 20),
    ]


def test_nothing_is_lost_while_nobody_answers_and_the_newest_wins() -> None:
    server = Server()
    with reporting(server, there=False) as reporter:
        reporter.tell(a_spec("a", 1), None)
        reporter.see("a", {"m": MemberHealth.DOWN})
        until(lambda: server.tries >= 2, "a second try")
        reporter.tell(a_spec("a", 2), None)
        reporter.tell(a_spec("a", 3), "full")
        reporter.see("a", {"m": MemberHealth.UP})
        server.there.set()
        until(lambda: server.taken, "a report")
        until(lambda: len(told(server)) == 2, "the outcomes")
    assert server.taken[0].started
    assert told(server) == [("a", 2, True, ""), ("a", 3, False, "full")]
    assert server.taken[-1].members == {"a": {"m": "UP"}}


def test_introducing_oneself_again_waits_until_it_is_taken_in() -> None:
    server = Server()
    with reporting(server) as reporter:
        until(lambda: server.taken, "the first report")
        reporter.introduce()
        assert [report.started for report in server.taken] == [True, True]


def test_what_was_said_is_said_again_to_who_forgot() -> None:
    server = Server()
    with reporting(server) as reporter:
        for _ in range(2):
            reporter.tell(a_spec("a"), None)
            reporter.see("a", {"m": MemberHealth.UP})
            until(lambda: not reporter._outcomes and not reporter._members, "the sending")
            reporter.forget_all()
        until(lambda: len(told(server)) == 2, "the reports")
    assert [report.members for report in server.taken if report.members] == [{"a": {"m": "UP"}}] * 2


def test_a_report_is_what_the_protocol_says() -> None:
    server = Server()
    with reporting(server) as reporter:
        reporter.tell(a_spec("a"), None)
        until(lambda: told(server), "the report")
    for report in server.taken:
        assert msgspec.json.decode(msgspec.json.encode(report), type=Report) == report


def a_sample(process: str, requests: int, *, ended: bool = False) -> Sample:
    """Make a sample of one listener."""
    return Sample(process=process, ended=ended, listeners={"l": Counters(requests=requests)})


def counted(server: Server) -> list[tuple[Sample, ...]]:
    """List all statistics of one load balancer that were taken in."""
    return [report.statistics["a"] for report in server.taken if report.statistics]


def test_counters_travel_with_the_next_report_and_only_when_they_moved() -> None:
    server = Server()
    with reporting(server) as reporter:
        until(lambda: server.taken, "the first report")
        for requests in (1, 2, 2):
            reporter.count("a", (a_sample("p", requests),))
        reporter.tell(a_spec("a", 1), None)
        until(lambda: not reporter._outcomes, "the sending")
        reporter.count("a", (a_sample("p", 2),))
        reporter.count("a", ())
        reporter.tell(a_spec("a", 2), None)
        until(lambda: len(told(server)) == 2, "the reports")
    assert counted(server) == [(a_sample("p", 2),)]
    assert [(len(report.outcomes), len(report.statistics)) for report in server.taken] == [(0, 0), (1, 1), (1, 0)]


def test_what_an_ended_process_counted_is_kept_while_nobody_answers() -> None:
    server = Server()
    with reporting(server, there=False) as reporter:
        reporter.count("a", (a_sample("old", 5),))
        until(lambda: server.tries >= 1, "a try")
        reporter.count("a", (a_sample("old", 9, ended=True), a_sample("new", 1)))
        reporter.count("a", (a_sample("new", 2),))
        # Another thread was slower to tell what it had seen earlier.
        reporter.count("a", (a_sample("old", 7), a_sample("new", 2)))
        server.there.set()
        reporter.tell(a_spec("a"), None)
        until(lambda: told(server), "a report")
    assert counted(server)[-1] == (a_sample("old", 9, ended=True), a_sample("new", 2))


def test_what_was_counted_is_said_before_the_end() -> None:
    server = Server()
    with reporting(server) as reporter:
        until(lambda: server.taken, "the first report")
        reporter.count("a", (a_sample("p", 3, ended=True),))
        reporter.close()
        until(lambda: len(server.taken) == 2, "the last words")
    assert counted(server) == [(a_sample("p", 3, ended=True),)]


def test_of_what_ended_the_last_ones_are_kept() -> None:
    many = tuple(a_sample(f"p{number}", number, ended=True) for number in range(300))
    kept = latest(many, (a_sample("q", 1),))
    assert [each.process for each in kept] == [f"p{number}" for number in range(44, 300)] + ["q"]


def test_an_outage_is_two_lines_in_the_log() -> None:
    contact = Contact(clock=iter([1.0, 8.5]).__next__)
    with capture_logs() as logs:
        contact.answered()
        for _ in range(5):
            contact.failed(Unreachable("away"))
        contact.answered()
        contact.answered()
    assert [(line["log_level"], line.get("after_s")) for line in logs] == [("warning", None), ("info", 7.5)]


def test_pauses_grow_up_to_a_limit_and_begin_short_again() -> None:
    pauses = Pauses(random.Random(1))
    lengths = [pauses.next_s() for _ in range(50)]
    assert lengths[0] == FIRST_PAUSE_S
    assert all(FIRST_PAUSE_S <= length <= LONGEST_PAUSE_S for length in lengths)
    assert len(set(lengths[10:])) == len(lengths[10:])
    pauses.reset()
    assert pauses.next_s() == FIRST_PAUSE_S


def test_a_role_is_said_when_it_is_another_one_and_kept_until_it_is_taken_in() -> None:
    server = Server()
    with reporting(server, there=False) as reporter:
        reporter.turn("a", Role.STANDBY)
        reporter.turn("b", None)
        until(lambda: server.tries > 0, "a try")
        reporter.turn("a", Role.ACTIVE)
        reporter.turn("c", Role.FAULT)
        reporter.turn("c", None)
        server.there.set()
        until(lambda: server.taken, "the report")
        assert said(server) == [{"a": "ACTIVE"}] or said(server) == [{"a": "ACTIVE", "c": "FAULT"}]
        reporter.turn("a", Role.ACTIVE)
        reporter.forget_all()
        reporter.see("a", {})
        reporter.see("a", {"m": MemberHealth.UP})
        until(lambda: len(said(server)) > 1, "what was forgotten")
        assert said(server)[1] == {"a": "ACTIVE"}


def said(server: Server) -> list[dict[str, str]]:
    """List the roles that were taken in."""
    return [report.roles for report in server.taken if report.roles]
