"""HTTP/1.1 as uvicorn speaks it, with limits that it has not: a request's head is neither endless nor never-ending."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

#: Of a head, beside the piece of at most 256 kB that it begins in.
MAX_HEAD_BYTES = 64 * 1024
#: From a connection's beginning, or from a head's, to the head's end.
HEAD_SECONDS = 30


class BoundedProtocol(HttpToolsProtocol):
    """One connection.

    Whoever is slow costs a timer; a head that comes in one piece, as nearly all do, costs none.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._in_head = False
        self._head_bytes = 0
        self._piece_bytes = 0
        self._head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Wait for a first request, but not forever."""
        super().connection_made(transport)
        self._head_timer = self.loop.call_later(HEAD_SECONDS, transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing more is waited for."""
        self._head_is_over()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take a piece of a request, or refuse a head that goes on and on."""
        self._piece_bytes = len(data)
        super().data_received(data)
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self.send_400_response("The head of the request is too long.")
        if self._head_timer is None and self._is_waiting() and self.transport.get_protocol() is self:
            self._head_timer = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def on_message_begin(self) -> None:
        """A head begins. Of the piece that it begins in, it may be a small part: that piece does not count."""
        self._in_head = True
        self._head_bytes = -self._piece_bytes
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """A head is over."""
        self._head_is_over()
        super().on_headers_complete()

    def shutdown(self) -> None:
        """Finish the answer that is being given, but cut a stream, which would go on: its client comes again."""
        super().shutdown()
        if self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete:
            self.transport.close()

    def _is_waiting(self) -> bool:
        """A head has begun, or something has come that is none yet; nothing is being answered."""
        return self._in_head or self.cycle is None or self.cycle.response_complete

    def _head_is_over(self) -> None:
        self._in_head = False
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None
