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

_ANSWER_S = 1.0
_LONGEST_ANSWER = 4096


def measure(stage: Stage, lab: Names, state: State) -> None:
    """Time a load balancer until ACTIVE and a whole chain until its first right answer, and remove them.

    Raises: stage.Lie; ClientError
    """
    stage.step("How fast, by the API: a load balancer until ACTIVE, and a whole chain until its first answer")
    with closing(parts.client_of(state)) as client:
        client.list(LOAD_BALANCERS)
        began = time.monotonic()
        alone = client.create(LOAD_BALANCERS, {"name": "alone", "vip_subnet_id": state.subnet_id})
        stage.becomes("ACTIVE", lambda: _status(client, alone["id"]), "ACTIVE")
        stage.note(f"load balancer created \N{RIGHTWARDS ARROW} ACTIVE: {_since(began)}")
        client.delete(LOAD_BALANCERS, alone["id"])
        began = time.monotonic()
        chain = make(client, state, "chain")
        webs = {web.name for web in state.webs}
        stage.becomes("the chain answers", lambda: ask(lab, str(chain[0]["vip_address"])) in webs, expected=True)
        stage.note(f"whole chain begun \N{RIGHTWARDS ARROW} first answer on the VIP: {_since(began)}")
        remove(client, chain)
        stage.becomes("both are gone", lambda: client.list(LOAD_BALANCERS).rows, [])


def make(client: Client, state: State, name: str) -> list[Row]:
    """Make the article's chain, named: load balancer, listener, pool, a member for each web server, health monitor."""
    balancer = client.create(LOAD_BALANCERS, {"name": f"{name}_lb", "vip_subnet_id": state.subnet_id})
    http = {"protocol": "HTTP"}
    listener = client.create(
        LISTENERS, {**http, "name": f"{name}_listener", "loadbalancer_id": balancer["id"], "protocol_port": WEB_PORT}
    )
    pool = client.create(
        POOLS, {**http, "name": f"{name}_pool", "listener_id": listener["id"], "lb_algorithm": "ROUND_ROBIN"}
    )
    for web in state.webs:
        member = {"name": web.name, "address": web.address, "protocol_port": WEB_PORT, "subnet_id": state.subnet_id}
        client.create(MEMBERS, member, pool["id"])
    check = {"type": "HTTP", "delay": 1, "timeout": 1, "max_retries": 2}
    monitor = client.create(HEALTH_MONITORS, {**check, "pool_id": pool["id"]})
    return [balancer, listener, pool, monitor]


def remove(client: Client, chain: list[Row]) -> None:
    """Delete a chain, the other way round."""
    balancer, listener, pool, monitor = (str(row["id"]) for row in chain)
    client.delete(HEALTH_MONITORS, monitor)
    for member in client.list(MEMBERS, parent=pool).rows:
        client.delete(MEMBERS, member["id"], pool)
    client.delete(POOLS, pool)
    client.delete(LISTENERS, listener)
    client.delete(LOAD_BALANCERS, balancer)


def ask(lab: Names, address: str) -> str:
    """Ask the VIP once, as the client; "" when there is no answer or not the answer of a web server."""
    answers: list[str] = []

    def request() -> None:
        try:
            wiring.enter(lab.namespace_path("client"))
            with socket.create_connection((address, WEB_PORT), timeout=_ANSWER_S) as connection:
                connection.sendall(f"GET / HTTP/1.0\r\nHost: {address}\r\n\r\n".encode())
                with connection.makefile("rb") as reading:
                    answers.append(reading.read(_LONGEST_ANSWER).decode("latin-1"))
        except OSError:
            return  # Nobody answers yet.

    # A thread of its own: the network namespace that it enters dies with it.
    thread = threading.Thread(target=request)
    thread.start()
    thread.join()
    head, _, body = (answers or [""])[0].partition("\r\n\r\n")
    return body.strip() if " 200 " in head.partition("\r\n")[0] else ""


def _status(client: Client, identity: str) -> str:
    return str(client.show(LOAD_BALANCERS, identity)["provisioning_status"])


def _since(began: float) -> str:
    return f"{(time.monotonic() - began) * 1000:.0f} ms"
