"""What a host claims and what it gave up, in files: the one thing that the agent and the keeper share.

They are in a folder of root's own, so that no HAProxy can give up what is another's. The agent writes what it holds,
the keeper what was given up; neither waits for the other. Nothing here needs more than the standard library.
"""

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

_YIELDED = ".yielded"
_UNFINISHED = ".new"
_APART = ("keeper.", "agent.")


@dataclass(frozen=True, slots=True)
class Holding:
    """A load balancer that this host serves, or is about to.

    Shape: serving False while everything is ready and nothing answers; tap is the host's end of the interface link,
        which is in the namespace; seat as in a frame; process is the file that names the HAProxy whose end must be
        noted in the file track, both empty where nothing must.
    """

    load_balancer_id: str
    claim: int
    serving: bool
    network_id: str
    bridge: str
    tap: str
    namespace: str
    link: str
    mac_address: str
    addresses: tuple[str, ...]
    seat: int = 0
    process: str = ""
    track: str = ""


@dataclass(frozen=True, slots=True)
class Yielded:
    """To whom a load balancer was given up.

    Shape: claim and host are those that were heard, the host as frames name it.
    """

    claim: int
    host: str


class Holdings:
    """The files of one host."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; it is made when it is first needed."""
        self.folder = folder

    def files(self, load_balancer_id: str) -> tuple[Path, Path]:
        """Name the file of what is held, and that of what was given up."""
        return self.folder / load_balancer_id, self.folder / f"{load_balancer_id}{_YIELDED}"

    def read(self, load_balancer_id: str) -> Holding | None:
        """Read what is held of a load balancer; None when nothing is."""
        found = _read(self.folder / load_balancer_id)
        if found is None:
            return None
        with suppress(TypeError, KeyError):
            return Holding(**{**found, "addresses": tuple(found["addresses"])})
        return None

    def yielded(self, load_balancer_id: str) -> Yielded | None:
        """Read to whom a load balancer was given up last; None when it never was."""
        found = _read(self.folder / f"{load_balancer_id}{_YIELDED}")
        if found is None:
            return None
        with suppress(TypeError):
            return Yielded(**found)
        return None

    def every(self) -> frozenset[str]:
        """Name the load balancers of which something is held."""
        try:
            there = os.listdir(self.folder)  # noqa: PTH208 - names are cheaper than paths
        except FileNotFoundError:
            return frozenset()
        marks = (_YIELDED, _UNFINISHED)
        return frozenset(name for name in there if not name.endswith(marks) and not name.startswith(_APART))

    def hold(self, holding: Holding) -> None:
        """Hold a load balancer.

        Raises: OSError.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(self.folder / holding.load_balancer_id, asdict(holding))

    def give_up(self, load_balancer_id: str, to: Yielded) -> None:
        """Remember to whom a load balancer was given up.

        Raises: OSError.
        """
        _write(self.folder / f"{load_balancer_id}{_YIELDED}", asdict(to))

    def forget(self, load_balancer_id: str) -> None:
        """Hold nothing of a load balancer, and remember nothing.

        Raises: OSError.
        """
        for name in (load_balancer_id, f"{load_balancer_id}{_YIELDED}"):
            with suppress(FileNotFoundError):
                (self.folder / name).unlink()


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _write(path: Path, content: dict[str, object]) -> None:
    new = path.with_name(f"{path.name}{_UNFINISHED}")
    new.write_text(json.dumps(content))
    new.rename(path)
