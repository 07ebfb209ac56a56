"""Hosts and moves, as they can be typed."""

from __future__ import annotations

from openlbaas.cli.grammar.model import Option, Resource
from openlbaas.client import lbaas

HOST = Resource(
    lbaas.HOSTS,
    neutron="lbaas-host",
    modern="agent",
    reported="host",
    title="host",
    article="a",
    label="HOST",
    columns=("host", "availability_zone", "state", "load_balancers", "leaving", "capacity", "heard_at"),
    verbs=("list",),
    by_name=False,
    paged=False,
)

WHICH = Option("host", "HOST", "HOST", "Name of the host, or the id of its agent.")
DESTINATION = Option("host", "--host", "--host", "Name of the host to move it to; any other than its own by default.")
FORCE = Option(
    "force",
    "--force",
    "--force",
    "Take it for dead although it is heard of.",
    kind="constant",
    value=True,
)
DRY_RUN = Option(
    "dry_run",
    "--dry-run",
    "--dry-run",
    "Only print what would be moved.",
    kind="constant",
    value=True,
)
