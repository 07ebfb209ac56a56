"""Logs: one set-up for every process."""

import logging
import sys
from logging.handlers import WatchedFileHandler

import structlog

from openlbaas.settings.values import Log, Settings

_LOG = logging.getLogger("openlbaas.settings")

_SHARED: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def configure(program: str, settings: Settings) -> None:
    """Send the logs of this process where its options say.

    Options that nobody reads are named once. A log file that can't be written ends the process with one line.

    Loggers come from :func:`structlog.get_logger` or from the standard library; both end in the same place.
    """
    log = settings.log
    handler = _handler(program, log)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*_SHARED, structlog.stdlib.ExtraAdder()],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_rendering(log)],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.DEBUG if log.debug else logging.INFO)
    # pyroute2 and asyncio log their own working; nobody who looks for ours wants it.
    for noisy in ("pyroute2", "asyncio", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(program=program)
    if settings.unread:
        _LOG.warning("these options of the configuration files are not used here: %s", ", ".join(settings.unread))


def _handler(program: str, log: Log) -> logging.Handler:
    if not log.file:
        return logging.StreamHandler(sys.stderr)
    try:
        # Opens the file again after somebody has moved it away, as logrotate does.
        return WatchedFileHandler(log.file)
    except OSError as error:
        sys.stderr.write(f"{program}: log_file {log.file} can't be written: {error.strerror}\n")
        sys.exit(1)


def _rendering(log: Log) -> list[structlog.typing.Processor]:
    if log.format == "json":
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    return [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)]
