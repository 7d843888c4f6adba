"""One connection to a host that does whatever hosts do."""

from __future__ import annotations

import gzip
import io
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import httpx2
import pytest

from backend.platforms.meta.wire import Wire

pytestmark = pytest.mark.process  # The hosts are threads of its own, on this machine.

PATIENCE = 5.0
SILENCE = None  # What a host says that says nothing.


def said(content: bytes, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(content)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + content


class Early(bytes):
    """What a host says once it has heard the head of a request, and no more of it."""


class Host(threading.Thread):
    """Says its lines, a list for each connection; after the last of them it hangs up."""

    def __init__(self, connections: Sequence[Sequence[bytes | None]]) -> None:
        super().__init__(daemon=True)
        self.connections = connections
        self.heard: list[list[bytes]] = []
        self.hung_up = [threading.Event() for _ in connections]
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.listening.settimeout(PATIENCE)
        self.silent = threading.Event()
        self.url = f"http://127.0.0.1:{self.listening.getsockname()[1]}"

    def run(self) -> None:
        with suppress(OSError):  # Whoever calls hangs up as well.
            self._speak()

    def _speak(self) -> None:
        for lines, hung_up in zip(self.connections, self.hung_up, strict=True):
            connection, _ = self.listening.accept()
            with connection:
                connection.settimeout(PATIENCE)
                self.heard.append([])
                for line in lines:
                    self.heard[-1].append(_request(connection, whole=not isinstance(line, Early)))
                    if line is SILENCE:
                        self.silent.wait(PATIENCE)
                    else:
                        connection.sendall(line)
            hung_up.set()

    def close(self) -> None:
        self.silent.set()
        self.listening.close()


def _request(connection: socket.socket, *, whole: bool) -> bytes:
    """All of one request, by its length, or its beginning."""
    told = b""
    while b"\r\n\r\n" not in told:
        told += _more(connection)
    head, _, body = told.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    missing = int(lengths[0].partition(b":")[2]) - len(body) if lengths and whole else 0
    while missing > 0:
        more = _more(connection)
        told, missing = told + more, missing - len(more)
    return told


def _more(connection: socket.socket) -> bytes:
    more = connection.recv(65_536)
    if not more:
        raise ConnectionError
    return more


@contextmanager
def host(*connections: Sequence[bytes | None]) -> Iterator[Host]:
    speaking = Host(connections)
    speaking.start()
    try:
        yield speaking
    finally:
        speaking.close()


@pytest.fixture
def wire() -> Iterator[Wire]:
    one = Wire(httpx2.create_ssl_context())
    yield one
    one.close()


def call(wire: Wire, url: str, *, seconds: float = PATIENCE, **content: object) -> httpx2.Response:
    timeout = httpx2.Timeout(seconds).as_dict()
    method = "POST" if content else "GET"
    request = httpx2.Request(method, url, extensions={"timeout": timeout}, **content)  # type: ignore[arg-type]
    response = wire.handle_request(request)
    response.read()
    return response


def test_calls_share_a_connection(wire: Wire) -> None:
    with host([said(b"one"), said(b"two", "X-Told: yes", status="404 Not Found")]) as meta:
        first = call(wire, f"{meta.url}/v25.0/me?fields=id%2Cname")
        second = call(wire, f"{meta.url}/messages", json={"text": "Grüße"})
    assert (first.status_code, first.content) == (200, b"one")
    assert (second.status_code, second.content, second.headers["x-told"]) == (404, b"two", "yes")
    ((asked, posted),) = meta.heard
    assert asked.startswith(b"GET /v25.0/me?fields=id%2Cname HTTP/1.1\r\nHost: 127.0.0.1:")
    assert asked.count(b"Host:") == 1
    assert posted.endswith('{"text":"Grüße"}'.encode())


def test_a_connection_that_ended_meanwhile_is_made_anew(wire: Wire) -> None:
    with host([said(b"one")], [said(b"two")]) as meta:
        call(wire, meta.url)
        assert meta.hung_up[0].wait(PATIENCE)
        assert call(wire, meta.url).content == b"two"


def test_another_host_has_a_connection_of_its_own(wire: Wire) -> None:
    with host([said(b"one")]) as meta, host([said(b"other")]) as other:
        assert call(wire, meta.url).content == b"one"
        assert call(wire, other.url).content == b"other"


def test_a_host_that_closes_after_each_answer(wire: Wire) -> None:
    with host([said(b"one", "Connection: close")], [said(b"two")]) as meta:
        assert [call(wire, meta.url).content for _ in range(2)] == [b"one", b"two"]


def test_what_is_packed_is_unpacked(wire: Wire) -> None:
    with host([said(gzip.compress(b"{}" * 100), "Content-Encoding: gzip")]) as meta:
        assert call(wire, meta.url).content == b"{}" * 100


def test_an_answer_in_pieces(wire: Wire) -> None:
    pieces = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{"a\r\n4\r\n":1}\r\n0\r\n\r\n'
    with host([pieces]) as meta:
        assert call(wire, meta.url).json() == {"a": 1}


def test_a_header_that_is_not_ascii(wire: Wire) -> None:
    refused = said(b"{}", 'WWW-Authenticate: OAuth "Best\u00e4tigung"', status="400 Bad Request")
    with host([refused]) as meta:
        response = call(wire, meta.url, json={})
    assert response.status_code == 400
    assert "Best\u00e4tigung".encode() in dict(response.headers.raw)[b"WWW-Authenticate"]


def test_what_comes_before_the_answer_is_passed_over(wire: Wire) -> None:
    hint = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
    with host([hint + said(b"one"), said(b"two")]) as meta:
        assert [call(wire, meta.url, json={}).content for _ in range(2)] == [b"one", b"two"]


def test_a_host_that_only_says_that_it_will_answer(wire: Wire) -> None:
    with host([b"HTTP/1.1 102 Processing\r\n\r\n" * 50]) as meta, pytest.raises(httpx2.RemoteProtocolError):
        call(wire, meta.url, json={})


def test_a_file_that_is_refused_before_its_end(wire: Wire) -> None:
    """The host reads no more than its beginning, and says why; nothing else is said on that connection."""
    too_large = said(b"too large", status="413 Content Too Large")
    with host([Early(too_large)], [said(b"next")]) as meta:
        file = ("film.mp4", io.BytesIO(b"\x00" * 30_000_000), "video/mp4")
        response = call(wire, f"{meta.url}/media", files={"file": file})
        assert call(wire, meta.url).content == b"next"
    assert (response.status_code, response.content) == (413, b"too large")


def test_a_file_travels_as_it_is_read(wire: Wire) -> None:
    content = b"\x00\xff" * 500_000
    with host([said(b"{}")]) as meta:
        file = ("cat.png", io.BytesIO(content), "image/png")
        call(wire, f"{meta.url}/media", data={"type": "image/png"}, files={"file": file})
    ((posted,),) = meta.heard
    assert content in posted
    assert b'name="type"' in posted


def test_what_may_not_stand_in_a_header_is_not_sent(wire: Wire) -> None:
    with host([said(b"")]) as meta:
        timeout = {"timeout": httpx2.Timeout(PATIENCE).as_dict()}
        request = httpx2.Request("GET", meta.url, headers={"X-Token": "a\r\nX-Other: b"}, extensions=timeout)
        with pytest.raises(httpx2.RequestError):
            wire.handle_request(request)
    assert meta.heard in ([], [[]])


def test_nobody_there(wire: Wire) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(httpx2.ConnectError):
        call(wire, f"http://127.0.0.1:{port}")


def test_a_host_that_speaks_no_tls_was_never_called(wire: Wire) -> None:
    with host([]) as meta, pytest.raises(httpx2.ConnectError):
        call(wire, meta.url.replace("http:", "https:"))


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        ([SILENCE], httpx2.ReadTimeout),
        ([b""], httpx2.RemoteProtocolError),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"], httpx2.RemoteProtocolError),
        ([b"Hello.\r\n\r\n"], httpx2.RemoteProtocolError),
    ],
    ids=["silent", "hangs up", "hangs up in between", "no HTTP"],
)
def test_a_lost_answer_is_told_from_a_call_that_never_left(
    wire: Wire, lines: list[bytes | None], fault: type[Exception]
) -> None:
    with host(lines, [said(b"again")]) as meta:
        with pytest.raises(fault):
            call(wire, meta.url, seconds=0.2, json={})
        meta.silent.set()
        assert call(wire, meta.url).content == b"again"  # ... and the next call has another connection.
    assert [len(each) for each in meta.heard] == [1, 1]
