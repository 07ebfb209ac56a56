"""Sockets in the namespaces of others, by way of one thread: each in the right one, and none kept alive."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from netns_host import alone, host, ip, until

from openlbaas.drivers.haproxy_netns.namespaces import Namespaces
from openlbaas.drivers.haproxy_netns.netlink import Netlink

COUNT = 6


def fail() -> None:
    raise LookupError("on purpose")


def names(number: int) -> tuple[str, str, str]:
    """Name a namespace, the interface in it and the other end of that."""
    return f"space{number}", f"in{number}", f"out{number}"


@alone
def test_sockets_are_opened_where_they_belong_and_nothing_stays_alive_for_them(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        namespaces = Namespaces()
        for number in range(COUNT):
            space, inside, outside = names(number)
            ip("netns", "add", space)
            ip("link", "add", outside, "type", "veth", "peer", "name", inside, "netns", space)

        def see(turn: int) -> int:
            space, inside, _ = names(turn % COUNT)
            with namespaces.opened(space, Netlink) as talk:
                return talk.index(inside)

        with ThreadPoolExecutor(8) as threads:
            assert all(threads.map(see, range(200)))
        with Netlink() as here:
            assert here.index(names(0)[2])
        with pytest.raises(LookupError):
            namespaces.opened(names(0)[0], fail)
        with pytest.raises(FileNotFoundError):
            namespaces.opened("nowhere", Netlink)
        assert see(0)
        for number in range(COUNT):
            ip("netns", "delete", names(number)[0])
        until(lambda: made.interfaces() == {"lo"}, "all of them to be gone")
