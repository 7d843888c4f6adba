"""Connections to Meta that are lent to one call at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import httpx2

ONE = httpx2.Limits(max_connections=1, max_keepalive_connections=1)


class Clients:
    """HTTP clients with a connection each, lent to one call at a time. For several threads.

    A pool of many connections looks through all of them, behind a lock, for every call: with 64 that is a third of its
    cost. Who came back last goes out first, so that few calls keep few connections warm.
    """

    def __init__(self, transport: httpx2.BaseTransport | None, timeout: float) -> None:
        # Whom to trust is read once: that takes longer than many calls.
        trusted = httpx2.create_ssl_context() if transport is None else True
        self._make = partial(httpx2.Client, transport=transport, verify=trusted, timeout=timeout, limits=ONE)
        self._idle = deque([self._make()])
        self.headers = dict(self._idle[0].headers)  # What a client says of itself.

    @contextmanager
    def lend(self) -> Iterator[httpx2.Client]:
        """A client that nobody else has until the block ends."""
        try:
            client = self._idle.pop()
        except IndexError:
            client = self._make()
        try:
            yield client
        finally:
            self._idle.append(client)

    def close(self) -> None:
        """Give the connections back."""
        while self._idle:
            self._idle.pop().close()
