"""What of the bridges on this host is of our making: one file each, written before anything is made.

A crash leaves a mark too many at worst.
"""

import os
from contextlib import suppress
from pathlib import Path

import msgspec

from openlbaas.drivers.haproxy_netns import names, records


class Mark(msgspec.Struct, frozen=True, omit_defaults=True):
    """What we did to a bridge.

    Shape: made says that the bridge is ours; uplinks are the interfaces that we put on it, and that must get everything
    back that the bridge has, or go if they are tunnels.
    """

    made: bool = True
    uplinks: tuple[str, ...] = ()


class Marks:
    """The folder of the marks."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; it is made when it is first needed."""
        self._folder = folder

    def has(self, bridge: str) -> bool:
        """Tell whether anything of a bridge is ours."""
        return os.path.exists(f"{self._folder}/{bridge}")  # noqa: PTH110 - a thousand times

    def read(self, bridge: str) -> Mark | None:
        """Read the mark of a bridge; those of earlier releases are empty."""
        try:
            return msgspec.json.decode((self._folder / bridge).read_bytes() or b"{}", type=Mark)
        except FileNotFoundError:
            return None
        except msgspec.MsgspecError:
            return Mark()

    def write(self, bridge: str, mark: Mark) -> None:
        """Replace the mark of a bridge.

        Raises: OSError.
        """
        self._folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        records.write(self._folder / bridge, msgspec.json.encode(mark))

    def remove(self, bridge: str) -> None:
        """Have no mark of a bridge.

        Raises: OSError.
        """
        with suppress(FileNotFoundError):
            (self._folder / bridge).unlink()

    def all(self) -> list[str]:
        """Name every bridge that has a mark."""
        try:
            return sorted(path.name for path in self._folder.iterdir() if not path.name.endswith(".new"))
        except FileNotFoundError:
            return []

    def tunnels(self) -> list[str]:
        """Name the tunnels of our making."""
        marks = [mark for bridge in self.all() if (mark := self.read(bridge)) is not None]
        return [name for mark in marks for name in mark.uplinks if name.startswith(names.TUNNEL_PREFIX)]
