"""Where the tunnels of the other hosts end, as a server told it last: also without servers, and after a reboot."""

import ipaddress
from collections.abc import Iterable
from pathlib import Path

import msgspec

from openlbaas.drivers.haproxy_netns import records


class Peers:
    """The other hosts.

    Order: one thread learns, any thread reads.
    """

    def __init__(self, file: Path, own: str) -> None:
        """Take the file that outlives this process, and the address of this host."""
        self._file = file
        self._own = own
        self._told = self._read()

    @property
    def addresses(self) -> frozenset[str]:
        """Name the ends of the others that can be reached from this one."""
        if not self._own:
            return frozenset()
        version = ipaddress.ip_address(self._own).version
        return frozenset(a for a in self._told - {self._own} if ipaddress.ip_address(a).version == version)

    def learn(self, addresses: Iterable[str]) -> None:
        """Replace what is known.

        Raises: OSError when it can't be written; it is known nevertheless.
        """
        told = frozenset(address for address in addresses if _readable(address))
        if told == self._told:
            return
        self._told = told
        self._file.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        records.write(self._file, msgspec.json.encode(sorted(told)))

    def _read(self) -> frozenset[str]:
        try:
            told = msgspec.json.decode(self._file.read_bytes(), type=list[str])
        except (FileNotFoundError, msgspec.MsgspecError):
            return frozenset()
        return frozenset(address for address in told if _readable(address))


def _readable(address: str) -> bool:
    try:
        ipaddress.ip_address(address)
    except ValueError:
        return False
    return True
