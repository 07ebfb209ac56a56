"""Every plan, interrupted after every step, still ends where it should."""

import dataclasses
import itertools

import pytest

from openlbaas.desired.spec import CertificateSpec
from openlbaas.haproxy.plan import Alter, Clear, Load, Put, Retire, Running, Step, Stop, Sweep, Write, plan
from openlbaas.haproxy.rendered import Plain, Rendered, Secret
from openlbaas.haproxy.runtime import Remove, Server
from openlbaas.haproxy.versions import Ability

ABLE = frozenset(Ability)
OLD_TEXT = "backend p\n    balance roundrobin\n    server a 10.0.0.1:80 weight 1\n    server b 10.0.0.2:80 weight 1\n"
NEW_TEXT = "backend p\n    balance roundrobin\n    server a 10.0.0.1:80 weight 1\n"


def certificate(fingerprint: str) -> Secret:
    return Secret(CertificateSpec(id="c", fingerprint=fingerprint, sealed="sealed"))


VALUE, OTHER_VALUE = Plain("value\n"), Plain("other\n")
OLD = Rendered(OLD_TEXT)
NEW = Rendered(NEW_TEXT)
FILES = Rendered(OLD_TEXT, {"r.pattern": VALUE, "c.pem": certificate("1")})
RENEWED = Rendered(OLD_TEXT, {"r.pattern": VALUE, "c.pem": certificate("2")})
OTHERWISE = Rendered(OLD_TEXT, {"r.pattern": OTHER_VALUE, "c.pem": certificate("2")})
SERVING = Running(serving=7, text=OLD_TEXT, good=OLD_TEXT, reachable=True)
WITH_FILES = dataclasses.replace(SERVING, files=FILES.marks, loaded=FILES.marks)
NOTHING = Running()
MARKS: tuple[dict[str, str], ...] = ({}, FILES.marks, RENEWED.marks, {"left.pattern": "x", "c.pem": ""})
STATES = [
    Running(serving=serving, others=others, text=text, good=good, files=files, loaded=loaded, reachable=reachable)
    for serving, others, text, good, files, loaded, reachable in itertools.product(
        (None, 7), ((), (3,)), (None, OLD_TEXT, "nonsense"), (None, OLD_TEXT, NEW_TEXT), MARKS, MARKS, (False, True)
    )
]


def done(running: Running, step: Step) -> Running:
    """Do to the picture what a step does to the host."""
    match step:
        case Put(files):
            marks = {**running.files, **{name: content.mark for name, content in files.items()}}
            return dataclasses.replace(running, files=marks)
        case Write(text):
            return dataclasses.replace(running, text=text)
        case Retire():
            return running
        case Load():
            return dataclasses.replace(
                running, serving=9, good=running.text, loaded=dict(running.files), reachable=True
            )
        case Alter():
            return dataclasses.replace(running, good=running.text, loaded=dict(running.files))
        case Sweep(names):
            left = {name: mark for name, mark in running.files.items() if name not in names}
            loaded = {name: mark for name, mark in running.loaded.items() if name not in names}
            return dataclasses.replace(running, files=left, loaded=loaded)
        case Stop():
            return dataclasses.replace(running, serving=None, others=())
        case Clear():
            return Running(running.serving, running.others)


def test_nothing_is_done_when_nothing_must() -> None:
    assert plan(SERVING, OLD) == ()
    assert plan(dataclasses.replace(SERVING, others=(3,)), OLD) == ()
    assert plan(WITH_FILES, FILES) == ()
    assert plan(NOTHING, None) == ()


def test_the_file_comes_first_and_then_who_goes() -> None:
    assert plan(SERVING, NEW) == (Write(NEW_TEXT), Retire((("p", "b"),)), Load((7,), handover=True))


def test_the_first_process_takes_over_from_nobody() -> None:
    assert plan(NOTHING, NEW) == (Write(NEW_TEXT), Load((), handover=False))


