"""The actions of commands about hosts and moves.

Shape:   as in cli.actions
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING
from urllib.parse import quote

from openlbaas.cli import output, waiting
from openlbaas.cli.actions import Setting, print_rows
from openlbaas.client.lbaas import LOAD_BALANCERS, Listing, Row

if TYPE_CHECKING:
    from openlbaas.cli.grammar.model import Command
    from openlbaas.cli.parsing import Arguments

_PAUSE_S = 0.1


def move(setting: Setting, _command: Command, arguments: Arguments) -> int:
    """Move a load balancer."""
    balancer = setting.client.find(LOAD_BALANCERS, arguments.target)
    setting.client.send("PUT", f"/lbaas/loadbalancers/{balancer}/move", {"move": arguments.given})
    return 0 if setting.wait_s is None else waiting.wait(setting, balancer)


def hosts_of(setting: Setting, command: Command, arguments: Arguments) -> int:
    """List the hosts of a load balancer."""
    balancer = setting.client.find(LOAD_BALANCERS, arguments.target)
    rows = setting.client.get(f"/lbaas/loadbalancers/{balancer}/hosts")["hosts"]
    print_rows(setting, command, arguments, Listing(rows, frozenset()), ("host", "role", "in_force", "alive"))
    return 0


def show_host(setting: Setting, _command: Command, arguments: Arguments) -> int:
    """Print one host."""
    output.emit_object(_host(setting, arguments), setting.out, arguments.options)
    return 0


def drain_host(setting: Setting, _command: Command, arguments: Arguments) -> int:
    """Have a host drained, and wait until it is where that is asked for."""
    setting.client.send("PUT", f"{_path(arguments)}/drain")
    if setting.wait_s is None:
        return 0
    until = time.monotonic() + setting.wait_s
    while (host := _host(setting, arguments))["load_balancers"] or host["leaving"]:
        if time.monotonic() >= until:
            left = host["load_balancers"] + host["leaving"]
            print(f"Host {host['host']} still has {left} load balancers; giving up waiting.", file=setting.err)
            return 1
        time.sleep(_PAUSE_S)
    return 0


def undrain_host(setting: Setting, _command: Command, arguments: Arguments) -> int:
    """Let a host take part again."""
    setting.client.send("PUT", f"{_path(arguments)}/undrain")
    return 0


def fail(setting: Setting, _command: Command, arguments: Arguments) -> int:
    """Take a host for dead."""
    given = {name: value for name, value in arguments.given.items() if name == "force"}
    setting.client.send("PUT", f"{_path(arguments)}/failover", {"failover": given})
    return 0


def rebalance(setting: Setting, command: Command, arguments: Arguments) -> int:
    """Even hosts out, and print what is moved for it."""
    reply = setting.client.send("PUT", "/lbaas/hosts/rebalance", {"rebalance": arguments.given})
    rows = json.loads(reply.body)["moves"]
    print_rows(setting, command, arguments, Listing(rows, frozenset()), ("loadbalancer_id", "from_host", "to_host"))
    return 0


def _path(arguments: Arguments) -> str:
    return f"/lbaas/hosts/{quote(arguments.given['host'], safe='')}"


def _host(setting: Setting, arguments: Arguments) -> Row:
    found: Row = setting.client.get(_path(arguments))["host"]
    return found
