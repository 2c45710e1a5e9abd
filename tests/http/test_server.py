"""What is under the application: connections that never begin, heads that never end, and the end of serving."""

from __future__ import annotations

import asyncio
import resource
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

import httpx
import psutil
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from almoner_graphql import protocol
from almoner_graphql.protocol import MAX_HEAD_BYTES, BoundedProtocol
from almoner_graphql.server import _allow_many_connections

pytestmark = pytest.mark.anyio

#: How long a head, and a piece of a body, may take for who is impatient.
SECONDS = 0.5
#: What should have happened by then has not.
PATIENCE = 20
QUICK = b"POST /quick HTTP/1.1\r\nHost: here\r\nContent-Length: 0\r\n\r\n"
LONG = QUICK.replace(b"0\r\n\r\n", b"300000\r\n\r\n")


class Small:
    """A server of this process, with an application whose answers can be held back."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.piece_came = asyncio.Event()
        self.go_on = asyncio.Event()
        routes = [
            Route("/quick", self._quick, methods=["POST"]),
            Route("/held", self._held, methods=["POST"]),
            Route("/stream", self._stream, methods=["POST"]),
            WebSocketRoute("/socket", self._socket),
        ]
        config = uvicorn.Config(
            Starlette(routes=routes),
            http=BoundedProtocol,
            log_config=None,
            timeout_graceful_shutdown=2 * PATIENCE,
        )
        self.server = uvicorn.Server(config)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.running = asyncio.create_task(self.server.serve([self._listening]))

    async def stop(self) -> None:
        """Let answers go on, and end."""
        self.go_on.set()
        await self.ended()

    async def ended(self) -> None:
        """Tell it to stop, and wait."""
        self.server.should_exit = True
        async with asyncio.timeout(PATIENCE):
            await self.running

    @asynccontextmanager
    async def connected(self, sent: bytes = b"") -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        """A connection of its own, on which this was sent."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            async with asyncio.timeout(PATIENCE):
                writer.write(sent)
                yield reader, writer
        finally:
            writer.close()

    async def until_refused(self) -> None:
        """Connect until nobody is let in any more, which raises."""
        async with asyncio.timeout(PATIENCE):
            while True:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.close()

    async def _quick(self, request: Request) -> PlainTextResponse:
        length = 0
        async for piece in request.stream():
            length += len(piece)
            self.piece_came.set()
        return PlainTextResponse(f"{length} bytes")

    async def _held(self, request: Request) -> PlainTextResponse:
        self.begun.set()
        await self.go_on.wait()
        await request.body()
        return PlainTextResponse("held back")

    async def _stream(self, _request: Request) -> StreamingResponse:
        async def parts() -> AsyncIterator[str]:
            yield "first"
            self.begun.set()
            await self.go_on.wait()

        return StreamingResponse(parts())

    async def _socket(self, socket: WebSocket) -> None:
        await socket.accept()
        async for text in socket.iter_text():
            await socket.send_text(text)


@pytest.fixture
def impatient(monkeypatch) -> None:
    """Heads and bodies are waited for a short time only."""
    monkeypatch.setattr(protocol, "HEAD_SECONDS", SECONDS)
    monkeypatch.setattr(protocol, "BODY_SECONDS", SECONDS)


@pytest.fixture
async def small() -> AsyncIterator[Small]:
    """The small server."""
    small = Small()
    try:
        yield small
    finally:
        await small.stop()


async def answer(reader: asyncio.StreamReader) -> bytes:
    """The body of an answer with a length."""
    head = await reader.readuntil(b"\r\n\r\n")
    (length,) = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return await reader.readexactly(int(length.partition(b":")[2]))


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    "sent",
    [b"", b"\r\n", b"POST /quick", b"POST /quick HTTP/1.1\r\nHost: here\r\n", QUICK + b"POST /quick", QUICK + b"\r\n"],
    ids=["nothing", "an empty line", "half a line", "half a head", "half of the next head", "a line after an answer"],
)
async def test_who_sends_no_whole_head_is_cut_off(small, sent):
    async with small.connected(sent) as (reader, _):
        found = await reader.read()
    assert found.count(b"200 OK") == sent.count(QUICK)


