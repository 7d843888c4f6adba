"""Requests that arrive whole are handed over without ASGI: no task, no messages, one write.

Nearly every delivery is small and comes in one piece. What does not, or is anything but a signed delivery that can be
stored, goes the ordinary way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from backend.receiving.answers import Answer

# Above this a body counts among the large ones, which share their room.
MAX_PARCEL_BYTES = 64 * 1024


class Hatch(Protocol):
    """Where parcels are handed in."""

    @property
    def url(self) -> bytes:
        """The only address that it is for."""

    def take(self, headers: Mapping[bytes, bytes], body: bytes, reply: Callable[[Answer, str], None]) -> bool:
        """Whether it is taken: then `reply` is called later, once. Else it goes the ordinary way."""


class _Deaf:
    """Nobody waits for news of a parcel."""

    def set(self) -> None:
        """There is nobody to wake."""


class Parcel:
    """A request while it is answered; all of uvicorn's own cycle that its connection asks for."""

    __slots__ = ("body", "disconnected", "keep_alive", "response_complete", "scope")

    more_body = False
    message_event = _Deaf()

    def __init__(self, scope: Any, *, keep_alive: bool) -> None:
        self.scope = scope
        self.keep_alive = keep_alive
        self.body = b""
        self.response_complete = False
        self.disconnected = False

    def answer(
        self,
        transport: asyncio.Transport,
        default_headers: list[tuple[bytes, bytes]],
        answer: Answer,
        request_id: str,
    ) -> None:
        """Write the whole answer at once."""
        self.response_complete = True
        if self.disconnected or transport.is_closing():
            return
        lines = [answer.head]
        lines += [b"%s: %s\r\n" % header for header in default_headers]
        if not self.keep_alive:
            lines.append(b"connection: close\r\n")
        lines += [b"x-request-id: ", request_id.encode(), b"\r\n\r\n", answer.body]
        transport.write(b"".join(lines))
        if not self.keep_alive:
            transport.close()
