"""Statistics on the LBaaS v2 wire: the four numbers of the original, and everything where it is asked for."""

from collections.abc import Mapping
from typing import Any

from openlbaas.domain.statistics import COUNTERS, Numbers, Statistics

_ORIGINAL = ("bytes_in", "bytes_out", "active_connections", "total_connections")


def render(found: Statistics, *, details: bool) -> dict[str, Any]:
    """Show what a load balancer has carried; details adds all counters, and each listener's, pool's and member's."""
    named = _named(found.whole)
    if not details:
        return {"stats": {name: named[name] for name in _ORIGINAL}}
    counted = found.counted
    return {
        "stats": {
            **named,
            "listeners": _listed(counted.listeners),
            "pools": _listed(counted.pools),
            "members": _listed(counted.members),
        }
    }


def _listed(numbers: Mapping[str, Numbers]) -> list[dict[str, Any]]:
    return [{"id": id_, **_named(each)} for id_, each in sorted(numbers.items())]


def _named(numbers: Numbers) -> dict[str, Any]:
    return dict(zip(COUNTERS, numbers, strict=True))
