"""What surrounds every request, whatever its path: its id, its log line, its size, and what nobody expected."""

from __future__ import annotations

import json
import os
import re
import time
from typing import Any

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from almoner.core.logs import REQUEST_ID, logger
from almoner.identity.opaque import hidden
from almoner_graphql.errors import ErrorCode, internal, refusal
from almoner_graphql.headers import headers_of

MAX_BODY_BYTES = 16 * 1024 * 1024
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_ALWAYS = ((b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer"))
_MESSAGE_TOO_BIG = 1009

_log = logger("almoner_graphql.requests")


class _BodyTooLarge(Exception):
    """The body is longer than is taken."""


class Envelope:
    """Around the whole application. Only method, path, status and time are logged: no headers, no query, no body.

    The addresses of private calendars are secrets, so paths are logged without them.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or one WebSocket."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope["state"]["request_id"] = request_id
        before = REQUEST_ID.set(request_id)
        try:
            serve = self._serve_http if scope["type"] == "http" else self._serve_socket
            await serve(scope, receive, send, request_id)
        finally:
            REQUEST_ID.reset(before)

    async def _serve_http(self, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        began = time.perf_counter()
        status = 0
        body = _Body(receive, headers_of(scope).get("content-length"))

        async def send_marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                ticket = scope["state"].get("ticket")
                told = ticket.headers() if ticket is not None else ()
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode()), *_ALWAYS, *told]
            await send(message)

        try:
            body.check_length()
            await self._app(scope, body.receive, send_marked)
        except _BodyTooLarge:
            if status == 0:
                message = f"Send at most {MAX_BODY_BYTES} bytes."
                response = _error_response(413, refusal(ErrorCode.BODY_TOO_LARGE, message).formatted)
                await response(scope, receive, send_marked)
        except ClientDisconnect:
            pass  # nobody is left to answer
        except Exception as error:  # noqa: BLE001  # the last resort: logged with a reference, told without detail
            presented = internal(error)
            if status == 0:
                await _error_response(500, presented.formatted)(scope, receive, send_marked)
        finally:
            if (ticket := scope["state"].get("ticket")) is not None:
                ticket.close()
            _log.info(
                "request",
                method=scope["method"],
                path=hidden(scope["path"]),
                status=status,
                milliseconds=round((time.perf_counter() - began) * 1000, 1),
            )

    async def _serve_socket(self, scope: Scope, receive: Receive, send: Send, _request_id: str) -> None:
        began = time.perf_counter()

        async def receive_bounded() -> Message:
            message = await receive()
            if message["type"] == "websocket.receive":
                size = len(message.get("text") or "") + len(message.get("bytes") or b"")
                if size > MAX_BODY_BYTES:
                    await send({"type": "websocket.close", "code": _MESSAGE_TOO_BIG, "reason": "message too big"})
                    return {"type": "websocket.disconnect", "code": _MESSAGE_TOO_BIG}
            return message

        try:
            await self._app(scope, receive_bounded, send)
        except Exception as error:  # noqa: BLE001  # as above; the server closes the connection
            internal(error)
        finally:
            _log.info(
                "websocket",
                path=hidden(scope["path"]),
                milliseconds=round((time.perf_counter() - began) * 1000, 1),
            )


def _request_id(scope: Scope) -> str:
    given = headers_of(scope).get("x-request-id")
    return given if given is not None and _REQUEST_ID.fullmatch(given) else os.urandom(16).hex()


class _Body:
    """The body of a request while it comes.

    Args:
        length: as its header has it, which may lie or be missing.
    """

    __slots__ = ("_length", "_receive", "_total")

    def __init__(self, receive: Receive, length: str | None) -> None:
        self._receive = receive
        self._length = int(length[:20]) if length is not None and length.isdecimal() else 0
        self._total = 0

    def check_length(self) -> None:
        """Refuse to begin with a body that says itself that it is too long."""
        if self._length > MAX_BODY_BYTES:
            raise _BodyTooLarge

    async def receive(self) -> Message:
        """The next part; refuses to go on when the body gets too long."""
        message = await self._receive()
        if message["type"] == "http.request":
            self._total += len(message.get("body", b""))
            if self._total > MAX_BODY_BYTES:
                raise _BodyTooLarge
        return message


def _error_response(status: int, error: Any) -> Response:
    return Response(
        json.dumps({"errors": [error]}),
        status_code=status,
        headers={"Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store"},
    )
