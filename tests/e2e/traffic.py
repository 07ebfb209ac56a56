"""A client that keeps asking a VIP, each time on a new connection, and remembers what did not come back right."""

import ctypes
import http.client
import threading
from pathlib import Path
from typing import Self

CLONE_NEWNET = 0x40000000
PAUSE_S = 0.01


class Traffic:
    """Asks in a thread of the client's namespace from the start of a context to its end."""

    def __init__(self, namespace: str, vip: str) -> None:
        """Name the namespace as `ip netns` does."""
        self._namespace = Path("/run/netns", namespace)
        self._vip = vip
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.asked = 0
        self.failed: list[str] = []

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self._ending.set()
        self._thread.join()

    def _run(self) -> None:
        with self._namespace.open("rb") as namespace:
            if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), CLONE_NEWNET):
                self.failed.append("setns")
                return
        while not self._ending.wait(PAUSE_S):
            self.asked += 1
            connection = http.client.HTTPConnection(self._vip, timeout=3)
            try:
                connection.request("GET", "/")
                status = connection.getresponse().status
                if status != http.HTTPStatus.OK:
                    self.failed.append(str(status))
            except OSError as error:
                self.failed.append(repr(error))
            finally:
                connection.close()
