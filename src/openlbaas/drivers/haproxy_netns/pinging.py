"""Pinging members: one thread for all load balancers of a host, one socket for each of them and IP version.

Whatever the number of members, there is no process and no thread for a check. What is found out is told to HAProxy,
which keeps it: an agent that ends leaves every member as it was seen last, and the next agent begins with that.
"""

import heapq
import itertools
import os
import secrets
import select
import socket
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import structlog

from openlbaas.domain.vocabulary import MemberHealth
from openlbaas.drivers.haproxy_netns import names, ping_packets, ping_sockets
from openlbaas.drivers.haproxy_netns.namespaces import Namespaces
from openlbaas.drivers.haproxy_netns.ping_judgement import Judgement
from openlbaas.drivers.haproxy_netns.ping_orders import Orders
from openlbaas.drivers.haproxy_netns.ping_targets import Target

_GRAIN_S = 0.05
"""The shortest time between two rounds: a thread that wakes for each request and each answer would do little else."""

_NO_ROOM_S = 0.1
_GOLDEN = 0.618033988749895
_LOG = structlog.get_logger()

Targets = Mapping[tuple[str, str], Target]


@dataclass(slots=True)
class _Asked:
    """One address that is pinged; due is when the thread will look at it next."""

    load_balancer_id: str
    target: Target
    judgement: Judgement
    due: float

    def health(self) -> dict[tuple[str, str], MemberHealth]:
        """Say how each server is; nothing before the first judgement."""
        is_ = self.judgement.health
        return {} if is_ is None else {(self.target.backend, server.id): is_ for server in self.target.servers}


@dataclass(slots=True)
class _Place:
    """What is pinged for one load balancer, from which namespace and through which sockets."""

    inode: int | None = None
    sockets: dict[int, socket.socket] = field(default_factory=dict)
    keys: dict[tuple[str, str], int] = field(default_factory=dict)