@pytest.mark.usefixtures("impatient")
async def test_a_line_after_an_answer_does_not_keep_the_connection(small):
    async with small.connected(QUICK) as (reader, writer):
        assert await answer(reader) == b"0 bytes"
        writer.write(b"\r\n")
        assert await reader.read() == b""


@pytest.mark.parametrize("line", [b"X-Same: value\r\n", b"x"], ids=["many headers", "one that goes on"])
async def test_an_endless_head_is_refused(small, line):
    async def everything(reader: asyncio.StreamReader) -> bytes:
        try:
            return await reader.read()
        except ConnectionResetError:  # it closed while there was more to read, and the refusal may be lost by that
            return b""

    async with small.connected(b"POST /quick HTTP/1.1\r\nHost: here\r\nX-First: ") as (reader, writer):
        found = asyncio.create_task(everything(reader))
        pieces = 0
        with suppress(ConnectionError):
            while not found.done():
                writer.write(line * (4096 // len(line)))
                await writer.drain()
                pieces += 1
        refusal = await found
    assert refusal == b"" or refusal.startswith(b"HTTP/1.1 400 Bad Request")
    assert pieces * 4096 >= MAX_HEAD_BYTES


async def test_a_body_counts_for_no_head(small):
    body = b"x" * 4 * MAX_HEAD_BYTES
    head = b"POST /quick HTTP/1.1\r\nHost: here\r\nContent-Length: %d\r\n\r\n" % len(body)
    async with small.connected(head[:30]) as (reader, writer):
        await writer.drain()
        for _ in range(2):
            writer.write(head[30:] + body + head[:30])
            assert await answer(reader) == b"%d bytes" % len(body)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("length", [0, 1, 100_000, 299_999])
async def test_who_stops_in_a_body_is_cut_off(small, length):
    async with small.connected(LONG + b"x" * length) as (reader, _):
        assert await reader.read() == b""


async def test_each_piece_of_a_body_is_waited_for_anew(small):
    async def limit() -> float:
        await small.piece_came.wait()
        small.piece_came.clear()
        (connection,) = small.server.server_state.connections
        assert connection._timer is not None
        return float(connection._timer.when())

    async with small.connected(LONG + b"x") as (reader, writer):
        first = await limit()
        writer.write(b"x")
        assert await limit() > first
        writer.write(b"x" * 299_998)
        assert await answer(reader) == b"300000 bytes"


@pytest.mark.usefixtures("impatient")
async def test_who_has_sent_a_body_is_not_cut_off_when_it_is_not_read(small):
    async with small.connected(LONG.replace(b"quick", b"held") + b"x" * 300_000) as (reader, _):
        await small.begun.wait()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2 * SECONDS):
                await reader.read(1)
        small.go_on.set()
        assert await answer(reader) == b"held back"


class Wire(asyncio.Transport):
    """A connection of which only is known whether it is closed."""

    def __init__(self) -> None:
        super().__init__({"sockname": ("127.0.0.1", 1), "peername": ("127.0.0.1", 2)})
        self.closed = False

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass

    def close(self) -> None:
        self.closed = True


async def test_who_sends_has_the_whole_time_when_the_body_is_read_on(small):
    wire, state = Wire(), uvicorn.server.ServerState()
    connection = BoundedProtocol(small.server.config, state, {})
    connection.connection_made(wire)
    connection.data_received(LONG.replace(b"quick", b"held") + b"x" * 100_000)
    assert connection.flow.read_paused
    connection.flow.resume_reading()
    for is_late in (False, True):
        assert connection._timer is not None
        connection._timer._run()
        assert wire.closed is is_late
    connection.connection_lost(None)
    small.go_on.set()
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*state.tasks)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("body", [b"", b"x"], ids=["no body", "a body in a piece of its own"])
async def test_an_answer_may_take_longer_than_a_head_or_a_body(small, body):
    head = QUICK.replace(b"quick", b"held").replace(b"0", b"%d" % len(body))
    async with small.connected(head) as (reader, writer):
        await small.begun.wait()
        writer.write(body)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2 * SECONDS):
                await reader.read(1)
        small.go_on.set()
        assert await answer(reader) == b"held back"


