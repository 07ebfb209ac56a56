"""The agent's side of claims: what is held is written down, and a keeper runs that speaks and hears for this host."""

import hashlib
import io
import json
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import structlog

import openlbaas
from openlbaas.drivers.haproxy_netns import keeper_files
from openlbaas.drivers.haproxy_netns.claim_frames import Seal
from openlbaas.drivers.haproxy_netns.holdings import Holding, Holdings, Yielded
from openlbaas.drivers.haproxy_netns.processes import follow

_ASK_S = _ANSWER_S = 5.0
_PAUSE_S = 0.5
_LONGEST_END_S = 5.0
_LARGEST = 512
_SOURCES = Path(openlbaas.__file__).parent
_MATTERS = (
    "desired/fencing.py",
    *(
        f"drivers/haproxy_netns/{name}.py"
        for name in (
            "announce",
            "claim_frames",
            "claims",
            "deaths",
            "wellness",
            "holdings",
            "interface_flags",
            "keeper",
            "keeper_files",
        )
    ),
)
# Without the site's packages and without the environment: a third of the memory.
_RUN = "import sys; sys.path.insert(0, sys.argv[1]); from openlbaas.drivers.haproxy_netns.keeper import main; main()"
_LOG = structlog.get_logger()


class Keeping:
    """What this host claims, and its keeper.

    Order: nothing is kept before the start; files are written all the same, and the next keeper reads them.
    """

    def __init__(self, folder: Path, namespaces: Path, host: str, token: str) -> None:
        """Take the folder of the holdings, that of the names of namespaces, and who this host is."""
        self._holdings = Holdings(folder)
        self._folder = folder
        key = Seal.of(token).key.hex()
        self._orders = {"folder": str(folder), "namespaces": str(namespaces), "key": key, "host": host}
        self._orders["mark"] = _mark(self._orders)
        self._given_up: Callable[[str], None] = lambda _: None
        self._answered = threading.Event()
        self._wanted = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None

    def start(self, given_up: Callable[[str], None], *, soon: bool) -> None:
        """Have a keeper; call with the id of each load balancer that it gave up, from any thread.

        Order:  soon where other hosts may be heard at all, for they must hear of a load balancer before this one
                answers; else from the first one on that has a claim

        Raises: OSError.
        """
        self._given_up = given_up
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._ear = keeper_files.listen(self._folder / keeper_files.AGENT_EAR)
        if soon or self._holdings.every():
            self._wanted.set()
        threading.Thread(target=self._listen, name="claims", daemon=True).start()
        threading.Thread(target=self._run, name="keeper", daemon=True).start()

    def held(self, load_balancer_id: str) -> Holding | None:
        """Read what is held of a load balancer."""
        return self._holdings.read(load_balancer_id)

    def yielded(self, load_balancer_id: str) -> Yielded | None:
        """Read to whom a load balancer was given up last."""
        return self._holdings.yielded(load_balancer_id)

    def files(self, load_balancer_id: str) -> tuple[Path, Path]:
        """Name the files that say what is held of a load balancer, and to whom it was given up."""
        return self._holdings.files(load_balancer_id)

    def hold(self, holding: Holding) -> None:
        """Hold a load balancer.

        Raises: OSError.
        """
        self._holdings.hold(holding)
        self._wanted.set()
        self._look(holding.load_balancer_id)

    def forget(self, load_balancer_id: str) -> None:
        """Hold a load balancer no more.

        Raises: OSError.
        """
        self._holdings.forget(load_balancer_id)
        self._look(load_balancer_id)

    def _look(self, load_balancer_id: str) -> None:
        with suppress(OSError):
            keeper_files.hint(self._folder / keeper_files.EAR, f"look {load_balancer_id}")

    def _listen(self) -> None:
        while True:
            try:
                self._hear(self._ear.recv(_LARGEST).decode(errors="replace").split())
            except Exception:  # noqa: BLE001 - logged, and the process goes on
                _LOG.exception("a hint of the keeper could not be heard; the next ones are")

    def _hear(self, words: list[str]) -> None:
        match words:
            case ["pong"]:
                self._answered.set()
            case ["yielded", load_balancer_id, own, claim, host]:
                _LOG.warning(
                    "given up: another host serves it with a better claim",
                    load_balancer=load_balancer_id,
                    own_claim=int(own),
                    claim=int(claim),
                    by=host,
                )
                self._given_up(load_balancer_id)
            case ["fell", load_balancer_id]:
                _LOG.warning("HAProxy ended, and the other host serves", load_balancer=load_balancer_id)
                self._given_up(load_balancer_id)

    def _run(self) -> None:
        """Have a keeper, for ever."""
        self._wanted.wait()
        pause = threading.Event()
        while True:
            try:
                self._stay_with(self._found() or self._started_anew())
            except Exception:  # noqa: BLE001 - logged, and the process goes on
                _LOG.exception("no keeper runs; it is tried again")
            pause.wait(_PAUSE_S)

    def _found(self) -> int | None:
        """Name the keeper that runs, if it is of this release and has this host's settings; end another."""
        found = keeper_files.keeper(self._folder)
        if found is None:
            return None
        process, mark = found
        if mark == self._orders["mark"]:
            return process
        _end(process, signal.SIGTERM)
        return None

    def _started_anew(self) -> int:
        words = [sys.executable, "-I", "-S", "-c", _RUN, str(_SOURCES.parent), str(self._folder)]
        made = subprocess.Popen(words, stdin=subprocess.PIPE, start_new_session=True, cwd="/")
        self._child = made
        with suppress(BrokenPipeError), made.stdin or io.BytesIO() as to:
            to.write(json.dumps(self._orders | {"agent": os.getpid()}).encode() + b"\n")
        _LOG.info("a keeper of claims is started", process=made.pid)
        return made.pid

    def _stay_with(self, process: int) -> None:
        """Follow a keeper until it ends, or no longer answers and is ended."""
        descriptor = follow(process)
        if descriptor is None:
            return
        try:
            ending = select.poll()
            ending.register(descriptor, select.POLLIN)
            self._say(f"agent {os.getpid()}")
            while not ending.poll(_ASK_S * 1000):
                self._answered.clear()
                self._say(f"agent {os.getpid()}")
                if not self._answered.wait(_ANSWER_S) and not ending.poll(0):
                    _LOG.error("the keeper does not answer and is started anew", process=process)
                    _end(process, signal.SIGKILL)
            _LOG.error("the keeper ended and is started anew", process=process)
        finally:
            os.close(descriptor)
            if self._child is not None and self._child.pid == process:
                self._child.wait()

    def _say(self, words: str) -> None:
        with suppress(OSError):
            keeper_files.hint(self._folder / keeper_files.EAR, words)


def _end(process: int, how: signal.Signals) -> None:
    """End a keeper and wait until it has."""
    descriptor = follow(process)
    if descriptor is None:
        return
    try:
        for number in (how, signal.SIGKILL):
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(descriptor, number)
            ending = select.poll()
            ending.register(descriptor, select.POLLIN)
            if ending.poll(_LONGEST_END_S * 1000):
                return
    finally:
        os.close(descriptor)


def _mark(orders: dict[str, str]) -> str:
    """Name the settings and the code of a keeper: one that was started with others must go."""
    found = hashlib.sha256(json.dumps(orders, sort_keys=True).encode())
    for name in _MATTERS:
        found.update((_SOURCES / name).read_bytes())
    return found.hexdigest()[:32]
