"""Where the tunnels of this host lead: to the other hosts that servers know, whatever load balancers are there."""

import threading
from typing import Any

import structlog

from openlbaas.dialects.host_v1 import NO_TUNNELS_KNOWN, TUNNEL_ADDRESS
from openlbaas.dialects.host_v1 import Tunnels as Told
from openlbaas.domain.errors import HostFault
from openlbaas.drivers.interface import InstanceDriver

_SOON_S = 1.0
_LOG = structlog.get_logger()


class Tunnels:
    """Takes what servers say, and repairs what somebody broke.

    Order: one thread takes, one repairs; silence of the servers changes nothing.
    """

    def __init__(self, driver: InstanceDriver[Any, Any], heal_interval_s: float) -> None:
        """Take whose tunnels they are; a host that has none asks for nothing."""
        self._driver = driver
        self._heal_interval_s = heal_interval_s
        self._has_any = bool(driver.configurations.get(TUNNEL_ADDRESS))
        self._version = NO_TUNNELS_KNOWN
        self._ending = threading.Event()
        self._failed = False

    @property
    def version(self) -> str | None:
        """Name the version that was taken last; None when this host has no tunnels."""
        return self._version if self._has_any else None

    def take(self, told: Told) -> None:
        """Lead tunnels to the hosts that a server names."""
        if not self._has_any:
            return
        self._version = told.version
        _LOG.info("tunnels lead to other hosts", addresses=len(told.addresses))
        self._reach(told.addresses)

    def run(self) -> None:
        """Repair until closed, also what leads elsewhere without tunnels."""
        while not self._ending.wait(_SOON_S if self._failed else self._heal_interval_s):
            try:
                self._reach(None)
            except Exception:  # noqa: BLE001 - logged, and the process goes on
                _LOG.exception("what leads to other hosts could not be repaired")

    def close(self) -> None:
        """End."""
        self._ending.set()

    def _reach(self, addresses: tuple[str, ...] | None) -> None:
        try:
            self._driver.reach(addresses)
        except HostFault as fault:
            if not self._failed:
                _LOG.warning("what leads to other hosts is not as it should be; it is tried again", reason=str(fault))
            self._failed = True
        else:
            self._failed = False