@pytest.mark.usefixtures("impatient")
async def test_a_websocket_may_stay_silent_for_longer_than_a_head(small):
    async with connect(f"ws://127.0.0.1:{small.port}/socket") as connection:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2 * SECONDS):
                await connection.recv()
        await connection.send("still here")
        assert await connection.recv() == "still here"


async def test_at_the_end_an_answer_is_finished(small):
    async with small.connected(QUICK.replace(b"quick", b"held")) as (reader, _):
        await small.begun.wait()
        small.server.should_exit = True
        with pytest.raises(ConnectionError):
            await small.until_refused()
        small.go_on.set()
        assert await answer(reader) == b"held back"
        assert await reader.read() == b""


async def test_at_the_end_streams_and_sockets_are_cut(small):
    async with (
        connect(f"ws://127.0.0.1:{small.port}/socket") as connection,
        small.connected(QUICK.replace(b"quick", b"stream")) as (reader, _),
    ):
        await small.begun.wait()
        await small.ended()
        found = await reader.read()
        with pytest.raises(ConnectionClosed) as closed:
            await connection.recv()
    assert b"first" in found
    assert not found.endswith(b"0\r\n\r\n")  # it is not the stream's own end, so a client comes again
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1012


async def test_who_is_answered_while_they_still_send_gets_the_answer_and_keeps_the_connection(server):
    """Refusals need no body, and so they do not wait for one."""
    address = urlsplit(server)
    head = b"POST /graphql HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer forged\r\nContent-Length: 1000000\r\n\r\n"
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        async with asyncio.timeout(PATIENCE):
            for _ in range(2):
                writer.write(head)
                assert b"UNAUTHENTICATED" in await answer(reader)
                writer.write(b" " * 1_000_000)
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n")
            assert b"alive" in await answer(reader)
    finally:
        writer.close()


@pytest.fixture
def few_files() -> Iterator[int]:
    """What is started may open few files, unless it asks for more: how many it may ask for."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft // 2, hard))
    try:
        yield hard
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_as_many_connections_are_taken_as_the_system_lets_one_have(few_files, start_server, tmp_path):
    with start_server(tmp_path) as (_, process):
        assert psutil.Process(process.pid).rlimit(psutil.RLIMIT_NOFILE) == (few_files, few_files)


def test_where_there_is_no_hard_limit_the_soft_one_stays(monkeypatch):
    asked = []
    monkeypatch.setattr(resource, "getrlimit", lambda _which: (256, resource.RLIM_INFINITY))
    monkeypatch.setattr(resource, "setrlimit", lambda *limits: asked.append(limits))
    _allow_many_connections()
    assert asked == []


def _children(pid: int) -> set[int]:
    found = set()
    for each in psutil.Process(pid).children():
        with suppress(psutil.NoSuchProcess):  # it has just ended
            if "spawn_main" in " ".join(each.cmdline()):
                found.add(each.pid)
    return found


def test_a_process_that_died_is_replaced(start_server, wait_until, tmp_path):
    with start_server(tmp_path, workers=2) as (address, parent):
        wait_until(lambda: len(_children(parent.pid)) == 2, PATIENCE, "two processes serve")
        first = _children(parent.pid)
        for pid in first:
            psutil.Process(pid).send_signal(signal.SIGKILL)
        wait_until(lambda: len(_children(parent.pid) - first) == 2, PATIENCE, "two others have taken their places")
        assert httpx.get(f"{address}/readyz", timeout=3 * PATIENCE).status_code == 200
        others = [psutil.Process(pid) for pid in _children(parent.pid)]
        parent.terminate()
        parent.wait(PATIENCE)
        assert psutil.wait_procs(others, PATIENCE)[1] == []
