"""The server process: everything it is made of, put together here and nowhere else."""

import logging
import os
import signal
import socket
import sys
import threading
import time
import uuid
from pathlib import Path
from random import SystemRandom
from types import FrameType
from typing import NoReturn

import uvicorn
from sqlalchemy.exc import SQLAlchemyError

from openlbaas.domain.quota import LIMITED
from openlbaas.identity.interface import Identify
from openlbaas.identity.noauth import NoAuth
from openlbaas.identity.tokens import Tokens, TokensUnreadable
from openlbaas.network.builtin import Builtin
from openlbaas.operations.services import Provider, Services
from openlbaas.operations.upkeep import LONGEST_REST_S, Upkeep, prune
from openlbaas.secrets.local import Local
from openlbaas.server.asgi import application
from openlbaas.server.lookout import look_out
from openlbaas.server.quick import quick
from openlbaas.server.sockets import NotAddressed, address, inherited, only_this_machine, opened
from openlbaas.server.watch import Watch
from openlbaas.settings import Settings, load
from openlbaas.settings.values import Database
from openlbaas.store import Store, schema
from openlbaas.store.engine import Pool
from openlbaas.store.positions import Positions
from openlbaas.telemetry import configure

PRUNE_EVERY_S = 3600.0
_KEEP_ALIVE_S = 75
_LAST_REPLIES_S = 10
_LOG = logging.getLogger("openlbaas.server")


class CannotStart(Exception):
    """Something that a person must put right; the text says what in one line."""


class Server(uvicorn.Server):
    """The HTTP server, which lets the long-polls go before it waits for open requests."""

    def __init__(self, config: uvicorn.Config, watch: Watch) -> None:
        """Take who is waiting."""
        super().__init__(config)
        self.watch = watch

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop taking connections, answer what is open, end."""
        self.watch.close()
        await super().shutdown(sockets)


def main() -> None:
    """Run the server until it is told to end."""
    # While it serves, the HTTP server takes both signals, ends in its own time and then raises them again.
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, _ended)
    settings = load(sys.argv[1:], "openlbaas-server")
    configure("openlbaas-server", settings)
    try:
        run(settings)
    except (CannotStart, NotAddressed, TokensUnreadable) as error:
        sys.stderr.write(f"openlbaas-server: {error}\n")
        sys.exit(1)


def _ended(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)


def run(settings: Settings) -> None:
    """Serve.

    Raises: CannotStart; NotAddressed; TokensUnreadable.
    """
    check_schema(settings.database.connection)
    sockets = inherited(os.environ) or [opened(settings.api.bind_host, settings.api.bind_port)]
    identify = identity(settings, sockets)
    watch = Watch()
    services = composed(settings, watch)
    ending = threading.Event()
    keeper = threading.Thread(target=keep, args=(services, ending), name="upkeep", daemon=True)
    keeper.start()
    positions = Positions(settings.database.connection)
    lookout = threading.Thread(
        target=look_out, args=(positions.moved, watch.changed, watch.everybody, ending), name="lookout", daemon=True
    )
    lookout.start()
    serving = application(services, settings, identify, watch)
    config = uvicorn.Config(
        serving,
        http=quick(settings.host_protocol.token, serving.hosts.heartbeats.answer),
        loop="uvloop",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_LAST_REPLIES_S,
    )
    # Its start and end are told below, in words of our own.
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    for listening in sockets:
        _LOG.info("listening on %s", address(listening))
    try:
        Server(config, watch).run(sockets=sockets)
    finally:
        ending.set()
        keeper.join(timeout=_LAST_REPLIES_S)
        lookout.join(timeout=_LAST_REPLIES_S)
        _LOG.info("ended")


def check_schema(connection: str) -> None:
    """Refuse a database that this release can't work with.

    Raises: CannotStart, saying what to run, or why the database can't be asked.
    """
    try:
        found, needed = schema.current(connection), schema.head()
    except (SQLAlchemyError, ModuleNotFoundError) as error:
        raise CannotStart(
            f"the database of [database] connection can't be used: {' '.join(str(error).split())}"
        ) from error
    if found != needed:
        has = f"has schema {found}" if found else "is empty"
        raise CannotStart(
            f"the database {has} but this release needs {needed}: run `openlbaas db upgrade` with the same "
            "configuration files"
        )


def identity(settings: Settings, sockets: list[socket.socket]) -> Identify:
    """Choose how callers are told apart.

    Raises: CannotStart when everybody could be an administrator from elsewhere; TokensUnreadable.
    """
    if settings.identity.driver == "tokens":
        return Tokens(Path(settings.identity.tokens_file))
    if not all(only_this_machine(listening) for listening in sockets):
        raise CannotStart(
            "[identity] driver = noauth makes every caller an administrator, so it may only listen on a loopback "
            "address: set bind_host to 127.0.0.1 or driver to tokens"
        )
    return NoAuth(settings.identity.noauth_project_id)


def pool(database: Database) -> Pool:
    """Say how many connections to the database there are."""
    return Pool(
        size=database.max_pool_size,
        overflow=database.max_overflow,
        recycle_s=database.connection_recycle_time,
        wait_s=database.pool_timeout,
    )


def composed(settings: Settings, watch: Watch) -> Services:
    """Put together what operations need."""
    return Services(
        store=Store(settings.database.connection, pool(settings.database)),
        network=Builtin(
            base_mac=settings.network.base_mac,
            default_mtu=settings.network.default_mtu,
            network_type=settings.network.tenant_network_type,
            vni_ranges=settings.network.vni_ranges,
            overhead=settings.network.overhead,
        ),
        secrets=Local(Path(settings.certificates.key_file)),
        clock=time.time,
        steady=time.monotonic,
        new_id=lambda: str(uuid.uuid4()),
        random=SystemRandom(),
        changed=watch.changed,
        providers=tuple(Provider(one.name, one.driver, one.default) for one in settings.providers),
        patience_s=settings.api.patience_s,
        agent_down_time_s=settings.scheduling.agent_down_time_s,
        refuse_while_pending=settings.api.refuse_while_pending,
        enable_new_agents=settings.scheduling.enable_new_agents,
        failover=settings.scheduling.allow_automatic_lbaas_agent_failover,
        failback=settings.scheduling.failback,
        brake_timeout_s=settings.scheduling.brake_timeout_s,
        scheduler=settings.scheduling.loadbalancer_scheduler_driver,
        host_secret=settings.host_protocol.token,
        quotas={kind: getattr(settings.quotas, kind.value) for kind in LIMITED},
    )


def keep(services: Services, ending: threading.Event) -> None:
    """Do the upkeep whenever something may be due until told to end; what goes wrong is logged and tried again."""
    upkeep = Upkeep(services)
    prune_at, rest_s = 0.0, LONGEST_REST_S
    while not ending.wait(rest_s):
        rest_s = LONGEST_REST_S
        try:
            rest_s = upkeep.run()
            if time.monotonic() >= prune_at:
                prune(services)
                prune_at = time.monotonic() + PRUNE_EVERY_S
        except Exception:  # noqa: BLE001 - a loop of the process: the next second may do better
            _LOG.exception("upkeep failed")


if __name__ == "__main__":
    main()
