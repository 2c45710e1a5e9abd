"""Logs: one JSON object a line on standard error, without personal data."""

from __future__ import annotations

import logging
import sys

import structlog

_SHARED: tuple[structlog.typing.Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)
_LAST: tuple[structlog.typing.Processor, ...] = (
    structlog.processors.format_exc_info,
    structlog.processors.JSONRenderer(),
)


class _Lines(structlog.WriteLogger):
    """Writes lines to standard error, in the name of a module."""

    def __init__(self, name: str) -> None:
        super().__init__(sys.stderr)
        self.name = name


def configure_logs(level: str = "INFO") -> None:
    """Write our own and the libraries' logs as JSON lines."""
    # Our own lines do not go by way of `logging`, which takes twice as long; and one that is not wanted takes nothing.
    structlog.configure(
        processors=[*_SHARED, *_LAST],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_Lines,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_SHARED,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_LAST],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # pycasbin logs subject and object of every denial; that is the journal's business, not the log's.
    logging.getLogger("casbin").setLevel(logging.CRITICAL)
    # httpcore would write down the headers of identity providers' answers, cookies and all.
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)


def logger(name: str) -> structlog.typing.FilteringBoundLogger:
    """A logger for a module."""
    found: structlog.typing.FilteringBoundLogger = structlog.get_logger(name)
    return found
