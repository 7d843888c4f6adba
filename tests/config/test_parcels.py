"""Requests that arrive whole are handed over at once; all others go the ordinary way, and nobody sees a difference."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st
from uvicorn.server import ServerState

from backend.config.connection import KEEP_ALIVE_SECONDS, PATIENCE, Connection, Phase
from backend.config.parcels import MAX_PARCEL_BYTES
from backend.receiving.answers import Answer, say
from tests.config.test_server import Wire, look, settled

PATH = b"/hook"
TAKEN = say(200, b"taken", b"text/plain")


def post(body: bytes, *headers: bytes, path: bytes = PATH) -> bytes:
    lines = [b"POST " + path + b" HTTP/1.1", b"Host: here", b"Content-Length: %d" % len(body), *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


class Counter:
    """A hatch that keeps what it is given, until it is told to answer."""

    url = PATH

    def __init__(self, *, takes: bool = True) -> None:
        self.takes = takes
        self.bodies: list[bytes] = []
        self.replies: list[Callable[[Answer, str], None]] = []

    def take(self, headers: Mapping[bytes, bytes], body: bytes, reply: Callable[[Answer, str], None]) -> bool:
        if self.takes:
            self.bodies.append(body)
            self.replies.append(reply)
        return self.takes

    def answer_all(self) -> None:
        replies, self.replies = self.replies, []
        for reply in replies:
            reply(TAKEN, "the-id-of-it")


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """The ordinary way: says what came."""
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    headers = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 202, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def connect(hatch: Counter) -> tuple[Connection, Wire]:
    config = uvicorn.Config(echo, http=Connection, ws="none", lifespan="off", log_config=None)
    config.load()
    connection, wire = Connection(config, ServerState(), {}, hatch=hatch), Wire()
    connection.connection_made(wire)
    return connection, wire


def answers(wire: Wire) -> list[tuple[int, bytes]]:
    """Status and body of each answer, in the order in which they left."""
    left, found = b"".join(wire.written), []
    while left:
        head, _, left = left.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head)
        size = int(length[1]) if length else 0
        found.append((int(head.split()[1]), left[:size]))
        left = left[size:]
    return found


def statuses(wire: Wire) -> list[int]:
    return [status for status, _ in answers(wire)]


def run(hatch: Counter, *pieces: bytes) -> Wire:
    """Send the pieces one by one; what is taken is answered after each."""

    async def story() -> Wire:
        connection, wire = connect(hatch)
        for piece in pieces:
            connection.data_received(piece)
            await settled()
            hatch.answer_all()
            await settled()
        return wire

    return asyncio.run(story())


def test_a_whole_request_is_answered_with_one_write() -> None:
    hatch = Counter()
    wire = run(hatch, post(b"whole"))
    assert (hatch.bodies, len(wire.written), wire.ended) == ([b"whole"], 1, "")
    head, _, body = wire.written[0].partition(b"\r\n\r\n")
    assert head.splitlines() == [
        b"HTTP/1.1 200 OK",
        b"content-type: text/plain",
        b"content-length: 5",
        b"x-request-id: the-id-of-it",
    ]
    assert body == b"taken"


def test_the_connection_serves_the_next_request_either_way() -> None:
    hatch = Counter()
    wire = run(hatch, post(b"1"), post(b"2", path=b"/other"), post(b"3"))
    assert (hatch.bodies, statuses(wire)) == ([b"1", b"3"], [200, 202, 200])


@pytest.mark.parametrize(
    "request_bytes",
    [
        pytest.param(post(b"x", path=b"/hook/"), id="another address"),
        pytest.param(post(b"x").replace(b"POST", b"PUT"), id="another method"),
        pytest.param(post(b"x").replace(b"HTTP/1.1", b"HTTP/1.0"), id="an old client"),
        pytest.param(post(b"x", b"Origin: https://app.example"), id="a browser"),
        pytest.param(post(b"x", b"Expect: 100-continue"), id="one that asks first"),
        pytest.param(post(b"x" * (MAX_PARCEL_BYTES + 1)), id="a large one"),
    ],
)
def test_what_is_unusual_goes_the_ordinary_way(request_bytes: bytes) -> None:
    hatch = Counter()
    wire = run(hatch, request_bytes)
    assert hatch.bodies == []
    assert statuses(wire)[-1] == 202
    assert b"".join(wire.written).endswith(request_bytes.partition(b"\r\n\r\n")[2])


def test_what_is_not_taken_goes_the_ordinary_way() -> None:
    wire = run(Counter(takes=False), post(b"not signed"))
    assert statuses(wire) == [202]
    assert b"".join(wire.written).endswith(b"not signed")


def test_a_request_without_a_body() -> None:
    hatch = Counter()
    assert statuses(run(hatch, post(b""))) == [200]
    assert hatch.bodies == [b""]


@given(st.data())
def test_answers_come_in_order_however_the_bytes_are_cut(data: st.DataObject) -> None:
    sent = [post(b"%d" % number) for number in range(4)]
    whole = b"".join(sent)
    cuts = sorted(data.draw(st.sets(st.integers(1, len(whole) - 1), max_size=6)))
    hatch = Counter()
    wire = run(hatch, *(whole[start:end] for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)))
    taken = iter(hatch.bodies)
    came = [next(taken) if status == 200 else body for status, body in answers(wire)]
    assert came == [b"%d" % number for number in range(len(sent))]


def test_the_next_request_waits_for_the_answer_of_the_one_before() -> None:
    async def story() -> None:
        hatch = Counter()
        connection, wire = connect(hatch)
        connection.data_received(post(b"first") + post(b"second", path=b"/other"))
        await settled()
        assert wire.written == []
        hatch.answer_all()
        await settled()
        assert statuses(wire) == [200, 202]

    asyncio.run(story())


def test_a_sender_that_has_gone_is_not_written_to() -> None:
    async def story() -> None:
        hatch = Counter()
        connection, wire = connect(hatch)
        connection.data_received(post(b"stored all the same"))
        wire.ended = "closed"
        connection.connection_lost(None)
        hatch.answer_all()
        assert wire.written == []

    asyncio.run(story())


@pytest.mark.parametrize("asks", [True, False])
def test_the_connection_ends_where_either_side_wants_it(asks: bool) -> None:
    async def story() -> None:
        hatch = Counter()
        connection, wire = connect(hatch)
        connection.data_received(post(b"last", *([b"Connection: close"] if asks else [])))
        if not asks:
            connection.shutdown()  # We are told to stop: what is under way is still answered.
        assert wire.ended == ""
        hatch.answer_all()
        assert (statuses(wire), wire.ended) == ([200], "closed")
        assert b"connection: close\r\n" in wire.written[0]

    asyncio.run(story())


def test_who_is_silent_after_an_answer_is_closed() -> None:
    async def story() -> None:
        hatch = Counter()
        connection, wire = connect(hatch)
        connection.data_received(post(b"once"))
        look(connection, KEEP_ALIVE_SECONDS * 2)
        assert wire.ended == ""  # It waits for us: we may take our time.
        hatch.answer_all()
        look(connection, int(PATIENCE[Phase.SILENT]) + 1)
        assert wire.ended == "aborted"

    asyncio.run(story())
