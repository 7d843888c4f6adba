"""How we are served: no sender holds a connection for ever, and every refusal is in the contract's envelope."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from backend.config.connection import MAX_HEAD_BYTES, PATIENCE, Connection, Phase
from backend.config.server import look_at

GET = b"GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n"
POST = b"POST /hook HTTP/1.1\r\nHost: here\r\nContent-Length: 10\r\n\r\n"
HELLO = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello"


class Wire(asyncio.Transport):
    """What leaves, write by write."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.ended = ""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written.append(bytes(data))

    def is_closing(self) -> bool:
        return bool(self.ended)

    def close(self) -> None:
        self.ended = self.ended or "closed"

    def abort(self) -> None:
        self.ended = self.ended or "aborted"

    def pause_reading(self) -> None:
        """Nothing is read here."""

    def resume_reading(self) -> None:
        """Nothing is read here."""

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default


async def greet(scope: Any, receive: Any, send: Any) -> None:
    """Answers when the whole request is there."""
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
    await send({"type": "http.response.body", "body": b"hello"})


async def wait(scope: Any, receive: Any, send: Any) -> None:
    """Never answers."""
    await asyncio.Event().wait()


async def stream(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for chunk in (b"one", b"HTTP/1.1 two", b""):
        await send({"type": "http.response.body", "body": chunk, "more_body": bool(chunk)})


def connect(app: Any = greet) -> tuple[Connection, Wire]:
    config = uvicorn.Config(
        app, http=Connection, ws="none", lifespan="off", log_config=None, access_log=False
    )
    config.load()
    connection, wire = Connection(config, ServerState(), {}), Wire()
    connection.connection_made(wire)
    return connection, wire


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def said(wire: Wire) -> tuple[bytes, dict[str, Any]]:
    head, _, body = b"".join(wire.written).partition(b"\r\n\r\n")
    envelope: dict[str, Any] = json.loads(body)
    assert f"content-length: {len(body)}".encode() in head
    assert b"x-request-id: " in head
    return head.splitlines()[0], envelope


def look(connection: Connection, seconds: int) -> None:
    for _ in range(seconds):
        connection.look()


# ---- answers


def test_head_and_body_leave_together() -> None:
    async def story() -> None:
        connection, wire = connect()
        connection.data_received(GET + GET)  # The second one waits for its turn.
        await settled()
        assert wire.written == [HELLO, HELLO]
        assert wire.ended == ""

    asyncio.run(story())


def test_a_head_without_a_body_leaves_too() -> None:
    async def story() -> None:
        connection, wire = connect()
        connection.data_received(GET.replace(b"GET", b"HEAD"))
        await settled()
        assert wire.written == [HELLO.removesuffix(b"hello")]

    asyncio.run(story())


def test_a_stream_leaves_as_it_comes() -> None:
    async def story() -> None:
        connection, wire = connect(stream)
        connection.data_received(GET)
        await settled()
        head, second, end = wire.written
        assert head.endswith(b"\r\n\r\n3\r\none\r\n")
        assert second == b"c\r\nHTTP/1.1 two\r\n"
        assert end == b"0\r\n\r\n"

    asyncio.run(story())


def test_go_on_is_said_at_once() -> None:
    async def story() -> None:
        connection, wire = connect()
        connection.data_received(POST.replace(b"Host: here", b"Host: here\r\nExpect: 100-continue"))
        await settled()
        assert wire.written == [b"HTTP/1.1 100 Continue\r\n\r\n"]
        connection.data_received(b"0123456789")
        await settled()
        assert wire.written[1:] == [HELLO]

    asyncio.run(story())


def test_the_last_answer_of_a_connection_is_whole() -> None:
    async def story() -> None:
        connection, wire = connect()
        connection.data_received(GET.replace(b"here", b"here\r\nConnection: close"))
        await settled()
        assert b"".join(wire.written).endswith(b"\r\n\r\nhello")
        assert wire.ended == "closed"

    asyncio.run(story())


# ---- refusals


@pytest.mark.parametrize(
    ("data", "line", "code"),
    [
        (b"BREW /coffee HTTP/1.1\r\n\r\n", b"HTTP/1.1 405 Method Not Allowed", "method_not_allowed"),
        (b"GET / HTTP/9\r\n\r\n", b"HTTP/1.1 400 Bad Request", "validation_error"),
        (b"\x16\x03\x01\x02\x00", b"HTTP/1.1 405 Method Not Allowed", "method_not_allowed"),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", b"HTTP/1.1 400 Bad Request", "validation_error"),
        (
            b"GET / HTTP/1.1\r\nLong: " + b"x" * MAX_HEAD_BYTES,
            b"HTTP/1.1 431 Request Header Fields Too Large",
            "validation_error",
        ),
    ],
    ids=["unknown method", "unknown version", "TLS", "broken header", "endless head"],
)
def test_what_is_no_request_gets_the_envelope(data: bytes, line: bytes, code: str) -> None:
    async def story() -> None:
        connection, wire = connect()
        connection.data_received(data)
        first, envelope = said(wire)
        assert (first, envelope["code"], envelope["success"]) == (line, code, False)
        assert wire.ended == "closed"

    asyncio.run(story())


def test_a_head_in_small_pieces_is_counted_as_a_whole() -> None:
    async def story() -> None:
        connection, wire = connect()
        connection.data_received(b"GET / HTTP/1.1\r\n")
        for _ in range(MAX_HEAD_BYTES // 1024 + 1):
            connection.data_received(b"Name: " + b"x" * 1016 + b"\r\n")
        assert b"431" in wire.written[0]
        assert len(wire.written) == 1

    asyncio.run(story())


# ---- patience


WAITING: dict[str, tuple[Any, bytes, Phase]] = {
    "a connection that says nothing": (greet, b"", Phase.SILENT),
    "between two requests": (greet, GET, Phase.SILENT),
    "empty lines": (greet, b"\r\n\r\n", Phase.SILENT),
    "half a head": (greet, GET[:20], Phase.HEAD),
    "half a head after a request": (greet, GET + GET[:20], Phase.HEAD),
    "half a body": (greet, POST + b"01234", Phase.BODY),
}


@pytest.mark.parametrize(("app", "data", "phase"), WAITING.values(), ids=WAITING)
def test_nobody_is_waited_for_for_ever(app: Any, data: bytes, phase: Phase) -> None:
    async def story() -> None:
        connection, wire = connect(app)
        connection.data_received(data)
        await settled()
        connection.look()
        assert connection.phase is phase
        look(connection, PATIENCE[phase] - 1)
        assert wire.ended == ""
        connection.look()
        assert wire.ended == "aborted"

    asyncio.run(story())


def test_half_a_head_gets_no_more_time_by_small_pieces() -> None:
    async def story() -> None:
        connection, wire = connect()
        for byte in b"GET / HTTP/1.1":
            connection.data_received(bytes([byte]))
            connection.look()
        assert wire.ended == "aborted"

    asyncio.run(story())


def test_a_reader_that_does_not_read() -> None:
    async def story() -> None:
        connection, wire = connect(wait)
        connection.data_received(GET)
        await settled()
        connection.pause_writing()
        look(connection, PATIENCE[Phase.READER] + 1)
        assert wire.ended == "aborted"
        connection.connection_lost(None)  # As the event loop says it then.

    asyncio.run(story())


def test_we_have_as_long_as_we_need() -> None:
    async def story() -> None:
        connection, wire = connect(wait)
        connection.data_received(GET)
        await settled()
        look(connection, 10_000)
        assert (connection.phase, wire.ended) == (Phase.ANSWER, "")

    asyncio.run(story())


def test_a_busy_connection_lives_on() -> None:
    async def story() -> None:
        connection, wire = connect()
        for _ in range(200):
            connection.data_received(GET)
            await settled()
            connection.look()
        assert wire.ended == ""

    asyncio.run(story())


def test_where_there_are_too_many_the_most_silent_go() -> None:
    async def story() -> None:
        made: list[tuple[Connection, Wire]] = []
        for age, data in enumerate((GET, POST, b"", GET[:10], b"")):
            connection, wire = connect(wait if data is GET else greet)
            connection.data_received(data)
            await settled()
            look(connection, 8 - age)
            made.append((connection, wire))
        look_at([connection for connection, _ in made], most=3)
        # Those who wait for us, or are in the middle of a body, are left alone.
        assert [wire.ended for _, wire in made] == ["", "", "aborted", "aborted", ""]

    asyncio.run(story())


@pytest.mark.parametrize(
    ("path", "size", "ended"),
    [("/api/media", 2000, ""), ("/api/media", 10, "aborted"), ("/hook", 2000, "aborted")],
)
def test_a_file_may_take_its_time_as_long_as_it_moves(path: str, size: int, ended: str) -> None:
    async def story() -> str:
        connection, wire = connect()
        head = f"POST {path} HTTP/1.1\r\nHost: here\r\nContent-Length: 1000000\r\n\r\n"
        connection.data_received(head.encode())
        await settled()
        for _ in range(int(2 * PATIENCE[Phase.BODY])):
            connection.data_received(b"x" * size)
            connection.look()
        return wire.ended

    assert asyncio.run(story()) == ended
