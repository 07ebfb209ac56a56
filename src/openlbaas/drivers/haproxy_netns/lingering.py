"""Replaced processes that still hold connections of clients, and how they are reached.

A replaced process answers once more on each idle connection before it closes it, so no client meets a closed door. It
would choose among the members it knew, and takes no orders about them any more. So when a member is retired, those that
carry nothing are ended: that closes their idle connections, as their time-out would. Whether one carries anything only
it knows, and its socket has another owner by then: a connection that was opened before still leads to it, and brings
what the process has still to count. It also keeps its process alive, so it is given up as soon as no client is left;
clients that stay are cut off by HAProxy itself, after hard-stop-after.
"""

import os
import signal
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from openlbaas.drivers.haproxy_netns import control
from openlbaas.drivers.haproxy_netns.counting import Counting, named
from openlbaas.haproxy.answers import connections, requests
from openlbaas.haproxy.counting import COMMAND

_LONGEST_ANSWER_S = 2.0
_LONGEST_SILENCE_S = 86400
"""How long a line may carry nothing: when it is asked next is for the agent to choose."""
_PIECE = 1 << 16
_PROMPT = b"\n> "


class Line:
    """A connection to a process that stays open from command to command.

    Raises: every call raises OSError when the process does not answer.
    """

    def __init__(self, path: Path) -> None:
        """Connect to the process that owns the socket now."""
        self._talk = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        try:
            self._talk.settimeout(_LONGEST_ANSWER_S)
            control.connect(self._talk, path)
            self.ask("prompt")
            self.ask(f"set timeout cli {_LONGEST_SILENCE_S}")
        except OSError:
            self.close()
            raise

    def ask(self, command: str) -> str:
        """Ask, and wait for the whole answer."""
        self._talk.sendall(command.encode() + b"\n")
        answer = b""
        while not answer.endswith(_PROMPT):
            piece = self._talk.recv(_PIECE)
            if not piece:
                raise ConnectionResetError("the process hung up")
            answer += piece
        return answer.removesuffix(_PROMPT).decode(errors="replace")

    def close(self) -> None:
        """Let the process go."""
        self._talk.close()


@dataclass(slots=True)
class _Held:
    line: Line
    process: int
    name: str
    condemned: bool = False


class Lingering:
    """The replaced processes of every load balancer of this host."""

    def __init__(self, counting: Counting) -> None:
        """Begin with none; take who notes what they have counted."""
        self._counting = counting
        self._guard = threading.Lock()
        self._held: dict[str, list[_Held]] = {}

    def hold(self, load_balancer_id: str, line: Line, process: int) -> None:
        """Keep a line to a process that was just replaced, if any client is left to it."""
        with self._guard:
            held = _Held(line, process, named(process) or "")
            self._held.setdefault(load_balancer_id, []).append(held)
        self.tidy(load_balancer_id)

    def condemn(self, load_balancer_id: str) -> None:
        """End the processes that carry nothing, now, and the others as soon as they carry nothing."""
        with self._guard:
            for held in self._held.get(load_balancer_id, ()):
                held.condemned = True
        self.tidy(load_balancer_id)

    def tidy(self, load_balancer_id: str) -> frozenset[str]:
        """Let the processes go that have no clients any more, and name the others."""
        if load_balancer_id not in self._held:
            return frozenset()
        with self._guard:
            kept = [held for held in self._held.pop(load_balancer_id, ()) if self._keeps(load_balancer_id, held)]
            if kept:
                self._held[load_balancer_id] = kept
            return frozenset(held.name for held in kept)

    def _keeps(self, load_balancer_id: str, held: _Held) -> bool:
        """Tell whether a line is still of use, and close it if not.

        Order: what was counted is asked for when it is known that no client is left, so it is all.
        """
        with suppress(OSError):
            idle = held.condemned and not requests(held.line.ask("show sess"))
            left = connections(held.line.ask("show info"))
            self._counting.note(load_balancer_id, held.name, held.line.ask(COMMAND))
            if idle:
                # It answered this moment on a line that it alone can be at the end of: the number is still its own.
                os.kill(held.process, signal.SIGTERM)
            elif left:
                return True
        held.line.close()
        return False

    def forget(self, load_balancer_id: str) -> None:
        """Let every process go."""
        with self._guard:
            for held in self._held.pop(load_balancer_id, ()):
                held.line.close()
