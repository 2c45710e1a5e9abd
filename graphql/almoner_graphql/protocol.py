"""HTTP/1.1 as uvicorn speaks it, with limits that it has not: no head is endless, and nobody stops in a request."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

#: Of a head, beside the piece of at most 256 kB that it begins in.
MAX_HEAD_BYTES = 64 * 1024
#: From a connection's beginning, or from a head's, to the head's end.
HEAD_SECONDS = 30
#: From one piece of a body to the next.
BODY_SECONDS = 30


class BoundedProtocol(HttpToolsProtocol):
    """One connection.

    Whoever is slow costs a timer; a request that comes in one piece, as nearly all do, costs none.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._in_head = False
        self._head_bytes = 0
        self._piece_bytes = 0
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Wait for a first request, but not forever."""
        super().connection_made(transport)
        self._timer = self.loop.call_later(HEAD_SECONDS, transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing more is waited for."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take a piece of a request, or refuse a head that goes on and on."""
        self._piece_bytes = len(data)
        super().data_received(data)
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self.send_400_response("The head of the request is too long.")
        if self._waits_for_a_head():
            if self._timer is None and self.transport.get_protocol() is self:
                self._timer = self.loop.call_later(HEAD_SECONDS, self.transport.close)
        elif self.cycle.more_body:
            self._wait_for_a_piece()

    def on_message_begin(self) -> None:
        """A head begins. Of the piece that it begins in, it may be a small part: that piece does not count."""
        self._in_head = True
        self._head_bytes = -self._piece_bytes
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """A head is over."""
        self._in_head = False
        self._stop_waiting()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """A body is over."""
        self._stop_waiting()
        super().on_message_complete()

    def shutdown(self) -> None:
        """Finish the answer that is being given, but cut a stream, which would go on: its client comes again."""
        super().shutdown()
        if self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete:
            self.transport.close()

    def _waits_for_a_head(self) -> bool:
        """One has begun, or something has come that is none yet; nothing is being answered."""
        return self._in_head or self.cycle is None or self.cycle.response_complete

    def _wait_for_a_piece(self) -> None:
        self._stop_waiting()
        self._timer = self.loop.call_later(BODY_SECONDS, self._no_piece_came, self.flow.read_paused)

    def _no_piece_came(self, was_paused: bool) -> None:
        if was_paused:  # the application did not read, or not all the time: the sender has not had its time
            self._wait_for_a_piece()
        else:
            self.transport.close()

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
