"""A media host that lies about how large a file is and when it comes."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest

from backend.platforms.errors import RateLimited, Unavailable
from backend.platforms.meta.download import (
    AT_MOST,
    FileTooLarge,
    LinkDead,
)
from tests.platforms.media_host import Answer, Host, Pieces, served


def test_a_length_that_is_too_much_is_believed_at_once() -> None:
    host = Host({"/a": httpx2.Response(200, headers={"Content-Length": "1001"}, stream=Pieces([b"x"]))})
    with pytest.raises(FileTooLarge):
        host.fetch()


@pytest.mark.parametrize(
    "told", [{}, {"Content-Length": "1"}, {"Content-Length": "-5"}, {"Content-Length": "٣"}]
)
def test_a_length_that_is_a_lie_does_not_help(told: dict[str, str]) -> None:
    taken: list[int] = []

    def endless() -> Iterator[bytes]:
        for number in range(10_000):
            taken.append(number)
            yield b"x" * 65_536

    headers = [(name.encode(), value.encode()) for name, value in told.items()]
    host = Host({"/a": httpx2.Response(200, headers=headers, stream=Pieces(endless()))})
    with pytest.raises(FileTooLarge):
        host.fetch(most=100_000)
    assert len(taken) <= 3, "the rest is not even read"


def test_a_file_that_comes_drop_by_drop_is_given_up() -> None:
    host = Host()

    def drops() -> Iterator[bytes]:
        while True:
            host.seconds += AT_MOST / 10
            yield b"x" * 65_536

    host.answers["/a"] = httpx2.Response(200, stream=Pieces(drops()))
    with pytest.raises(Unavailable, match="too slowly"):
        host.fetch(most=10**9)


def test_a_file_that_comes_byte_by_byte_is_given_up_as_well() -> None:
    host = Host()
    taken: list[float] = []

    def bytes_apart() -> Iterator[bytes]:
        for _ in range(100):
            host.seconds += AT_MOST / 10
            taken.append(host.seconds)
            yield b"x"

    host.answers["/a"] = httpx2.Response(200, stream=Pieces(bytes_apart()))
    with pytest.raises(Unavailable, match="too slowly"):
        host.fetch(most=10**9)
    assert taken[-1] < AT_MOST * 2, "nobody waits for a whole piece first"


def breaking() -> Iterator[bytes]:
    yield b"x"
    raise httpx2.RemoteProtocolError("peer closed")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx2.Response(404), LinkDead),
        (httpx2.Response(403), LinkDead),
        (httpx2.Response(410), LinkDead),
        (httpx2.Response(204), LinkDead),
        (httpx2.Response(206, content=b"x"), LinkDead),
        (httpx2.Response(429), RateLimited),
        (httpx2.Response(503), Unavailable),
        (served(), Unavailable),
        (httpx2.Response(200, headers={"Content-Encoding": "gzip"}, stream=Pieces([b"x"])), Unavailable),
        (httpx2.Response(200, stream=Pieces(breaking())), Unavailable),
        (httpx2.ConnectError("refused"), Unavailable),
        (httpx2.ReadTimeout("late"), Unavailable),
    ],
    ids=repr,
)
def test_what_an_answer_means(answer: Answer, error: type[Exception]) -> None:
    with pytest.raises(error) as raised:
        Host({"/a": answer}).fetch()
    assert type(raised.value) is error
