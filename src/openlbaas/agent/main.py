"""The agent process: one per host, as root, in the network and mount namespace that is the host."""

import os
import signal
import sys
import threading

import structlog

from openlbaas.agent.alone import CannotStart, lock
from openlbaas.agent.running import Agent
from openlbaas.drivers.haproxy_netns import limits
from openlbaas.drivers.haproxy_netns.driver import HaproxyNetns
from openlbaas.settings import Settings, load
from openlbaas.telemetry import configure

_LOG = structlog.get_logger()


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
    limits.allow_neighbours()
    if settings.haproxy.merge_memory:
        limits.merge_memory()
    try:
        driver = HaproxyNetns(
            settings.haproxy,
            secret=settings.host_protocol.token,
            wiring=settings.wiring,
            keepalived=settings.keepalived,
            host=settings.agent.host,
        )
        agent = Agent(settings.agent, settings.host_protocol, driver)
    except (ValueError, OSError) as error:
        raise CannotStart(str(error)) from error
    agent.start()
    ending.wait()
    _LOG.info("ending; what runs on this host runs on")
    agent.stop()
    os.close(alone)


if __name__ == "__main__":
    main()
