"""Steps in words."""

from typing import get_args

from openlbaas.dialects.host_v1 import PlannedStep
from openlbaas.drivers.haproxy_netns import plan as network
from openlbaas.drivers.haproxy_netns.explain import _WHY, explained
from openlbaas.drivers.haproxy_netns.seen import Link
from openlbaas.drivers.haproxy_netns.standing import ClaimStep
from openlbaas.drivers.haproxy_netns.turning import Begin, Judge, Leave, Turn
from openlbaas.haproxy import plan as p
from openlbaas.haproxy.runtime import Add, Limit, Remove, Server, Switch, Weigh

SERVER = Server("pool", "member", "10.0.0.1:80", 3, (), disabled=False)
LINK = Link("ns-1", "fa:16:3e:00:00:01", 1500, up=True)


def test_each_step_of_the_network_says_why() -> None:
    steps = {kind for kind in vars(network).values() if isinstance(kind, type) and kind.__module__ == network.__name__}
    assert steps | set(get_args(ClaimStep)) | {Judge} == set(_WHY)


def test_what_keepalived_is_to_do() -> None:
    steps = (Begin("text"), Begin("text", "at once"), Turn("text", 7), Leave((7, 8), keeps=True), Judge(well=True))
    assert [(each.action, each.what, each.why) for each in explained(steps)] == [
        ("start", "keepalived", "it is not running"),
        ("start", "keepalived", "this host has the VIP"),
        ("reload", "keepalived: 7", "there is another end, or another host's turn"),
        ("stop", "keepalived: 7, 8", "this host serves by turns no more"),
        ("judge", "True", "HAProxy serves"),
    ]


def test_what_a_step_touches() -> None:
    steps = (network.MakeNamespace(), network.Attach(LINK, "brq1"), network.AddAddress("ns-1", "10.0.0.2", 24))
    assert [(each.action, each.what) for each in explained(steps)] == [
        ("make namespace", ""),
        ("attach", "ns-1 brq1"),
        ("add address", "ns-1 10.0.0.2 24"),
    ]


def test_a_process_that_is_told_several_things_is_several_steps() -> None:
    changes = (Add(SERVER), Weigh(SERVER), Switch(SERVER), Limit("f", 5), Remove(SERVER))
    assert [each.what for each in explained((p.Alter(changes, ("x.pattern",), p.Load()),))] == [
        "read x.pattern anew",
        "add server pool/member 10.0.0.1:80 weight 3",
        "set server pool/member weight 3",
        "set server pool/member state ready",
        "set maxconn frontend f 5",
        "remove server pool/member",
    ]


def test_a_reload_says_what_made_it_necessary() -> None:
    assert explained((p.Load((7,), handover=True, why="backend p is new"),)) == (
        PlannedStep(action="reload", what="a new process takes the listeners over", why="backend p is new"),
    )
    assert explained((p.Load(why="no process serves"),))[0].action == "start"


def test_no_content_of_a_file_is_told() -> None:
    (step,) = explained((p.Write("secret"),))
    assert "secret" not in str(step)
