"""The agent process: one per host, as root, in the network and mount namespace that is the host."""

import fcntl
import os
import signal
import sys
import threading
from pathlib import Path

import structlog

from openlbaas.agent.running import Agent
from openlbaas.drivers.haproxy_netns.driver import HaproxyNetns
from openlbaas.settings import Settings, load
from openlbaas.telemetry import configure

_LOG = structlog.get_logger()


class CannotStart(Exception):
    """Something that a person must put right; the text says what in one line."""


def main() -> None:
    """Run the agent until it is told to end."""
    settings = load(sys.argv[1:], "openlbaas-agent")
    configure("openlbaas-agent", settings)
    try:
        run(settings)
    except CannotStart as error:
        sys.stderr.write(f"openlbaas-agent: {error}\n")
        sys.exit(1)


def run(settings: Settings) -> None:
    """Keep this host as its servers want it, until a signal.

    Raises: CannotStart.
    """
    ending = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ending.set())
    alone = lock(settings.agent.state_path)
    try:
        driver = HaproxyNetns(settings.agent.state_path, settings.haproxy)
        agent = Agent(settings.agent, settings.host_protocol, driver)
    except ValueError as error:
        raise CannotStart(str(error)) from error
    agent.start()
    ending.wait()
    _LOG.info("ending; what runs on this host runs on")
    agent.stop()
    os.close(alone)


def lock(state_path: str) -> int:
    """Be the only agent of this state path, for as long as the process lives, and name the descriptor that says so.

    Raises: CannotStart.
    """
    path = Path(state_path) / "agent.lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise CannotStart(f"[agent] state_path {state_path} can't be used: {error.strerror}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        other = os.pread(descriptor, 32, 0).decode(errors="replace").strip()
        os.close(descriptor)
        who = f" (process {other})" if other else ""
        raise CannotStart(
            f"another agent{who} already runs on {state_path}; each agent needs its own state_path"
        ) from error
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor


if __name__ == "__main__":
    main()
