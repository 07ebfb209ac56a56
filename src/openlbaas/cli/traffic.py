"""What a load balancer has carried, whole or part by part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openlbaas.cli import output
from openlbaas.cli.actions import CommandError, Setting, print_rows
from openlbaas.cli.balancer_tree import address_of
from openlbaas.client.lbaas import LOAD_BALANCERS, Listing, Row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openlbaas.cli.grammar.model import Command
    from openlbaas.cli.parsing import Arguments

_COUNTED = (
    "bytes_in",
    "bytes_out",
    "active_connections",
    "total_connections",
)
_DETAILS = (("details", "true"),)
_OF_PARTS = (*_COUNTED, "requests", "responses_2xx", "responses_4xx", "responses_5xx")


def stats(setting: Setting, command: Command, arguments: Arguments) -> int:
    """Print the traffic counters of a load balancer, all of them with -D, or with --by those of each of its parts."""
    identity = setting.client.find(LOAD_BALANCERS, arguments.target)
    if "by" in arguments.given:
        return _print_parts(setting, command, arguments, identity)
    details = command.style == "modern" and arguments.options.show_details
    counted = setting.client.get(f"/lbaas/loadbalancers/{identity}/stats", _DETAILS if details else ())["stats"]
    whole = {name: value for name, value in counted.items() if not isinstance(value, list)}
    output.emit_object(whole, setting.out, arguments.options)
    return 0


def _print_parts(setting: Setting, command: Command, arguments: Arguments, identity: str) -> int:
    kind = arguments.given["by"]
    if arguments.options.formatter == "shell":
        message = "--format shell prints one object; with --by there is one for each row."
        raise CommandError(message)
    path = f"/lbaas/loadbalancers/{identity}"
    counted = setting.client.get(f"{path}/stats", _DETAILS)["stats"]
    balancer = setting.client.get(f"{path}/statuses")["statuses"]["loadbalancer"]
    rows = list(_rows(counted, kind, balancer))
    columns = ("id", "name", *(["address"] if kind == "member" else []), *_OF_PARTS)
    print_rows(setting, command, arguments, Listing(rows, frozenset()), columns)
    return 0


def _rows(counted: Row, kind: str, balancer: Row) -> Iterator[Row]:
    """A row for each part there is, then for those that are gone; what was never seen at work has counted nothing."""
    nothing = {name: 0 for name, value in counted.items() if isinstance(value, int)}
    numbers = {row["id"]: row for row in counted.get(f"{kind}s", [])}
    for part in _parts(balancer, kind):
        yield _named(part, kind) | nothing | numbers.pop(part["id"], {})
    for row in numbers.values():
        yield _named(row, kind) | nothing | row


def _parts(balancer: Row, kind: str) -> Iterator[Row]:
    if kind == "member":
        for pool in balancer["pools"]:
            yield from pool["members"]
    else:
        yield from balancer[f"{kind}s"]


def _named(part: Row, kind: str) -> Row:
    row = {"id": part["id"], "name": part.get("name") or ""}
    return row | ({"address": address_of(part) if "address" in part else ""} if kind == "member" else {})
