"""Taking a member out of service without cutting anybody off, and putting it back.

A member that is switched off gets no new connection; those it has may end by themselves, for as long as its host's
`drain_timeout` says. Weight and everything else of the member stay as they are.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from openlbaas.cli import waiting
from openlbaas.client.lbaas import MEMBERS, POOLS

if TYPE_CHECKING:
    from openlbaas.cli.actions import Setting
    from openlbaas.cli.parsing import Arguments

_PAUSE_S = 0.5


def drain(setting: Setting, arguments: Arguments) -> int:
    """Switch a member off; with --wait until nobody is connected to it any more."""
    member, balancer = _switched(setting, arguments, on=False)
    if setting.wait_s is None:
        print(f"Member {arguments.target} gets no new connection.", file=setting.out)
        return 0
    code = waiting.wait(setting, balancer)
    return code or _until_empty(setting, arguments.target, member, balancer)


def undrain(setting: Setting, arguments: Arguments) -> int:
    """Switch a member on."""
    _, balancer = _switched(setting, arguments, on=True)
    code = 0 if setting.wait_s is None else waiting.wait(setting, balancer)
    if code == 0:
        print(f"Member {arguments.target} gets connections again.", file=setting.out)
    return code


def _switched(setting: Setting, arguments: Arguments, *, on: bool) -> tuple[str, str]:
    """Switch a member, and name it and its load balancer."""
    client = setting.client
    pool = client.find(POOLS, arguments.parent)
    member = client.find(MEMBERS, arguments.target, pool)
    row = client.update(MEMBERS, member, {"admin_state_up": on}, pool)
    return member, waiting.balancer_of(client, MEMBERS, row, pool)


def _until_empty(setting: Setting, name: str, member: str, balancer: str) -> int:
    start = time.monotonic()
    patience_s = setting.wait_s or 0.0
    while True:
        left = _connections(setting, member, balancer)
        spent_s = time.monotonic() - start
        if left == 0:
            waiting.progress(setting, "")
            print(f"Member {name} has no connection any more.", file=setting.out)
            return 0
        if spent_s >= patience_s:
            waiting.progress(setting, "")
            print(f"Member {name} still has {_counted(left)} after {spent_s:.0f} s.", file=setting.err)
            return 1
        waiting.progress(setting, f"member {name}: {_counted(left)} ({spent_s:.0f} s)")
        time.sleep(min(_PAUSE_S, max(patience_s - spent_s, 0.0)))


def _connections(setting: Setting, member: str, balancer: str) -> int:
    """Count who is connected, as the host counted last."""
    counted = setting.client.get(f"/lbaas/loadbalancers/{balancer}/stats", (("details", "true"),))["stats"]
    return sum(int(row["active_connections"]) for row in counted.get("members", []) if row["id"] == member)


def _counted(connections: int) -> str:
    return f"{connections} connection{'s' * (connections != 1)}"
