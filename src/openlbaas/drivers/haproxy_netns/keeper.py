"""The keeper: a process of its own that speaks and hears claims for this host, whatever becomes of the agent.

The agent starts it, and it outlives the agent: killed or stopped, the agent can't hear that another host took over, and
HAProxy would answer beside it. It can do three things to a load balancer, and each of them again and again: switch its
interface off, tell the neighbours who has its address, and tell keepalived that HAProxy ended. Nothing but the standard
library is used, for size.
"""

import ctypes
import functools
import json
import os
import select
import socket
import struct
import sys
import time
from contextlib import suppress
from pathlib import Path

from openlbaas.drivers.haproxy_netns import announce, keeper_files
from openlbaas.drivers.haproxy_netns.claim_frames import ETHERTYPE, MAGIC, MAGIC_AT, Entry, Seal, frames, heard
from openlbaas.drivers.haproxy_netns.claims import Act, Claims, Insist, Yield
from openlbaas.drivers.haproxy_netns.deaths import Deaths
from openlbaas.drivers.haproxy_netns.holdings import Holding, Holdings
from openlbaas.drivers.haproxy_netns.interface_flags import switch_off
from openlbaas.drivers.haproxy_netns.namespaces import Namespaces

INTERVAL_S = 1.0
_AT_A_TIME = 64
_MANY_BAD, _REST_S = 32, 0.02
_SWEEP_S = 30.0
_LARGEST = 2048
_REMEMBERED = 256
_ROOM = 1 << 20
_ATTACH_FILTER = 26
_LINKS = 1
_LOAD, _EQUAL, _ANSWER, _WHOLE = 0x20, 0x15, 0x06, 0x40000
_INSTRUCTION = struct.Struct("=HBBI")


