"""What is told of processes that serve, that linger and that are gone."""

import os

from openlbaas.dialects.host_v1 import Counters, Sample
from openlbaas.drivers.haproxy_netns.counting import Counting, named

HEAD = "# pxname,svname,scur,stot,bin,bout,ereq,econ,eresp,hrsp_1xx,hrsp_2xx,hrsp_3xx,hrsp_4xx,hrsp_5xx,hrsp_other,req_tot,\n"


def answer(requests: int, connected: int = 0) -> str:
    """Write HAProxy's answer about one listener."""
    return f"{HEAD}l,FRONTEND,{connected},0,0,0,0,,,0,0,0,0,0,0,{requests},\n"


def a_sample(process: str, requests: int, *, connected: int = 0, ended: bool = False) -> Sample:
    found = Counters(requests=requests, active_connections=connected)
    return Sample(process=process, ended=ended, listeners={"l": found})


def test_a_process_has_a_name_of_its_own_while_it_lives() -> None:
    own = named(os.getpid())
    assert own is not None
    assert own.split("/")[1] == str(os.getpid())
    assert own == named(os.getpid())
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    assert named(child) is None


def test_what_is_gone_is_told_once_and_nobody_is_connected_to_it() -> None:
    counting = Counting()
    counting.note("a", "old", answer(3, connected=2))
    assert counting.take("a") == (a_sample("old", 3, connected=2),)
    counting.note("a", "old", answer(5, connected=1))
    counting.note("a", "new", answer(1))
    counting.end("a", "new", "old")
    assert counting.take("a") == (a_sample("old", 5, connected=1), a_sample("new", 1))
    counting.end("a", "new")
    assert counting.take("a") == (a_sample("old", 5, ended=True), a_sample("new", 1))
    assert counting.take("a") == (a_sample("new", 1),)


def test_an_answer_to_something_else_leaves_what_was_known() -> None:
    counting = Counting()
    counting.note("a", "p", answer(3))
    counting.note("a", "p", "Permission denied\n")
    assert counting.take("a") == (a_sample("p", 3),)


def test_what_is_forgotten_is_not_told() -> None:
    counting = Counting()
    for id_ in ("a", "b"):
        counting.note(id_, "p", answer(3))
    counting.end("a")
    counting.forget("a")
    assert counting.take("a") == ()
    assert counting.take("b") == (a_sample("p", 3),)
