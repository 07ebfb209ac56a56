"""Steps in words, for people who want to know what would be done, and why."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import fields
from types import MappingProxyType

from openlbaas.dialects.host_v1 import PlannedStep
from openlbaas.drivers.haproxy_netns import plan as network
from openlbaas.drivers.haproxy_netns import standing, turning
from openlbaas.drivers.haproxy_netns.plan import Step
from openlbaas.haproxy import plan as p
from openlbaas.haproxy import runtime

_WHY = MappingProxyType(
    {
        network.MakeFolder: "there is no finished one",
        network.Write: "what is wanted is recorded before it is done, and confirmed after",
        network.MakeNamespace: "there is none",
        network.Attach: "the interfaces are not there, not on the bridge, or not as they should be",
        network.SetLink: "MAC address or MTU is another one",
        network.AddAddress: "it is missing",
        network.DropAddress: "nobody wants it",
        network.LinkUp: "it is down",
        network.LinkDown: "nobody must meet it while it is not served here",
        network.AddRoute: "it is missing",
        network.DropRoute: "nobody wants it",
        network.Announce: "neighbours must know where the addresses are",
        network.RemoveNamespace: "the load balancer goes",
        network.RemoveTap: "nobody wants it",
        network.RemoveBridge: "nothing is on it any more",
        network.RemoveFolder: "the load balancer goes",
        standing.Hold: "other hosts must hear who serves it",
        standing.Release: "this host claims it no more",
        standing.Open: "everything is ready, and this host may serve it",
        standing.Revive: "what could not be reached while it was closed may be well",
        standing.Close: "another host serves it",
        standing.Deny: "this host must not serve it",
        turning.Judge: "HAProxy serves",
    }
)
_WORDS = re.compile("[A-Z][a-z]*")


def explained(steps: Iterable[Step]) -> tuple[PlannedStep, ...]:
    """Say what steps would do; one that tells a process several things is several."""
    return tuple(each for step in steps for each in _explained(step))


def _explained(step: Step) -> Iterator[PlannedStep]:
    match step:
        case p.Put(files):
            yield PlannedStep(action="write", what=", ".join(files), why="the configuration names these files")
        case p.Write():
            yield PlannedStep(action="write", what="haproxy.conf", why="another configuration is wanted")
        case p.Retire(servers):
            names = ", ".join(f"{backend}/{name}" for backend, name in servers)
            yield PlannedStep(action="retire", what=names, why="they get no request while the new process begins")
        case p.Load(old, handover, why):
            what = "a new process takes the listeners over" if handover else "a process begins"
            yield PlannedStep(action="reload" if old else "start", what=what, why=why)
        case p.Alter(changes, names, _):
            for name in names:
                yield PlannedStep(action="tell", what=f"read {name} anew", why="its content changed")
            for change in changes:
                yield _told(change)
        case p.Sweep(names):
            yield PlannedStep(action="remove", what=", ".join(names), why="nothing names these files any more")
        case p.Stop(processes):
            what = f"HAProxy: {', '.join(map(str, processes))}"
            yield PlannedStep(action="stop", what=what, why="nothing is to listen")
        case network.Write(record):
            what = f"the record of revision {record.spec.revision}{'' if record.settled else ', as begun'}"
            yield PlannedStep(action="write", what=what, why=_WHY[network.Write])
        case p.Clear():
            yield PlannedStep(action="remove", what="configuration and all that belongs to it", why="nothing runs")
        case standing.Hold(holding):
            what = f"claim {holding.claim}{'' if holding.serving else ', not served yet'}"
            yield PlannedStep(action="hold", what=what, why=_WHY[standing.Hold])
        case turning.Begin(_, at_once, _):
            why = "this host has the VIP" if at_once else "it is not running"
            yield PlannedStep(action="start", what="keepalived", why=why)
        case turning.Turn(_, process):
            yield PlannedStep(
                action="reload", what=f"keepalived: {process}", why="there is another end, or another host's turn"
            )
        case turning.Leave(there, _):
            yield PlannedStep(
                action="stop", what=f"keepalived: {', '.join(map(str, there))}", why="this host serves by turns no more"
            )
        case _:
            yield PlannedStep(action=_action(step), what=_what(step), why=_WHY.get(type(step), ""))


def _told(change: runtime.Change) -> PlannedStep:
    match change:
        case runtime.Add(server):
            where = f"{server.path} {server.address} weight {server.weight}{' disabled' * server.disabled}"
            return PlannedStep(action="tell", what=f"add server {where}", why="the member is new")
        case runtime.Remove(server):
            why = "the member goes; its connections may end first"
            return PlannedStep(action="tell", what=f"remove server {server.path}", why=why)
        case runtime.Weigh():
            why = "the member has another weight"
        case runtime.Move():
            why = "the member is somewhere else"
        case runtime.Switch(server):
            why = f"the member is switched {'off' if server.disabled else 'on'}"
        case runtime.Limit():
            why = "another number of connections is allowed"
    return PlannedStep(action="tell", what=runtime.command(change), why=why)


def _action(step: Step) -> str:
    return " ".join(word.lower() for word in _WORDS.findall(type(step).__name__))


def _what(step: Step) -> str:
    """Name what a step touches; of a whole interface or record its name alone."""
    values = (getattr(step, each.name) for each in fields(step))
    named = (getattr(value, "name", value) for value in values)
    return " ".join(" ".join(map(str, value)) if isinstance(value, tuple) else str(value) for value in named)
