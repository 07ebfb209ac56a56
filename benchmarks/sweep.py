"""Asks many VIPs from the client's place until each has answered once."""

import selectors
import socket
import threading
import time
from typing import Self

from openlbaas.cli.lab import wiring
from openlbaas.cli.lab.names import Names

EVERY_S = 0.5
_REQUEST = b"GET / HTTP/1.0\r\n\r\n"


class Sweep:
    """Each VIP twice a second on a new connection, the ones before given up.

    Shape: answered is the instant of the first right answer of each VIP since the sweep was begun.
    """

    def __init__(self, lab: Names, vips: list[str]) -> None:
        """Take whom to ask."""
        self._lab, self._vips = lab, vips
        self._begun, self._ending = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.answered: dict[str, float] = {}

    def __enter__(self) -> Self:
        """Get ready."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self._ending.set()
        self._begun.set()
        self._thread.join()

    def begin(self) -> None:
        """Begin to ask."""
        self._begun.set()

    def _run(self) -> None:
        wiring.enter(self._lab.namespace_path("client"))
        self._begun.wait()
        while not self._ending.is_set() and len(self.answered) < len(self._vips):
            self._round([vip for vip in self._vips if vip not in self.answered])

    def _round(self, vips: list[str]) -> None:
        ends = time.monotonic() + EVERY_S
        with selectors.DefaultSelector() as waiting:
            for vip in vips:
                connection = socket.socket()
                connection.setblocking(False)  # noqa: FBT003
                connection.connect_ex((vip, 80))
                waiting.register(connection, selectors.EVENT_WRITE, vip)
            while (left_s := ends - time.monotonic()) > 0 and not self._ending.is_set():
                for key, events in waiting.select(left_s):
                    self._go_on(waiting, key, events)
            for key in list(waiting.get_map().values()):
                key.fileobj.close()  # type: ignore[union-attr]

    def _go_on(self, waiting: selectors.BaseSelector, key: selectors.SelectorKey, events: int) -> None:
        connection = key.fileobj
        assert isinstance(connection, socket.socket)
        try:
            if events & selectors.EVENT_WRITE:
                connection.sendall(_REQUEST)
                waiting.modify(connection, selectors.EVENT_READ, key.data)
                return
            if b" 200 " in connection.recv(4096).partition(b"\r\n")[0]:
                self.answered[key.data] = time.monotonic()
        except OSError:
            pass  # Nobody answers yet.
        waiting.unregister(connection)
        connection.close()
