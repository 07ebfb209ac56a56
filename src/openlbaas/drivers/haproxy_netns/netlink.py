"""Route netlink, spoken on a socket of our own so that nothing is forked and the socket stays in its namespace."""

import errno
import fcntl
import functools
import os
import socket
import struct
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import Any, Self, TypeVar

from pyroute2.netlink.rtnl.ifaddrmsg import ifaddrmsg
from pyroute2.netlink.rtnl.ifinfmsg import ifinfmsg
from pyroute2.netlink.rtnl.ndmsg import ndmsg
from pyroute2.netlink.rtnl.rtmsg import rtmsg

NEW_LINK, DELETE_LINK, GET_LINK = 16, 17, 18
NEW_ADDRESS, DELETE_ADDRESS, GET_ADDRESS = 20, 21, 22
NEW_ROUTE, DELETE_ROUTE, GET_ROUTE = 24, 25, 26
NEW_NEIGHBOUR, DELETE_NEIGHBOUR, GET_NEIGHBOUR = 28, 29, 30
CREATE = 0x400
APPEND = 0x800
EXCLUSIVE = 0x200

_REQUEST, _ACKNOWLEDGE, _DUMP = 1, 4, 0x300
_ERROR, _DONE = 2, 3
_HEADER = struct.Struct("=IHHII")
_SEQUENCE, _SEQUENCE_AT = struct.Struct("=I"), 8
_CODE = struct.Struct("=i")
_INTERFACE_HEAD, _ATTRIBUTE = struct.Struct("=4xiI"), struct.Struct("=HH")
_KINDS: dict[int, Any] = {
    **dict.fromkeys((NEW_LINK, DELETE_LINK, GET_LINK), ifinfmsg),
    **dict.fromkeys((NEW_ADDRESS, DELETE_ADDRESS, GET_ADDRESS), ifaddrmsg),
    **dict.fromkeys((NEW_ROUTE, DELETE_ROUTE, GET_ROUTE), rtmsg),
    GET_NEIGHBOUR: ndmsg,
}
_KIND_ITSELF = 0x3FFF
_SOL_NETLINK, _STRICT = 270, 12
_GET_INDEX = 0x8933
_INTERFACE = struct.Struct("=16si20x")
_LONGEST_WAIT_S = 10.0
_LARGEST_ANSWER = 1 << 18
_REMEMBERED = 1 << 13

Attributes = list[tuple[str, Any]]
Narrowed = tuple[tuple[str, str | int], ...]
Read = TypeVar("Read")


