"""Wait until a load balancer has taken a change in.

Units:   seconds throughout
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from openlbaas.client.lbaas import (
    HEALTH_MONITORS,
    L7_POLICIES,
    L7_RULES,
    LISTENERS,
    LOAD_BALANCERS,
    MEMBERS,
    POOLS,
    Client,
    Collection,
    Row,
)
from openlbaas.client.transport import NOT_FOUND, ClientError

if TYPE_CHECKING:
    from openlbaas.cli.actions import Setting

# A change usually takes a few hundredths of a second; a long one should not cost many requests.
_FIRST_PAUSE_S = 0.02
_LONGEST_PAUSE_S = 1.0
_GROWTH = 1.5


def balancer_of(client: Client, collection: Collection, row: Row, parent: str) -> str:
    """The id of the load balancer to which an object belongs; "" when it belongs to none yet."""
    if collection == LOAD_BALANCERS:
        return str(row["id"])
    if collection == MEMBERS:
        return balancer_of(client, POOLS, client.show(POOLS, parent), "")
    if collection == L7_RULES:
        return balancer_of(client, L7_POLICIES, client.show(L7_POLICIES, parent), "")
    if collection == HEALTH_MONITORS:
        pools = row.get("pools") or []
        return balancer_of(client, POOLS, client.show(POOLS, pools[0]["id"]), "") if pools else ""
    if collection == L7_POLICIES:
        return balancer_of(client, LISTENERS, client.show(LISTENERS, row["listener_id"]), "")
    balancers = row.get("loadbalancers") or []
    return str(balancers[0]["id"]) if balancers else ""


def wait(setting: Setting, balancer: str, *, gone: bool = False) -> int:
    """Wait until the load balancer rests, or with `gone` until it does not exist any more.

    Returns the exit code: 1 when it rests in ERROR, or does not rest in time.
    """
    if not balancer:
        return 0
    start = time.monotonic()
    patience_s = setting.wait_s or 0.0
    pause_s = _FIRST_PAUSE_S
    while True:
        status, name = _status(setting.client, balancer)
        spent_s = time.monotonic() - start
        progress(setting, f"load balancer {name}: {status} ({spent_s:.1f} s)")
        if status == "DELETED" or (status == "ACTIVE" and not gone) or status == "ERROR":
            break
        if spent_s >= patience_s:
            progress(setting, "")
            print(f"Load balancer {name} is still {status} after {spent_s:.0f} s; giving up waiting.", file=setting.err)
            return 1
        time.sleep(min(pause_s, max(patience_s - spent_s, 0.0)))
        pause_s = min(pause_s * _GROWTH, _LONGEST_PAUSE_S)
    progress(setting, "")
    if status == "ERROR":
        print(f"Load balancer {name} is in ERROR.", file=setting.err)
        return 1
    return 0


def _status(client: Client, balancer: str) -> tuple[str, str]:
    try:
        row = client.show(LOAD_BALANCERS, balancer)
    except ClientError as problem:
        if problem.status == NOT_FOUND:
            return "DELETED", balancer
        raise
    return str(row.get("provisioning_status")), str(row.get("name") or balancer)


def progress(setting: Setting, line: str) -> None:
    """Rewrite one line of the terminal; nothing at all when the output goes elsewhere."""
    if setting.err.isatty():
        setting.err.write(f"\r\x1b[K{line}")
        setting.err.flush()
