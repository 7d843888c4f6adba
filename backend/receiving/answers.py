"""What the bare doors answer: the contract's envelope, without Django."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import Any

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


@dataclass(frozen=True, eq=False)
class Answer:
    """One HTTP answer of the door."""

    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...]

    @cached_property
    def head(self) -> bytes:
        """Its first lines as they leave by HTTP/1.1."""
        first = b"HTTP/1.1 %d %s\r\n" % (self.status, HTTPStatus(self.status).phrase.encode())
        return first + b"".join(b"%s: %s\r\n" % header for header in self.headers)


def say(status: int, body: bytes, content_type: bytes, **more: str) -> Answer:
    """An answer with its headers."""
    extra = [(name.replace("_", "-").encode(), value.encode()) for name, value in more.items()]
    headers = ((b"content-type", content_type), (b"content-length", str(len(body)).encode()))
    return Answer(status, body, (*headers, *extra))


def text(body: bytes) -> Answer:
    """What the platform wants to hear."""
    return say(200, body, b"text/plain; charset=utf-8", x_content_type_options="nosniff")


def refuse(status: int, code: str, message: str, resolution: str | None = None, **headers: str) -> Answer:
    """A refusal in the contract's envelope. It tells the caller nothing that helps to forge a signature."""
    envelope = {
        "success": False,
        "code": code,
        "message": message,
        "resolution": resolution,
        "fields": None,
    }
    return say(status, json.dumps(envelope).encode(), b"application/json", **headers)


async def send_answer(send: Send, answer: Answer, request_id: str) -> None:
    """Send the whole answer, with the id that stands in the log lines too."""
    headers = [*answer.headers, (b"x-request-id", request_id.encode())]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