class Netlink:
    """A conversation with the kernel about one network namespace: that of the thread that opens it.

    Order: one thread at a time.
    """

    def __init__(self) -> None:
        """Open the socket.

        Raises: OSError.
        """
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.NETLINK_ROUTE)
        self._socket.settimeout(_LONGEST_WAIT_S)
        self._socket.setsockopt(_SOL_NETLINK, _STRICT, 1)
        self._socket.bind((0, 0))
        self._sequence = 0

    def __enter__(self) -> Self:
        """Use until the end of the context."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close."""
        self.close()

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def change(self, kind: int, how: int, attributes: Attributes, good: tuple[int, ...] = (), **head: int) -> None:
        """Ask for one change and wait until it is made.

        Shape:  good are the errors that mean that nothing had to be done
        Raises: OSError.
        """
        sequence = self._send(_encoded(kind, how | _ACKNOWLEDGE, attributes, head))
        for _ in self._answers(sequence, good):
            pass

    def raw(
        self, kind: int, how: int, head: bytes, attributes: Mapping[int, bytes], good: tuple[int, ...] = ()
    ) -> None:
        """Ask for one change in the kernel's own words, as it told them, and wait until it is made.

        Shape:  good as above
        Raises: OSError.
        """
        body = head + b"".join(_attribute(number, value) for number, value in attributes.items())
        length = _HEADER.size + len(body)
        sequence = self._send(_HEADER.pack(length, kind, how | _REQUEST | _ACKNOWLEDGE, 0, 0) + body)
        for _ in self._answers(sequence, good):
            pass

    def one(self, kind: int, read: Callable[[bytes], Read], attributes: Narrowed, **head: int) -> Read | None:
        """Ask for one thing; None when it is not there.

        Shape:  read makes of a message what is wanted; the same thing, unchanged, comes in the same bytes
        Raises: OSError.
        """
        sequence = self._send(_question(kind, _ACKNOWLEDGE, attributes, tuple(head.items())))
        found = [read(part) for part in self._answers(sequence, (errno.ENODEV,))]
        return found[0] if found else None

    def all(self, kind: int, read: Callable[[bytes], Read], attributes: Narrowed = (), **head: int) -> list[Read]:
        """Ask for all things of a kind; attributes and head narrow them down, which saves the kernel and us the rest.

        Shape:  read as above
        Raises: OSError.
        """
        sequence = self._send(_question(kind, _DUMP, attributes, tuple(head.items())))
        # A table of routes is there from its first route on.
        return [read(part) for part in self._answers(sequence, (errno.ENOENT,))]

    def index(self, name: str) -> int:
        """Number an interface; a whole answer about it would take ten times as long to read.

        Raises: OSError when there is none.
        """
        answer = fcntl.ioctl(self._socket, _GET_INDEX, _INTERFACE.pack(name.encode(), 0))
        return int(_INTERFACE.unpack(answer)[1])

    def _send(self, encoded: bytes) -> int:
        self._sequence += 1
        message = bytearray(encoded)
        _SEQUENCE.pack_into(message, _SEQUENCE_AT, self._sequence)
        self._socket.send(message)
        return self._sequence

    def _answers(self, sequence: int, good: tuple[int, ...]) -> Iterator[bytes]:
        """Name each message, without what differs from one conversation to the next."""
        while True:
            content = self._socket.recv(_LARGEST_ANSWER)
            offset = 0
            while offset + _HEADER.size <= len(content):
                length, kind, how, replied, _ = _HEADER.unpack_from(content, offset)
                part = content[offset : offset + length]
                offset += (length + 3) & ~3
                if replied != sequence:
                    continue
                if kind in (_ERROR, _DONE):
                    _check(-_CODE.unpack_from(part, _HEADER.size)[0], good)
                    return
                yield _HEADER.pack(length, kind, how, 0, 0) + part[_HEADER.size :]


def decoded(message: bytes) -> Any:
    """Take a message apart; that costs a hundred times as much as to get it."""
    found = _KINDS[_HEADER.unpack_from(message)[1]](message)
    found.decode()
    return found


def interface(message: bytes) -> tuple[int, int, dict[int, bytes]]:
    """Take a message about an interface apart as far as anybody needs: its number, its flags and its attributes.

    Shape:  by the number of each attribute, which itself is not taken apart: most of them are figures, which differ
            from one message to the next, so that to remember what was decoded would be of no use
    Source: rtnetlink(7), "RTM_GETLINK"; netlink(7).
    """
    head, found = parts(message, _INTERFACE_HEAD.size + _CODE.size)
    number, flags = _INTERFACE_HEAD.unpack_from(head)
    return number, flags, found


def parts(message: bytes, head_size: int) -> tuple[bytes, dict[int, bytes]]:
    """Take any message apart: its head, and its attributes by their numbers, as they are."""
    begin = _HEADER.size + head_size
    return message[_HEADER.size : begin], attributes(message[begin:])


def attributes(content: bytes) -> dict[int, bytes]:
    """Take attributes apart, as far as the next level."""
    found, offset = {}, 0
    while offset + _ATTRIBUTE.size <= len(content):
        length, kind = _ATTRIBUTE.unpack_from(content, offset)
        found[kind & _KIND_ITSELF] = content[offset + _ATTRIBUTE.size : offset + length]
        offset += (length + 3) & ~3
    return found


def _attribute(number: int, value: bytes) -> bytes:
    return _ATTRIBUTE.pack(_ATTRIBUTE.size + len(value), number) + value + b"\0" * (-len(value) % 4)


def _encoded(kind: int, how: int, attributes: Attributes, head: dict[str, int]) -> bytes:
    message = _KINDS[kind]()
    message["header"]["type"] = kind
    message["header"]["flags"] = how | _REQUEST
    for field, value in head.items():
        message[field] = value
    message["attrs"] = attributes
    message.encode()
    return bytes(message.data)


@functools.lru_cache(_REMEMBERED)
def _question(kind: int, how: int, attributes: Narrowed, head: tuple[tuple[str, int], ...]) -> bytes:
    return _encoded(kind, how, list(attributes), dict(head))


def _check(number: int, good: tuple[int, ...]) -> None:
    if number and number not in good:
        raise OSError(number, os.strerror(number))
