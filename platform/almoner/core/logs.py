"""Logs: one JSON object a line on standard error, without personal data."""

from __future__ import annotations

import json
import logging
import sys
from contextvars import ContextVar

import structlog

#: The id of the request that is being answered, which every line that is written meanwhile names.
#: structlog's own context would take longer for each request than checking its token does.
REQUEST_ID: ContextVar[str | None] = ContextVar("request_id", default=None)


def _name_request(_logger: object, _method: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
    request_id = REQUEST_ID.get()
    if request_id is not None:
        line["request_id"] = request_id
    return line


def _rendered(line: structlog.typing.EventDict, **_options: object) -> str:
    return _encode(line)


#: Kept, for `json.dumps` would make another one for each line.
_encode = json.JSONEncoder(default=repr).encode
_SHARED: tuple[structlog.typing.Processor, ...] = (
    _name_request,
    structlog.processors.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)
_LAST: tuple[structlog.typing.Processor, ...] = (
    structlog.processors.format_exc_info,
    structlog.processors.JSONRenderer(_rendered),
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
    # httpcore would write down the headers of identity providers' answers, cookies and all; uvicorn those of who opens
    # a WebSocket, token and all, and from where they come and what they ask.
    for name in ("httpx", "httpcore", "uvicorn"):
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def logger(name: str) -> structlog.typing.FilteringBoundLogger:
    """A logger for a module."""
    found: structlog.typing.FilteringBoundLogger = structlog.get_logger(name)
    return found