class Pinging:
    """Pings what it is told to, until it is told otherwise.

    Order: follow and leave are called by one thread at a time for the same load balancer.
    """

    def __init__(self, namespaces: Namespaces, orders: Orders) -> None:
        """Take where the namespaces are and who tells HAProxy; nothing runs until something is to be pinged."""
        self._namespaces = namespaces
        self._orders = orders
        self._guard = threading.Lock()
        self._token = secrets.token_bytes(ping_packets.TOKEN_BYTES)
        self._keys = itertools.count(1)
        self._places: dict[str, _Place] = {}
        self._asked: dict[int, _Asked] = {}
        self._turns: list[tuple[float, int]] = []
        self._heard: dict[int, tuple[_Place, int]] = {}
        self._epoll = select.epoll()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._epoll.register(self._wake, select.EPOLLIN)
        self._thread: threading.Thread | None = None

    def follows(self, load_balancer_id: str) -> bool:
        """Tell whether anything is pinged for a load balancer."""
        return load_balancer_id in self._places

    def follow(self, load_balancer_id: str, wanted: Targets, known: Mapping[str, MemberHealth]) -> None:
        """Ping these addresses for a load balancer and no others, and tell its HAProxy what is known of them.

        Shape:  known is how servers are, by name, as far as anyone knows; only for addresses not pinged so far
        Raises: OSError when that can't be done now; :meth:`renew` tries again.
        """
        if not wanted:
            self.leave(load_balancer_id)
            return
        with self._guard:
            place = self._places.setdefault(load_balancer_id, _Place())
            for gone in place.keys.keys() - wanted.keys():
                del self._asked[place.keys.pop(gone)]
            self._turns = [(due, key) for due, key in self._turns if key in self._asked]
            heapq.heapify(self._turns)
            begins = not wanted.keys() <= place.keys.keys()
            for where, target in wanted.items():
                self._have(load_balancer_id, place, where, target, known)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="ping", daemon=True)
                self._thread.start()
        self.renew(load_balancer_id, news=begins)

    def leave(self, load_balancer_id: str) -> None:
        """Ping nothing for a load balancer; its namespace is free to go."""
        with self._guard:
            place = self._places.pop(load_balancer_id, None)
            if place is not None:
                for key in place.keys.values():
                    del self._asked[key]
                place.keys.clear()
                for version in tuple(place.sockets):
                    self._hang_up(place, version)
        self._orders.forget(load_balancer_id)

    def renew(self, load_balancer_id: str, *, news: bool = False) -> None:
        """Have sockets in the namespace as it is now, and tell HAProxy everything again, whatever it was told before.

        Raises: OSError.
        """
        place = self._places.get(load_balancer_id)
        if place is None:
            return
        namespace = names.namespace(load_balancer_id)
        inode = self._namespaces.inode(namespace)
        with self._guard:
            versions = {self._asked[key].target.version for key in place.keys.values()}
            missing = versions if inode != place.inode else versions - place.sockets.keys()
        if missing:
            made = self._namespaces.inside(namespace, lambda: {v: ping_sockets.opened(v) for v in missing})
            self._install(load_balancer_id, place, inode, made)
        with self._guard:
            told = {pair: is_ for key in place.keys.values() for pair, is_ in self._asked[key].health().items()}
        self._orders.give(load_balancer_id, told, news=news)
        os.eventfd_write(self._wake, 1)

    def health(self, load_balancer_id: str) -> Mapping[str, MemberHealth | None]:
        """Say how the pinged servers are, by name; None before the first judgement."""
        return {
            server.id: asked.judgement.health for asked in self._of(load_balancer_id) for server in asked.target.servers
        }

    def down(self, load_balancer_id: str) -> tuple[Target, ...]:
        """Name what is known to be down."""
        return tuple(x.target for x in self._of(load_balancer_id) if x.judgement.health == MemberHealth.DOWN)

    def _of(self, load_balancer_id: str) -> list[_Asked]:
        with self._guard:
            place = self._places.get(load_balancer_id)
            return [] if place is None else [self._asked[key] for key in place.keys.values()]

    def _have(
        self,
        load_balancer_id: str,
        place: _Place,
        where: tuple[str, str],
        target: Target,
        known: Mapping[str, MemberHealth],
    ) -> None:
        """Ping an address, from now on if it is new."""
        key = place.keys.get(where)
        if key is None:
            key = place.keys[where] = next(self._keys)
            health = next((known[server.id] for server in target.servers if server.id in known), None)
            now = time.monotonic()
            # All at once the first time, then spread, each in its own place of the delay.
            judgement = Judgement(target.asking, health, now, target.asking.delay_s * (key * _GOLDEN % 1.0))
            self._asked[key] = _Asked(load_balancer_id, target, judgement, now)
            heapq.heappush(self._turns, (now, key))
            return
        asked = self._asked[key]
        if asked.target.asking != target.asking:
            asked.judgement.alter(target.asking)
            self._queue(key, asked)
        asked.target = target

    def _queue(self, key: int, asked: _Asked) -> None:
        """Look at an address again when it is time; an older entry for it counts no more."""
        asked.due = asked.judgement.next_turn()
        heapq.heappush(self._turns, (asked.due, key))

    def _install(
        self, load_balancer_id: str, place: _Place, inode: int | None, made: Mapping[int, socket.socket]
    ) -> None:
        with self._guard:
            wanted = self._places.get(load_balancer_id) is place
            if wanted and inode != place.inode:
                for version in tuple(place.sockets):
                    self._hang_up(place, version)
                place.inode = inode
            for version, opened in made.items():
                if not wanted:
                    opened.close()
                    continue
                self._hang_up(place, version)
                place.sockets[version] = opened
                self._heard[opened.fileno()] = (place, version)
                self._epoll.register(opened, select.EPOLLIN)

    def _hang_up(self, place: _Place, version: int) -> None:
        opened = place.sockets.pop(version, None)
        if opened is not None:
            del self._heard[opened.fileno()]
            self._epoll.unregister(opened)
            opened.close()

    def _run(self) -> None:
        while True:
            try:
                self._round(*self._wait())
            except Exception:  # noqa: BLE001 - logged, and the process goes on
                _LOG.exception("pinging failed; it goes on")
            time.sleep(_GRAIN_S)

    def _wait(self) -> tuple[float, list[int]]:
        """Wait until something has come or is due; name an instant and the sockets on which something came since.

        Order: the instant is before the look at the sockets, so that who judges as of it has heard what came before:
        a thread that was held up takes no answer for missing.
        """
        while True:
            now = time.monotonic()
            with self._guard:
                left_s = max(self._turns[0][0] - now, 0.0) if self._turns else None
            events = self._epoll.poll(left_s)
            if events or left_s == 0.0:
                return now, [descriptor for descriptor, _ in events]

    def _round(self, now: float, descriptors: Iterable[int]) -> None:
        """Hear what has come, judge and send what is due, and have HAProxy told."""
        with self._guard:
            news = [asked for descriptor in descriptors for asked in self._hear(descriptor)]
            news += self._take_turns(now)
            told = [(asked.load_balancer_id, asked.health()) for asked in news]
        for load_balancer_id, health in told:
            self._orders.give(load_balancer_id, health, news=True)

    def _hear(self, descriptor: int) -> list[_Asked]:
        """Take the answers from a socket and name the addresses whose health changes."""
        if descriptor == self._wake:
            os.eventfd_read(self._wake)
            return []
        place, version = self._heard.get(descriptor, (None, 0))
        news = []
        for packet, sender in ping_sockets.received(place.sockets[version]) if place is not None else ():
            echo = ping_packets.reply(version, packet)
            asked = self._asked.get(echo.key) if echo is not None and echo.token == self._token else None
            if echo is None or asked is None or asked.target.address != sender:
                continue
            if asked.judgement.answered(echo.number):
                news.append(asked)
        return news

    def _take_turns(self, now: float) -> list[_Asked]:
        """Judge and send what is due, and name the addresses whose health changes."""
        news = []
        while self._turns and self._turns[0][0] <= now:
            due, key = heapq.heappop(self._turns)
            asked = self._asked.get(key)
            if asked is None or asked.due != due:
                continue
            if asked.judgement.expire(now):
                news.append(asked)
            if asked.judgement.is_due(now):
                self._send(key, asked, now)
            self._queue(key, asked)
        return news

    def _send(self, key: int, asked: _Asked, now: float) -> None:
        target, judgement = asked.target, asked.judgement
        through = self._places[asked.load_balancer_id].sockets.get(target.version)
        packet = ping_packets.request(target.version, ping_packets.Echo(self._token, key, judgement.number + 1))
        if through is not None and ping_sockets.sent(through, packet, target.address):
            judgement.send(now)
        else:
            judgement.postpone(now + _NO_ROOM_S)