class Keeper:
    """One host's keeper."""

    def __init__(self, folder: Path, namespaces: Path, seal: Seal, host: str) -> None:
        """Take the folder of the holdings and that of the names of namespaces.

        Raises: OSError.
        """
        self._holdings = Holdings(folder)
        self._namespaces = Namespaces(namespaces)
        self._seal = seal
        self._claims = Claims(seal, host)
        # Hosts say the same again and again.
        self._understood = functools.lru_cache(_REMEMBERED)(functools.partial(heard, seal))
        self._wire = _wire()
        self._news = _news()
        self._ear = keeper_files.listen(folder / keeper_files.EAR)
        self._folder = folder
        self._born = folder.stat().st_ino
        self._agent: int | None = None
        self._agent_is: int | None = None
        self._poll = select.epoll()
        self._poll.register(self._wire, select.EPOLLIN)
        self._poll.register(self._ear, select.EPOLLIN)
        self._poll.register(self._news, select.EPOLLIN)
        self._deaths = Deaths(self._poll)
        self._turn_at = self._sweep_at = 0.0
        self.bad = 0

    def run(self) -> None:
        """Keep until nobody needs it: nothing is held and no agent runs, or its folder is gone."""
        self._sweep()
        while self._needed():
            now = time.monotonic()
            if now >= self._turn_at:
                self._turn_at = now + INTERVAL_S
                self._say(now, turn=True)
                self._mourn()
            for descriptor, _ in self._poll.poll(max(0.0, self._turn_at - time.monotonic())):
                self._attend(descriptor)
            self._say(time.monotonic(), turn=False)

    def _needed(self) -> bool:
        now = time.monotonic()
        if now >= self._sweep_at:
            self._sweep_at = now + _SWEEP_S
            self._sweep()
        with suppress(FileNotFoundError):
            return self._folder.stat().st_ino == self._born and (len(self._claims) > 0 or self._agent is not None)
        return False

    def _attend(self, descriptor: int) -> None:
        if descriptor == self._wire.fileno():
            self._hear()
        elif descriptor == self._ear.fileno():
            self._listen()
        elif descriptor == self._news.fileno():
            self._notice()
        elif descriptor == self._agent:
            self._leave_agent()
            self._mourn()
        else:
            self._deaths.ended(descriptor)
            self._mourn()

    def _mourn(self) -> None:
        for load_balancer_id in self._deaths.due(time.monotonic(), agent=self._agent is not None):
            self._tell(f"fell {load_balancer_id}")

    def _notice(self) -> None:
        """Say everything when an interface changes: it may be an uplink that is back."""
        with suppress(OSError):
            while self._news.recv(_LARGEST, socket.MSG_DONTWAIT):
                pass
        self._claims.greet()

    def _listen(self) -> None:
        """Take in what the agent says: hints about files, and who it is."""
        word, _, name = self._ear.recv(_LARGEST).decode(errors="replace").partition(" ")
        match word:
            case "look":
                self._look(name)
            case "agent":
                self.follow(int(name))
                self._tell("pong")

    def follow(self, agent: int) -> None:
        """Know which process is the agent, and so when it ends."""
        if agent == self._agent_is:
            return
        self._leave_agent()
        with suppress(ProcessLookupError):
            self._agent = os.pidfd_open(agent)
            self._poll.register(self._agent, select.EPOLLIN)
            self._agent_is = agent

    def _leave_agent(self) -> None:
        if self._agent is not None:
            self._poll.unregister(self._agent)
            os.close(self._agent)
            self._agent = self._agent_is = None

    def _sweep(self) -> None:
        """Read every file: a hint may have been lost, and all were before the start."""
        for load_balancer_id in self._claims.held() | self._holdings.every():
            self._look(load_balancer_id)

    def _look(self, load_balancer_id: str) -> None:
        holding = self._holdings.read(load_balancer_id)
        self._deaths.put(holding, load_balancer_id)
        if holding is None:
            self._claims.drop(load_balancer_id)
        else:
            self._claims.put(holding, self._holdings.yielded(load_balancer_id))

    def _hear(self) -> None:
        """Take in what came, a little at a time: whoever floods a network gets no more than a part of a core."""
        bad = 0
        for _ in range(_AT_A_TIME):
            try:
                frame, (bridge, *_) = self._wire.recvfrom(_LARGEST, socket.MSG_DONTWAIT)
            except BlockingIOError:
                break
            network = self._claims.network(bridge)
            said = None if network is None else self._understood(network, frame)
            if said is None:
                bad += network is not None
                continue
            for act in self._claims.hear(bridge, said, time.monotonic()):
                self._do(act)
        self.bad += bad
        if bad >= _MANY_BAD:
            time.sleep(_REST_S)

    def _do(self, act: Act) -> None:
        with suppress(OSError):
            match act:
                case Yield(holding, to):
                    was_on = switch_off(holding.tap)
                    if was_on or self._holdings.yielded(holding.load_balancer_id) != to:
                        self._holdings.give_up(holding.load_balancer_id, to)
                        self._tell(f"yielded {holding.load_balancer_id} {holding.claim} {to.claim} {to.host}")
                case Insist(holding):
                    self._announce(holding)

    def _announce(self, holding: Holding) -> None:
        self._namespaces.inside(
            holding.namespace, lambda: announce.announce(holding.link, holding.mac_address, holding.addresses, 1)
        )

    def _say(self, now: float, *, turn: bool) -> None:
        for bridge, entries in self._claims.say(now, turn=turn):
            self._send(bridge, entries)

    def _send(self, bridge: str, entries: tuple[Entry, ...]) -> None:
        network = self._claims.network(bridge) or b""
        with suppress(OSError):
            for frame in frames(self._seal, network, self._claims.host, entries):
                self._wire.sendto(frame, (bridge, 0))

    def _tell(self, words: str) -> None:
        """Give the agent a hint, if there is one that listens."""
        with suppress(OSError):
            keeper_files.hint(self._folder / keeper_files.AGENT_EAR, words)


def _wire() -> socket.socket:
    """Open one socket for every network; frames that can't be meant are dropped in the kernel.

    Source: packet(7); the filter loads four bytes and compares them.
    """
    program = b"".join(
        _INSTRUCTION.pack(*words)
        for words in (
            (_LOAD, 0, 0, MAGIC_AT),
            (_EQUAL, 0, 1, int.from_bytes(MAGIC, "big")),
            (_ANSWER, 0, 0, _WHOLE),
            (_ANSWER, 0, 0, 0),
        )
    )
    held = ctypes.create_string_buffer(program)
    made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.htons(ETHERTYPE))
    described = struct.pack("HL", len(program) // _INSTRUCTION.size, ctypes.addressof(held))
    made.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, described)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _ROOM)
    return made


def _news() -> socket.socket:
    """Hear of the interfaces of this host."""
    made = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.NETLINK_ROUTE)
    made.bind((0, _LINKS))
    return made


def main() -> None:
    """Keep; what to keep comes as one line of JSON on the standard input, for the secret is nobody else's."""
    words = json.loads(sys.stdin.readline())
    folder = Path(words["folder"])
    lock = keeper_files.lock(folder, words["mark"])
    if lock is None:
        return
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("-900")
        os.setpriority(os.PRIO_PROCESS, 0, -10)
    keeper = Keeper(folder, Path(words["namespaces"]), Seal(bytes.fromhex(words["key"])), words["host"])
    keeper.follow(words["agent"])
    keeper.run()
