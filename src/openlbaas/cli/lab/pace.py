"""How fast: the article's chain once more, by the API and on one connection, measured until the VIP answers."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING

from openlbaas.cli.lab import parts, wiring
from openlbaas.cli.lab.state import WEB_PORT
from openlbaas.client.lbaas import HEALTH_MONITORS, LISTENERS, LOAD_BALANCERS, MEMBERS, POOLS

if TYPE_CHECKING:
    from openlbaas.cli.lab.names import Names
    from openlbaas.cli.lab.stage import Stage
    from openlbaas.cli.lab.state import State
    from openlbaas.client.lbaas import Client, Row

_PAUSE_S = 0.001
_ANSWER_S = 1.0


def measure(stage: Stage, lab: Names, state: State) -> None:
    """Time a load balancer until ACTIVE and a whole chain until its first right answer, and remove them.

    Raises: stage.Lie; ClientError
    """
    stage.step("How fast: a load balancer until ACTIVE, and a whole chain until its first answer, by the API")
    names = [web.name for web in state.webs]
    with closing(parts.client_of(state)) as client:
        client.list(LOAD_BALANCERS)
        began = time.monotonic()
        alone = client.create(LOAD_BALANCERS, {"name": "pace", "vip_subnet_id": state.subnet_id})
        active_s = stage.becomes("it is ACTIVE", lambda: _status(client, alone), "ACTIVE")
        client.delete(LOAD_BALANCERS, alone["id"])
        began = time.monotonic()
        made = chain(client, state)
        stage.becomes("the chain answers", lambda: asked(lab, made["vip_address"]) in names, expected=True)
        stage.note(f"load balancer created \N{RIGHTWARDS ARROW} ACTIVE: {active_s * 1000:.0f} ms")
        stage.note(f"chain begun \N{RIGHTWARDS ARROW} first answer on the VIP: {(time.monotonic() - began) * 1000:.0f} ms")
