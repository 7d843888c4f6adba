"""A small ASGI server side: what uvicorn does for the door, in-process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any

from backend.lib.secret import Secret
from backend.platforms.meta.signature import sign
from backend.receiving.door import Door

PATH = "/api/webhooks/meta"
SECRET = Secret("secret of the app")

Messages = list[MutableMapping[str, Any]]


@dataclass(frozen=True)
class Answer:
    """What the door answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def said(self) -> dict[str, Any]:
        """The envelope of a refusal."""
        said: dict[str, Any] = json.loads(self.body)
        return said


def signed(body: bytes, secret: Secret = SECRET) -> dict[str, str]:
    return {"X-Hub-Signature-256": sign(body, secret)}


def whole(*chunks: bytes) -> Messages:
    """A body as it arrives, in these pieces."""
    last = len(chunks) - 1
    return [
        {"type": "http.request", "body": chunk, "more_body": index < last}
        for index, chunk in enumerate(chunks)
    ]


async def call(
    door: Door,
    method: str,
    path: str = PATH,
    *,
    query: str = "",
    headers: Mapping[str, str] | None = None,
    arriving: Sequence[MutableMapping[str, Any]] = (),
) -> Answer:
    """One request; when nothing more arrives, the sender is silent for ever."""
    waiting = list(arriving)
    sent: Messages = []

    async def receive() -> MutableMapping[str, Any]:
        if not waiting:
            await asyncio.Event().wait()
        return waiting.pop(0)

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()],
    }
    await door(scope, receive, send)
    start, end = sent
    answered = {name.decode(): value.decode() for name, value in start["headers"]}
    return Answer(start["status"], answered, end["body"])


async def deliver(door: Door, body: bytes, *, path: str = PATH, secret: Secret = SECRET) -> Answer:
    """One signed delivery."""
    return await call(door, "POST", path, headers=signed(body, secret), arriving=whole(body))
