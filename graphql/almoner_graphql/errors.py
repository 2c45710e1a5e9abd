"""What an error looks like to a client: a message, and a code from a closed list in `extensions.code`.

Nothing that a client did not send or may not know leaves through here. What nobody expected becomes `INTERNAL` with a
reference; the log has the reference, the kind of exception and where it was raised, but never its message, for messages
quote values.
"""

from __future__ import annotations

import re
import secrets
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any

import asyncpg
from graphql import GraphQLError, GraphQLSyntaxError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from almoner.core.errors import AlmonerError, Invalid, Problem, Unavailable
from almoner.core.logs import logger

_log = logger(__name__)

_SUGGESTION = re.compile(r" Did you mean .*$", re.DOTALL)
_TOO_MANY_TOKENS = "Syntax Error: Document contains more than"

# PostgreSQL's class 22 codes for text that it cannot hold, and what asyncpg says of a text that is no UTF-8.
_NOT_STORABLE = frozenset({"22021", "22P05"})
_BAD_ARGUMENT = "22000"
# Connection lost or refused, server starting or stopping, too many connections, serialization failure, deadlock.
_TRY_AGAIN = frozenset({"40001", "40P01", "53300", "57P01", "57P02", "57P03"})


class ErrorCode(StrEnum):
    """Every value of `extensions.code`."""

    BAD_REQUEST = "BAD_REQUEST"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    NOT_ACCEPTABLE = "NOT_ACCEPTABLE"
    UNSUPPORTED_MEDIA_TYPE = "UNSUPPORTED_MEDIA_TYPE"
    BODY_TOO_LARGE = "BODY_TOO_LARGE"
    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    BAD_VARIABLES = "BAD_VARIABLES"
    UNKNOWN_DOCUMENT = "UNKNOWN_DOCUMENT"
    REGISTERED_DOCUMENTS_ONLY = "REGISTERED_DOCUMENTS_ONLY"
    RATE_LIMITED = "RATE_LIMITED"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    TENANT_NOT_FOUND = "TENANT_NOT_FOUND"
    TENANT_DIFFERS = "TENANT_DIFFERS"
    DENIED = "DENIED"
    STEP_UP_REQUIRED = "STEP_UP_REQUIRED"
    POLICY_VERSION_NOT_REACHED = "POLICY_VERSION_NOT_REACHED"
    NOT_FOUND = "NOT_FOUND"
    INVALID = "INVALID"
    CONFLICT = "CONFLICT"
    UNAVAILABLE = "UNAVAILABLE"
    INTERNAL = "INTERNAL"


def refusal(code: ErrorCode, message: str) -> GraphQLError:
    """An error of our own."""
    return GraphQLError(message, extensions={"code": code.value})


def code_of(error: GraphQLError) -> ErrorCode | None:
    """The code of an error that has been presented."""
    code = (error.extensions or {}).get("code")
    return ErrorCode(code) if code in set(ErrorCode) else None


def present(error: GraphQLError, *, executing: bool, suggestions: bool) -> GraphQLError:
    """The error as the client gets it. Errors that have a code already stay as they are.

    Args:
        executing: validation is over, so what has no path is about variables.
        suggestions: whether messages may name fields that the client did not.
    """
    if code_of(error) is not None:
        return error
    cause = _cause(error)
    if isinstance(cause, AlmonerError):
        return _coded(error, str(cause), _domain_extensions(cause))
    if cause is not None:
        return _coded(error, _INTERNAL_MESSAGE, internal_extensions(cause))
    if isinstance(error, GraphQLSyntaxError):
        too_long = error.message.startswith(_TOO_MANY_TOKENS)
        code = ErrorCode.LIMIT_EXCEEDED if too_long else ErrorCode.GRAPHQL_PARSE_FAILED
    elif error.path is not None:
        code = ErrorCode.INVALID
    else:
        code = ErrorCode.BAD_VARIABLES if executing else ErrorCode.GRAPHQL_VALIDATION_FAILED
    message = error.message if suggestions else _SUGGESTION.sub("", error.message)
    return _coded(error, message, {"code": code.value})


def _cause(error: GraphQLError) -> BaseException | None:
    """What was raised in our own code, or None if graphql-core itself refuses."""
    cause: BaseException | None = error.original_error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    return cause


def _coded(error: GraphQLError, message: str, extensions: dict[str, Any]) -> GraphQLError:
    # A new error and not a change of the old one: validation errors are cached and shared between requests.
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions=extensions,
    )


def _domain_extensions(error: AlmonerError) -> dict[str, Any]:
    if isinstance(error, Invalid):
        problems = [{"code": item.code, "message": item.message, "path": list(item.path)} for item in error.problems]
        return {"code": ErrorCode.INVALID.value, "problems": problems}
    # A concrete error may have a code of its own; the list of ours has the kinds.
    kinds = (getattr(kind, "code", None) for kind in type(error).__mro__)
    return {"code": next((code for code in kinds if code in set(ErrorCode)), ErrorCode.INVALID.value)}


_INTERNAL_MESSAGE = "Something went wrong on our side; report the reference."


def internal_extensions(error: BaseException) -> dict[str, Any]:
    """Log what nobody expected and return what the client is told: a reference."""
    reference = secrets.token_hex(8)
    kinds: list[str] = []
    frames: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(kinds) < 5:
        kinds.append(f"{type(cause).__module__}.{type(cause).__qualname__}")
        frames += [
            f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(cause.__traceback__)
        ]
        cause = cause.__cause__ or cause.__context__
    _log.error("unexpected", reference=reference, kinds=kinds, frames=frames)
    return {"code": ErrorCode.INTERNAL.value, "reference": reference}


def internal(error: BaseException) -> GraphQLError:
    """The error for what nobody expected, outside the execution of an operation."""
    return GraphQLError(_INTERNAL_MESSAGE, extensions=internal_extensions(error))


@contextmanager
def database_facts() -> Iterator[None]:
    """Turn what the database refuses for a reason that we know into a fact of the domain.

    Raises:
        Invalid: a text cannot be stored.
        Unavailable: the database does not answer, or asks to try again.
    """
    try:
        yield
    except DBAPIError as error:
        _raise_fact(error, error.orig)
        if error.connection_invalidated:
            raise _unavailable(error) from error
        raise
    except asyncpg.PostgresError as error:
        _raise_fact(error, error)
        raise
    except (PoolTimeout, TimeoutError, asyncpg.InterfaceError, OSError) as error:
        _raise_fact(error, error)
        raise _unavailable(error) from error


def _raise_fact(error: Exception, cause: BaseException | None) -> None:
    state = getattr(cause, "sqlstate", None)
    cannot_encode = state in (None, _BAD_ARGUMENT) and "codec can't encode" in str(cause)
    if state in _NOT_STORABLE or cannot_encode:
        message = "Leave out the character U+0000 and unpaired surrogates; they cannot be stored."
        raise Invalid([Problem("TEXT_NOT_STORABLE", message)]) from None
    if state in _TRY_AGAIN or (state or "").startswith("08"):
        raise _unavailable(error) from error


def _unavailable(error: Exception) -> Unavailable:
    _log.warning("database unavailable", exception=type(error).__qualname__)
    return Unavailable("The database does not answer at the moment; try again.")


def is_storable(text: str) -> bool:
    """Whether the database and a password hash can take this text."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)
