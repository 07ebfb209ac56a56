"""Accidents: something dies while a client asks a VIP every 10 ms, and the gap that the client saw is told.

Plays of `openlbaas lab demo`, on a lab of several hosts: one that stands, or one that is made and taken down for it.
"""

from __future__ import annotations

import datetime as dt
import os
import signal
import sys
import time
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, NamedTuple

from openlbaas.cli.lab import pace, parts, state, wiring
from openlbaas.cli.lab.demo import interrupted, play, tenant_environment
from openlbaas.cli.lab.polling import Polling
from openlbaas.cli.lab.processes import LabError, alive
from openlbaas.cli.lab.stage import Stage
from openlbaas.cli.lab.take_down import take_down
from openlbaas.client.lbaas import EVENTS, LOAD_BALANCERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openlbaas.cli.lab.names import Names
    from openlbaas.cli.lab.polling import Gap
    from openlbaas.client.lbaas import Client, Row

HOSTS, SERVERS = 3, 2
_ENOUGH = 50
"""Right answers in a row after which things count as quiet: half a second of them."""


class Scene(NamedTuple):
    """What a play is about."""

    stage: Stage
    lab: Names
    api: Client
    balancer: Row
    polling: Polling

    def lab_verb(self, words: str) -> str:
        """Run a verb of the lab and show it."""
        verb, _, rest = words.partition(" ")
        return self.stage.run(f"openlbaas lab {verb} --dir {self.lab.folder} {rest}")

    def host(self) -> str:
        """Name the host that has the load balancer."""
        told = self.api.get(f"/lbaas/loadbalancers/{self.balancer['id']}/loadbalancer-hosting-agent")
        return str(told["agent"].get("host", ""))

    def elsewhere(self, old: str) -> bool:
        """Tell whether another host has it and it is in force there."""
        status = self.api.show(LOAD_BALANCERS, str(self.balancer["id"]))["provisioning_status"]
        return self.host() not in {"", old} and status == "ACTIVE"

    def quiet(self, what: str) -> None:
        """Wait until the VIP has answered for a while from now on."""
        seen = len(self.polling.answered)
        self.stage.becomes(what, lambda: len(self.polling.answered) >= seen + _ENOUGH, expected=True)


def main(lab: Names, accident: str) -> int:
    """Perform one accident; the answer is an exit status, as of the demo."""
    out = Stage(sys.stdout, tenant_environment(), colours=sys.stdout.isatty() and "NO_COLOR" not in os.environ)
    before = signal.signal(signal.SIGTERM, interrupted)
    try:
        return play(out, lambda: _perform(out, lab, accident))
    finally:
        signal.signal(signal.SIGTERM, before)


def _perform(stage: Stage, lab: Names, accident: str) -> None:
    """Set the scene, let it happen, and tidy up.

    Raises: LabError when a lab stands that is too small or not well; stage.Lie
    """
    with _standing(stage, lab) as known, closing(parts.client_of(known, known.servers)) as api:
        stage.step("A load balancer answers, and a client asks it every 10 ms")
        chain = pace.make(api, known, "accident")
        vip = str(chain[0]["vip_address"])
        webs = {web.name for web in known.webs}
        try:
            stage.becomes(f"{vip} answers", lambda: pace.ask(lab, vip) in webs, expected=True)
            with Polling(lab, vip) as polling:
                scene = Scene(stage, lab, api, chain[0], polling)
                scene.quiet("every question is answered")
                stage.say(f"It runs on {scene.host()}.")
                ACCIDENTS[accident](scene)
                gap = polling.gap()
            _tell(scene, gap)
            counts = f"{len(polling.answered)} answered, {len(polling.failed)} not"
            stage.note(f"{accident}: longest time without an answer {gap.seconds * 1000:.0f} ms; {counts}")
        finally:
            pace.remove(api, chain)
        stage.becomes("the load balancer is gone", lambda: api.list(LOAD_BALANCERS).rows, [])


