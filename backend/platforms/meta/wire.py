"""
One connection, as an httpx2 transport over the HTTP client of the standard library.

That client takes half of the processor that httpx2's own needs for a call, and where sixty threads call at once, a call
is a third of what sending a message costs. It repeats nothing by itself, and errors are httpx2's own: whether the
request may have arrived is told by their kind.
"""

from __future__ import annotations

import select
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any

import httpx2

Timeouts = dict[str, float | None]
Origin = tuple[str, str, int | None]

# Seconds; the other end closes what rests for long, and perhaps just when it is used again.
RESTS_AT_MOST = 5.0
MOST_HINTS = 10  # Answers before the answer; a host that never comes to it is not listened to.


class Answer(HTTPResponse):
    """The last answer: what says that more will follow (103, for instance) is passed over."""

    def begin(self) -> None:
        """Read its head."""
        super().begin()
        for _ in range(MOST_HINTS):
            if self.status >= HTTPStatus.OK:
                return
            self.headers = None  # type: ignore[assignment]  # It would take itself for begun.
            super().begin()
        raise HTTPException("It only says that it will answer.")


class Wire(httpx2.BaseTransport):
    """Calls one after the other over one connection, which is made anew where it ended. Not for several threads."""

    def __init__(self, trusted: ssl.SSLContext) -> None:
        """`trusted`: whom to believe that they are the host that was asked for."""
        self._trusted = trusted
        self._origin: Origin | None = None
        self._connection = HTTPConnection("")
        self._used_at = 0.0

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """The answer, all of it. Raises a kind of httpx2.RequestError."""
        timeouts: Timeouts = request.extensions["timeout"]
        try:
            self._be_connected(request.url, timeouts)
            response = self._exchange(request, timeouts)
        except BaseException:
            self.close()
            raise
        self._used_at = time.monotonic()
        return response

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def _exchange(self, request: httpx2.Request, timeouts: Timeouts) -> httpx2.Response:
        try:
            with _told_as(httpx2.WriteTimeout, httpx2.WriteError, request):
                self._wait_for(timeouts["write"])
                _send(self._connection, request)
        except httpx2.WriteError as broken:
            # Who will not hear all of a large file says why, and hangs up.
            with suppress(httpx2.RequestError):
                return self._last_answer(request, timeouts)
            raise broken from broken.__cause__
        return self._answer(request, timeouts)

    def _last_answer(self, request: httpx2.Request, timeouts: Timeouts) -> httpx2.Response:
        """Nothing else may follow on this connection: half of a request is still on its way."""
        try:
            return self._answer(request, timeouts)
        finally:
            self.close()

    def _answer(self, request: httpx2.Request, timeouts: Timeouts) -> httpx2.Response:
        with _told_as(httpx2.ReadTimeout, httpx2.ReadError, request):
            self._wait_for(timeouts["read"])
            answer = self._connection.getresponse()
            content = answer.read()
        # As bytes: they may hold whatever Latin-1 does.
        headers = [(name.encode("latin-1"), text.encode("latin-1")) for name, text in answer.getheaders()]
        return httpx2.Response(
            answer.status, headers=headers, stream=httpx2.ByteStream(content), request=request
        )

    def _be_connected(self, url: httpx2.URL, timeouts: Timeouts) -> None:
        origin = (url.scheme, url.host, url.port)
        if origin == self._origin and self._is_alive():
            return
        self.close()
        self._origin, self._connection = origin, self._to(url, timeouts["connect"])
        self._connection.response_class = Answer
        with _told_as(httpx2.ConnectTimeout, httpx2.ConnectError):
            self._connection.connect()

    def _to(self, url: httpx2.URL, timeout: float | None) -> HTTPConnection:
        host = url.raw_host.decode("ascii").strip("[]")
        if url.scheme == "https":
            return HTTPSConnection(host, url.port, timeout=timeout, context=self._trusted)
        return HTTPConnection(host, url.port, timeout=timeout)

    def _is_alive(self) -> bool:
        """Whether the connection may be used again; whoever rests and has something to say hangs up."""
        sock = self._connection.sock
        if sock is None or time.monotonic() - self._used_at > RESTS_AT_MOST:
            return False
        look = select.poll()
        look.register(sock, select.POLLIN)
        return not look.poll(0)

    def _wait_for(self, seconds: float | None) -> None:
        sock = self._connection.sock
        if sock.gettimeout() != seconds:
            sock.settimeout(seconds)


def _send(connection: HTTPConnection, request: httpx2.Request) -> None:
    target = request.url.raw_path.decode("ascii")
    connection.putrequest(request.method, target, skip_host=True, skip_accept_encoding=True)
    for name, value in request.headers.raw:
        connection.putheader(name.decode("latin-1"), value)
    connection.endheaders(_body_of(request), encode_chunked="transfer-encoding" in request.headers)


def _body_of(request: httpx2.Request) -> Any:
    """Bytes, which leave together with the headers; or parts of what is not all in memory."""
    try:
        return request.content or None
    except httpx2.RequestNotRead:
        return request.stream


@contextmanager
def _told_as(
    too_late: type[httpx2.TimeoutException],
    broken: type[httpx2.NetworkError],
    request: httpx2.Request | None = None,
) -> Iterator[None]:
    """What the standard library raises, in httpx2's words."""
    try:
        yield
    except TimeoutError as error:
        raise too_late(str(error) or "It took too long.", request=request) from error
    except (HTTPException, ValueError) as error:  # ValueError: of what may not stand in a header.
        raise httpx2.RemoteProtocolError(f"{type(error).__name__}: {error}", request=request) from error
    except OSError as error:  # Also what TLS refuses.
        raise broken(str(error), request=request) from error
