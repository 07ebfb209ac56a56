"""The cables of a host: pulled when it dies, cut and healed while it lives.

A cable that is cut is so at the far end, by a switch that takes nothing from its port and gives nothing to it: the host
sees no link go down and gets no error, its packets and the others' are just gone. That is the harder case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from openlbaas.cli.lab.wiring import ip, links, run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openlbaas.cli.lab.names import Names
    from openlbaas.cli.lab.state import State

BRIDGES = {"control": "control", "tenant": "wire"}
"""Where the cables of a host end: plane, and the namespace with the bridge of the same name."""

_FORWARDING, _DISABLED = 3, 0
"""States of a bridge's port, by the kernel's linux/if_bridge.h."""


def pull(lab: Names, host: str) -> None:
    """Take a host off every network at once."""
    for bridge in _ends(lab, host):
        ip([f"link set {host} down"], lab.namespace(bridge))


def remove(lab: Names, state: State, host: str) -> None:
    """Remove all that leads to a host, by the far ends: whoever makes the host again must find none.

    Order: before the host's namespace goes, as what goes with a namespace does so later
    """
    for bridge in _ends(lab, host):
        ip([f"link del {host}"], lab.namespace(bridge))
    for station in () if state.several else state.stations:
        if "eth0" in links(lab, station.name):
            ip(["link del eth0"], lab.namespace(station.name))


def set_cut(lab: Names, host: str, cut: Sequence[str]) -> None:
    """Cut these planes of a host and heal the others; of a host that is dead there is nothing to cut."""
    for plane, bridge in BRIDGES.items():
        if bridge in _ends(lab, host):
            state = _DISABLED if plane in cut else _FORWARDING
            # Not by ip(8), which says that it has done so and has not.
            run(["bridge", "-netns", lab.namespace(bridge), "link", "set", "dev", host, "state", str(state)])


def _ends(lab: Names, host: str) -> list[str]:
    return [bridge for bridge in BRIDGES.values() if host in links(lab, bridge)]
