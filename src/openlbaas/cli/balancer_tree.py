"""A load balancer with all that lies below it, as a tree to draw.

Source:  the statuses tree says what there is and how it does; the lists of objects, where they are asked for, say
         what each of them is
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openlbaas.cli.drawing import Node
from openlbaas.client.lbaas import L7_POLICIES, L7_RULES, LISTENERS, LOAD_BALANCERS, POOLS, Client, Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Details = dict[str, str]


def balancer_node(balancer: Row, details: Mapping[str, str]) -> Node:
    """The tree of one load balancer.

    Shape:   details are what to tell of objects besides their names, by id; a pool is drawn in full where it comes
             first, and named where it comes again
    """
    drawn: set[str] = set()
    listeners = tuple(_listener(each, details, drawn) for each in balancer["listeners"])
    others = tuple(_pool(each, details, drawn) for each in balancer["pools"] if each["id"] not in drawn)
    return _node(
        "load balancer",
        balancer,
        details.get(balancer["id"], ""),
        listeners + others,
        remark=balancer.get("provisioning_reason") or "",
    )


def details_of(client: Client, balancer: Row) -> Details:
    """Addresses, protocols and purposes of everything in a statuses tree, asked for list by list."""
    within = [("loadbalancer_id", balancer["id"])]
    own = client.show(LOAD_BALANCERS, balancer["id"], query=_fields("vip_address"))
    pools = client.list(POOLS, within + _fields("id", "name", "protocol", "lb_algorithm")).rows
    found = {balancer["id"]: str(own.get("vip_address") or "")}
    found |= {row["id"]: f"{row['protocol']} {row['lb_algorithm']}" for row in pools}
    for row in client.list(LISTENERS, within + _fields("id", "protocol", "protocol_port")).rows:
        found[row["id"]] = f"{row['protocol']} {row['protocol_port']}"
    names = {row["id"]: row["name"] or row["id"] for row in pools}
    for listener in balancer["listeners"]:
        if listener["l7policies"]:
            found |= _policy_details(client, listener, names)
    return found


def _policy_details(client: Client, listener: Row, pools: Mapping[str, str]) -> Details:
    rows = client.list(L7_POLICIES, [("listener_id", listener["id"])]).rows
    found = {row["id"]: _purpose(row, pools) for row in rows}
    for policy in listener["l7policies"]:
        if policy["rules"]:
            found |= {row["id"]: _condition(row) for row in client.list(L7_RULES, parent=policy["id"]).rows}
    return found


def _purpose(policy: Row, pools: Mapping[str, str]) -> str:
    pool = policy.get("redirect_pool_id") or ""
    target = pools.get(pool, pool) or policy.get("redirect_url") or ""
    return f"{policy['position']}. {policy['action']} {target}".rstrip()


def _condition(rule: Row) -> str:
    words = ["not" if rule.get("invert") else "", rule["type"], rule.get("key"), rule["compare_type"], rule["value"]]
    return " ".join(str(word) for word in words if word)


def _fields(*names: str) -> list[tuple[str, str]]:
    return [("fields", name) for name in names]


def _node(kind: str, row: Row, detail: str, children: tuple[Node, ...] = (), *, remark: str = "") -> Node:
    statuses = row.get("provisioning_status") or "", row.get("operating_status") or ""
    return Node(kind, row.get("name") or "", detail, *statuses, row["id"], children, remark)


def _listener(listener: Row, details: Mapping[str, str], drawn: set[str]) -> Node:
    policies = tuple(_policy(each, details) for each in listener["l7policies"])
    pools = tuple(_pool(each, details, drawn) for each in listener["pools"])
    return _node("listener", listener, details.get(listener["id"], ""), policies + pools)


def _policy(policy: Row, details: Mapping[str, str]) -> Node:
    rules = tuple(_node("rule", rule, details.get(rule["id"], rule["type"])) for rule in policy["rules"])
    return _node("policy", policy, details.get(policy["id"], policy["action"]), rules)


def _pool(pool: Row, details: Mapping[str, str], drawn: set[str]) -> Node:
    if pool["id"] in drawn:
        return _node("pool", pool, "(as above)")
    drawn.add(pool["id"])
    return _node("pool", pool, details.get(pool["id"], ""), tuple(_parts_of_pool(pool)))


def _parts_of_pool(pool: Row) -> Iterator[Node]:
    for member in pool["members"]:
        yield _node("member", member, address_of(member))
    monitor: dict[str, Any] = pool["healthmonitor"]
    if monitor:
        yield _node("health monitor", monitor, monitor["type"])


def address_of(member: Row) -> str:
    """Where a member listens, as one writes it into a URL."""
    address = member["address"]
    return f"[{address}]:{member['protocol_port']}" if ":" in address else f"{address}:{member['protocol_port']}"
