"""The verbs of `openlbaas lab` that let hosts die and come back, and cut and heal their networks."""

from __future__ import annotations

import signal
import time
from contextlib import closing
from typing import TYPE_CHECKING

from openlbaas.cli.lab import cables, parts, state, wiring
from openlbaas.cli.lab.processes import LabError, alive, end, inside, stop, until

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openlbaas.cli.lab.names import Names
    from openlbaas.cli.lab.state import State


def kill(lab: Names, host: str) -> str:
    """Kill a whole host at once, as a power cut would: nothing leaves it any more, then all on it is gone."""
    known = state.read_ready(lab)
    _place(known, host)
    lived = alive(lab, host) is not None
    cables.pull(lab, host)
    end(lab, lambda: inside(lab, host))
    cables.remove(lab, known, host)
    wiring.remove_namespaces([lab.namespace(host)])
    state.write(lab, known)
    return f"{host} is dead" if lived else f"{host} was dead already"


def boot(lab: Names, host: str) -> str:
    """Let a dead host come back as after a reboot: all that it has is what is on its disk, and its agent starts."""
    known = state.read_ready(lab)
    place = _place(known, host)
    if alive(lab, f"{host}-agent"):
        return f"{host} runs already"
    anew = alive(lab, host) is None
    if anew:
        end(lab, lambda: inside(lab, host))
        cables.remove(lab, known, host)
        wiring.remake_host(lab, known, place)
        cables.set_cut(lab, host, known.cut.get(host, ()))
    _start_agent(lab, known, host)
    state.write(lab, known)
    return f"{host} is made anew and its agent runs" if anew else f"the agent of {host} runs"


def kill_agent(lab: Names, host: str) -> str:
    """Kill the agent of a host as a crash would; what it has set up goes on."""
    known = state.read_ready(lab)
    _place(known, host)
    killed = stop(lab, f"{host}-agent", signal.SIGKILL)
    state.write(lab, known)
    return f"the agent of {host} is killed" if killed else f"the agent of {host} did not run"


def start_agent(lab: Names, host: str) -> str:
    """Start the agent of a host that lives.

    Raises: LabError when the host is dead
    """
    known = state.read_ready(lab)
    _place(known, host)
    if alive(lab, f"{host}-agent"):
        return f"the agent of {host} runs already"
    _start_agent(lab, known, host)
    state.write(lab, known)
    return f"the agent of {host} runs"


def cut(lab: Names, host: str, planes: Sequence[str]) -> str:
    """Cut a host off from networks, in addition to those it is cut off from."""
    known = state.read_ready(lab)
    _place(known, host)
    if "tenant" in planes and not known.several:
        message = "The tenant network of a lab with one host has no cable to cut; that of two has."
        raise LabError(message)
    known.cut[host] = sorted({*known.cut.get(host, ()), *planes})
    cables.set_cut(lab, host, known.cut[host])
    state.write(lab, known)
    return f"{host} is cut off from {' and '.join(known.cut[host])}"


def heal(lab: Names, host: str) -> str:
    """Give a host all its networks back."""
    known = state.read_ready(lab)
    _place(known, host)
    was = known.cut.pop(host, None)
    cables.set_cut(lab, host, ())
    state.write(lab, known)
    return f"{host} has {' and '.join(was)} back" if was else f"{host} was not cut off"


def _start_agent(lab: Names, known: State, host: str) -> None:
    """Start an agent, and wait until it runs or, where it can reach a server that answers, has reported there."""
    reachable = () if "control" in known.cut.get(host, ()) else range(1, known.servers + 1)
    server = next((place for place in reachable if parts.answers(known, place)), None)
    if server is None:
        pid = parts.start_agent(lab, host)
        until(lambda: alive(lab, f"{host}-agent") is not None, "starting", lab=lab, name=host, pid=pid)
        return
    with closing(parts.client_of(known, server)) as client:
        before = parts.agent_started(client, host)
        # Starts are told apart by the second.
        until(lambda: time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime()) > before, "the next second", lab=lab)
        parts.await_agent(lab, client, host, parts.start_agent(lab, host), before)


def _place(known: State, host: str) -> int:
    if host not in known.host_names:
        message = f"No host {host} in this lab. There are: {', '.join(known.host_names)}."
        raise LabError(message)
    return known.host_names.index(host) + 1