def failover(scene: Scene) -> None:
    """The host that serves dies, and comes back."""
    old = scene.host()
    scene.stage.step(f"{old} dies, with all that is on it")
    scene.lab_verb(f"kill {old}")
    scene.stage.becomes("another host has the load balancer", lambda: scene.elsewhere(old), expected=True)
    scene.quiet(f"{scene.balancer['vip_address']} answers again, on {scene.host()}")
    scene.stage.step(f"{old} comes back, and nothing is disturbed")
    back = time.time()
    scene.lab_verb(f"boot {old}")
    spaces = scene.lab_verb(f"exec {old} -- ip netns")
    scene.stage.lacks(f"{old} has no trace of the load balancer", spaces, f"qlbaas-{scene.balancer['id']}")
    scene.quiet("every question is answered")
    scene.stage.equal("no question that was asked meanwhile failed", scene.polling.failed_since(back), 0)


def agent(scene: Scene) -> None:
    """Only the agent dies: the host serves on, until another has taken over."""
    old = scene.host()
    scene.stage.step(f"The agent of {old} dies; what it made goes on")
    scene.lab_verb(f"kill-agent {old}")
    scene.stage.becomes("another host has the load balancer", lambda: scene.elsewhere(old), expected=True)
    scene.quiet("every question is answered")
    scene.stage.step("The agent starts again, and removes what is another host's")
    scene.lab_verb(f"start-agent {old}")
    trace = f"qlbaas-{scene.balancer['id']}"

    def gone() -> bool:
        return trace not in scene.stage.quietly(_on(scene.lab, old, "ip", "netns")).text

    scene.stage.becomes(f"{old} has no trace of the load balancer", gone, expected=True)
    scene.quiet("every question is answered")


def server(scene: Scene) -> None:
    """A server dies: no question to a VIP notices."""
    scene.stage.step("A server dies, and starts again")
    scene.lab_verb("kill-server 1")
    scene.quiet("every question is answered")
    scene.lab_verb("start-server 1")
    scene.quiet("every question is answered")
    scene.stage.equal("no question failed", scene.polling.failed_since(0), 0)


ACCIDENTS: dict[str, Callable[[Scene], None]] = {"failover": failover, "agent": agent, "server": server}


def _on(lab: Names, host: str, *words: str) -> list[str]:
    return ["openlbaas", "lab", "exec", "--dir", str(lab.folder), host, "--", *words]


def _tell(scene: Scene, gap: Gap) -> None:
    """Show what happened when, counted from the last answer before the gap."""
    scene.stage.step("What happened when")
    rows = scene.api.list(EVENTS, [("loadbalancer_id", str(scene.balancer["id"]))]).rows
    happened = [(_instant(str(row["at"])), f"{row['name']}: {row['text']}") for row in rows if row["name"] != "placed"]
    happened += [(gap.began, "the last answer before the gap"), (gap.ended, "the first answer after it")]
    for at, what in sorted(happened):
        scene.stage.say(f"{at - gap.began:+8.3f} s  {what}")


def _instant(text: str) -> float:
    return dt.datetime.fromisoformat(text).timestamp()


@contextmanager
def _standing(stage: Stage, lab: Names) -> Iterator[state.State]:
    """Take the lab that stands, or make one and take it down in the end."""
    if state.exists(lab):
        known = state.read_ready(lab)
        _check(lab, known)
        yield known
        return
    stage.step(f"A lab of {HOSTS} hosts and {SERVERS} servers")
    words = f"lab up --dir {lab.folder} --hosts {HOSTS} --servers {SERVERS} --port {wiring.free_ports(SERVERS)}"
    try:
        stage.say(stage.quietly(["openlbaas", *words.split()]).text.partition("\n\n")[0])
        yield state.read_ready(lab)
    finally:
        take_down(lab)


def _check(lab: Names, known: state.State) -> None:
    agents = [name for name in known.host_names if alive(lab, f"{name}-agent")]
    servers = all(alive(lab, f"server{place}") for place in range(1, known.servers + 1))
    if known.hosts < 2 or known.cut or not servers or len(agents) < known.hosts or not known.webs:  # noqa: PLR2004 - one and another
        message = (
            f"The lab in {lab.folder} is no scene for an accident: it takes two hosts and a web server, all up and none"
            " cut off. `openlbaas lab status` tells what is missing; with another --dir a lab is made for it."
        )
        raise LabError(message)
