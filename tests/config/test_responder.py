"""How an answer of WSGI goes out: whole where it is small, piece by piece where it is not or may come slowly."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from backend.config.bridge import MAX_HELD_BYTES, MAX_HELD_MESSAGES, Responder
from tests.receiving.asgi import whole

Pieces = Iterable[bytes]
SCOPE = {
    "type": "http",
    "http_version": "1.1",
    "method": "GET",
    "path": "/",
    "query_string": b"",
    "headers": [],
}


def answering(pieces: Pieces, length: int | None) -> Callable[..., Pieces]:
    def application(_environ: Any, start_response: Any) -> Pieces:
        headers = [] if length is None else [("Content-Length", str(length))]
        start_response("200 OK", headers)
        return pieces

    return application


def sent_by(application: Any, heard: Callable[[Any], None] = lambda _: None) -> list[Any]:
    """The messages that came out; `heard` is told of each."""

    async def story() -> list[Any]:
        arriving, sent = list(whole(b"")), []

        async def receive() -> Any:
            return arriving.pop(0)

        async def send(message: Any) -> None:
            sent.append(message)
            heard(message)

        with ThreadPoolExecutor(max_workers=1) as threads:
            responder: Any = Responder(application, threads)
            await responder(SCOPE, receive, send)
        return sent

    return asyncio.run(asyncio.wait_for(story(), 20))


def body_of(sent: list[Any]) -> bytes:
    assert sent[0]["type"] == "http.response.start"
    assert [message.get("more_body", False) for message in sent[1:]] == [True] * (len(sent) - 2) + [False]
    return b"".join(message["body"] for message in sent[1:])


@pytest.mark.parametrize(
    "pieces",
    [
        [],
        [b"small"],
        [b"a", b"b", b"c"],
        [b"%d," % n for n in range(MAX_HELD_MESSAGES - 2)],
        [b"%d," % n for n in range(MAX_HELD_MESSAGES - 1)],
        [b"%d," % n for n in range(10 * MAX_HELD_MESSAGES)],
        [b"x" * MAX_HELD_BYTES, b"y" * 7],
        [bytes([n]) * 50_000 for n in range(40)],
    ],
    ids=lambda pieces: f"{len(pieces)} pieces, {sum(map(len, pieces))} bytes",
)
@pytest.mark.parametrize("is_told", [True, False])
def test_all_of_it_arrives_in_order(pieces: list[bytes], is_told: bool) -> None:
    whole_body = b"".join(pieces)
    assert body_of(sent_by(answering(pieces, len(whole_body) if is_told else None))) == whole_body


def test_what_has_no_length_is_not_kept_back() -> None:
    """The second piece comes once the first one was heard."""
    first_heard = threading.Event()

    def pieces() -> Pieces:
        yield b"first"
        assert first_heard.wait(10)
        yield b"second"

    def heard(message: Any) -> None:
        if message.get("body") == b"first":
            first_heard.set()

    assert body_of(sent_by(answering(pieces(), None), heard)) == b"firstsecond"


def test_what_breaks_before_its_end_was_never_begun() -> None:
    """So that the failure can be told in the envelope."""

    def pieces() -> Pieces:
        yield b"first"
        raise RuntimeError("broken")

    sent: list[Any] = []
    with pytest.raises(RuntimeError, match="broken"):
        sent_by(answering(pieces(), 10), sent.append)
    assert sent == []
