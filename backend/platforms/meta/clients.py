"""Connections to Meta that are lent to one call at a time."""

from __future__ import annotations

import ssl
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from urllib.request import getproxies

import httpx2

from backend.platforms.meta.wire import Wire

ONE = httpx2.Limits(max_connections=1, max_keepalive_connections=1)
PROXIED = frozenset({"http", "https", "all"})
Make = Callable[[], httpx2.BaseTransport]


class Clients:
    """HTTP transports with a connection each, lent to one call at a time. For several threads.

    A pool of many connections looks through all of them, behind a lock, for every call: with 64 that is a third of its
    cost. Who came back last goes out first, so that few calls keep few connections warm.
    """

    def __init__(self, transport: httpx2.BaseTransport | None) -> None:
        self._make = _network() if transport is None else lambda: transport
        self._idle = deque([self._make()])
        # What a client says of itself; it opens nothing.
        self.headers = dict(httpx2.Client(transport=self._idle[0]).headers)

    @contextmanager
    def lend(self) -> Iterator[httpx2.BaseTransport]:
        """A transport that nobody else has until the block ends."""
        try:
            transport = self._idle.pop()
        except IndexError:
            transport = self._make()
        try:
            yield transport
        finally:
            self._idle.append(transport)

    def close(self) -> None:
        """Give the connections back."""
        while self._idle:
            self._idle.pop().close()


def _network() -> Make:
    # Whom to trust is read once: that takes longer than many calls.
    trusted = httpx2.create_ssl_context()
    has_proxy = not PROXIED.isdisjoint(getproxies())
    return partial(Proxied, trusted) if has_proxy else partial(Wire, trusted)


class Proxied(httpx2.BaseTransport):
    """Through the proxy that the environment names, of which httpx2 knows the ways."""

    def __init__(self, trusted: ssl.SSLContext) -> None:
        self._client = httpx2.Client(verify=trusted, limits=ONE)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """The answer, all of it."""
        return self._client.send(request)

    def close(self) -> None:
        """Hang up."""
        self._client.close()
