"""A media host that lies: about where it is, how large the file is, and when it comes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import httpx2
import pytest

from backend.lib.secret import Secret
from backend.platforms.errors import RateLimited, Unavailable
from backend.platforms.meta.download import (
    AT_MOST,
    MOST_HOPS,
    Downloads,
    FileTooLarge,
    LinkDead,
    LinkForbidden,
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


def test_the_address_that_was_looked_at_is_the_one_that_is_asked() -> None:
    """A name server that says something else a moment later is not asked a second time."""
    host = Host({"/a": served(b"file")}, {"lookaside.fbsbx.com": [[PUBLIC], ["127.0.0.1"]]})
    assert host.fetch() == b"file"
    assert (host.last.url.host, host.last.headers["host"]) == (PUBLIC, "lookaside.fbsbx.com")
    assert host.last.extensions["sni_hostname"] == "lookaside.fbsbx.com"
    assert host.last.headers["authorization"] == "Bearer EAAtoken"
    assert host.last.headers["accept-encoding"] == "identity"


def test_an_address_of_ipv6_is_asked_too() -> None:
    host = Host({"/a": served(b"file")}, {"lookaside.fbsbx.com": [["2a03:2880::1"]]})
    assert host.fetch() == b"file"
    assert host.last.url.host == "2a03:2880::1"


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], [PUBLIC, "10.0.0.1"], ["::ffff:169.254.169.254"], ["fd00::1"], ["fe80::1%eth0"], []],
    ids=repr,
)
def test_a_name_that_leads_into_a_house_is_not_followed(addresses: list[str]) -> None:
    host = Host({}, {"lookaside.fbsbx.com": [addresses]})
    with pytest.raises(LinkForbidden):
        host.fetch()
    assert not host.requests


@pytest.mark.parametrize(
    "url",
    [
        "http://lookaside.fbsbx.com/a",
        "https://evil.test/a",
        "https://fbsbx.com.evil.test/a",
        "https://evilfbsbx.com/a",
        "https://lookaside.fbsbx.com@evil.test/a",
        "https://user:pass@lookaside.fbsbx.com/a",
        "https://evil.test\\@lookaside.fbsbx.com/a",
        "https://evil.test#@lookaside.fbsbx.com/a",
        "https://lookaside.fbsbx.com:8443/a",
        "https://lookaside.fbsbx.com./a",
        "https://127.0.0.1/a",
        "https://2130706433/a",
        "https://0177.0.0.1/a",
        "https://[::ffff:127.0.0.1]/a",
        "http://localhost:9000/a",
        "file:///etc/passwd",
        "ftp://lookaside.fbsbx.com/a",
        "//lookaside.fbsbx.com/a",
        "https://",
        "https://[/a",
        "https://lookaside.fbsbx.com/\x00a\r\nHost: x",
        "",
    ],
)  # fmt: skip
def test_no_other_place_is_asked(url: str) -> None:
    host = Host()
    with pytest.raises(LinkForbidden):
        host.fetch(url)
    assert not host.requests


def test_a_redirect_within_the_platform_is_followed_with_its_own_address() -> None:
    answers: dict[str, Answer] = {
        "/a": redirect("https://scontent.xx.fbcdn.net/b"),
        "/b": served(b"file"),
    }
    host = Host(answers, {"scontent.xx.fbcdn.net": [[OTHER]]})
    assert host.fetch() == b"file"
    assert [request.url.host for request in host.requests] == [PUBLIC, OTHER]


@pytest.mark.parametrize(
    "onward",
    [
        "https://evil.test/b",
        "http://lookaside.fbsbx.com/b",
        "https://10.0.0.1/b",
        "http://169.254.169.254/",
        "",
        "//[",
    ],
)
def test_a_redirect_elsewhere_is_not_followed(onward: str) -> None:
    host = Host({"/a": redirect(onward)})
    with pytest.raises(LinkForbidden):
        host.fetch()
    assert len(host.requests) == 1


def test_a_redirect_to_a_name_of_a_house_is_not_followed() -> None:
    host = Host({"/a": redirect("https://x.fbcdn.net/b")}, {"x.fbcdn.net": [["192.168.0.1"]]})
    with pytest.raises(LinkForbidden):
        host.fetch()
    assert len(host.requests) == 1


def test_redirects_in_a_circle_end() -> None:
    host = Host({"/a": redirect("/a?mid=1")})
    with pytest.raises(LinkDead):
        host.fetch()
    assert len(host.requests) == MOST_HOPS


def test_a_host_that_an_operator_named_sees_no_token() -> None:
    host = Host({"/a": served(b"file")})
    places = Places(more_hosts=("cdn.example",))
    assert host.fetch("https://eu.cdn.example/a", places=places) == b"file"
    assert "authorization" not in host.last.headers


def test_the_sandbox_is_asked_as_it_is() -> None:
    host = Host({"/a": served(b"file")}, {"localhost": [["127.0.0.1"]]})
    places = Places(sandbox=frozenset({SIMULATOR}))
    assert host.fetch("http://localhost:9000/a", places=places) == b"file"
    assert host.last.url.host == "localhost"
    for other in ("http://localhost:5432/a", "http://127.0.0.1:9000/a", "https://localhost:9000/a"):
        with pytest.raises(LinkForbidden):
            host.fetch(other, places=places)


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
