"""The network as a media host that lies would have it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import httpx2

from backend.lib.secret import Secret
from backend.platforms.meta.download import (
    Downloads,
    Places,
)

LINK = "https://lookaside.fbsbx.com/a?mid=1"
PUBLIC, OTHER = "31.13.64.35", "31.13.64.36"
TOKEN = Secret("EAAtoken")
SIMULATOR = ("http", "localhost", 9000)

Answer = httpx2.Response | Exception | Callable[[httpx2.Request], httpx2.Response]


@dataclass
class Host:
    """The network: a media host that answers by path, and a name server that says what it is told to."""

    answers: dict[str, Answer] = field(default_factory=dict)
    addresses: dict[str, list[list[str]]] = field(
        default_factory=dict
    )  # Host -> its answers, one after the other.
    requests: list[httpx2.Request] = field(default_factory=list)
    seconds: float = 0.0

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        answer = self.answers[request.url.path]
        if isinstance(answer, Exception):
            raise answer
        return answer(request) if callable(answer) else answer

    def resolve(self, host: str) -> list[str]:
        told = self.addresses.get(host, [[PUBLIC]])
        return told.pop(0) if len(told) > 1 else told[0]

    def fetch(self, url: str = LINK, *, most: int = 1000, places: Places | None = None) -> bytes:
        """What comes from behind the link."""
        came: list[bytes] = []
        downloads = Downloads(
            places or Places(),
            transport=httpx2.MockTransport(self),
            resolve=self.resolve,
            clock=lambda: self.seconds,
        )
        downloads.fetch(url, token=TOKEN, most=most, into=came.append)
        return b"".join(came)

    @property
    def last(self) -> httpx2.Request:
        return self.requests[-1]


def redirect(url: str) -> httpx2.Response:
    return httpx2.Response(302, headers={"Location": url})


class Pieces(httpx2.SyncByteStream):
    def __init__(self, chunks: Iterable[bytes]) -> None:
        self.chunks = chunks

    def __iter__(self) -> Iterator[bytes]:
        yield from self.chunks


def served(*chunks: bytes) -> httpx2.Response:
    return httpx2.Response(200, stream=Pieces(chunks))