def test_what_the_configuration_names_comes_before_it_and_goes_after_it() -> None:
    assert plan(NOTHING, FILES) == (Put(FILES.files), Write(OLD_TEXT), Load((), handover=False))
    assert plan(WITH_FILES, NEW)[-2:] == (Load((7,), handover=True), Sweep(("c.pem", "r.pattern")))


def test_files_that_changed_are_told_where_the_release_takes_them() -> None:
    load = Load((7,), handover=True)
    renewed = (Put({"c.pem": certificate("2")}), Alter((), ("c.pem",), load))
    assert plan(WITH_FILES, RENEWED, ABLE) == renewed
    assert plan(WITH_FILES, OTHERWISE, ABLE) == (Put(OTHERWISE.files), Alter((), ("c.pem", "r.pattern"), load))
    assert plan(WITH_FILES, OTHERWISE, ABLE - {Ability.VALUES}) == (Put(OTHERWISE.files), load)
    assert plan(WITH_FILES, RENEWED) == (Put({"c.pem": certificate("2")}), load)


def test_other_files_need_a_new_process() -> None:
    lists = [Rendered(OLD_TEXT, {"l.list": Plain(content)}) for content in ("a\n", "b\n")]
    read = dataclasses.replace(SERVING, files=lists[0].marks, loaded=lists[0].marks)
    assert plan(read, lists[1], ABLE) == (Put(lists[1].files), Load((7,), handover=True))


def test_servers_come_and_go_as_the_process_runs_where_it_is_known_what_it_runs() -> None:
    load = Load((7,), handover=True)
    removed = Remove(Server("p", "b", "10.0.0.2:80", 1, (), disabled=False))
    assert plan(SERVING, NEW, ABLE) == (Write(NEW_TEXT), Alter((removed,), (), load))
    for good in (None, NEW_TEXT):
        between = dataclasses.replace(SERVING, good=good)
        assert not any(isinstance(step, Alter) for step in plan(between, NEW, ABLE))
        assert load in plan(between, NEW, ABLE)


def test_a_certificate_that_the_process_never_read_is_not_renewed() -> None:
    half = dataclasses.replace(WITH_FILES, loaded={"r.pattern": VALUE.mark})
    assert plan(half, FILES, ABLE) == (Load((7,), handover=True),)


def test_a_process_that_can_not_be_asked_is_replaced_without_its_sockets() -> None:
    deaf = Running(serving=7, text=OLD_TEXT, good=OLD_TEXT)
    assert plan(deaf, OLD) == (Load((7,), handover=False),)


def test_a_dead_process_is_started_again_from_the_same_file() -> None:
    dead = Running(text=OLD_TEXT, good=OLD_TEXT, reachable=True)
    assert plan(dead, OLD) == (Load((), handover=False),)


def test_the_end_takes_everything() -> None:
    assert plan(SERVING, None) == (Stop((7,)), Clear())
    assert plan(Running(loaded={"c.pem": "x"}), None) == (Clear(),)


@pytest.mark.parametrize("able", [frozenset(), ABLE])
@pytest.mark.parametrize("wanted", [None, OLD, NEW, FILES, RENEWED, OTHERWISE])
def test_whatever_is_there_and_wherever_it_is_interrupted(wanted: Rendered | None, able: frozenset[Ability]) -> None:
    for state in STATES:
        steps = plan(state, wanted, able)
        for stop in range(len(steps) + 1):
            seen = state
            for step in steps[:stop]:
                seen = done(seen, step)
            for step in plan(seen, wanted, able):
                seen = done(seen, step)
            assert plan(seen, wanted, able) == ()
            assert (seen.serving is not None) == (wanted is not None)
            assert seen.loaded == seen.files == ({} if wanted is None else wanted.marks)


def test_a_certificate_is_not_shown() -> None:
    assert "sealed" not in repr(plan(NOTHING, FILES))
