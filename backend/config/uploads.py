"""Files that are handed in: they are gathered on disk before a thread is taken, however slowly they come."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor
from contextlib import asynccontextmanager
from typing import IO, Any

from django.conf import settings
from django.db import close_old_connections

from backend.api.authentication import identity_behind
from backend.files.incoming import MEGABYTE
from backend.receiving.answers import Answer, refuse
from backend.receiving.bodies import READ_FOR, Receive
from backend.receiving.door import Scope

PATH = "/api/media"
MOST_AT_ONCE = 8
AT_MOST = 900.0  # Seconds for all of it, as long as it moves.
FORM_AROUND = 64 * 1024  # Bytes of the form around the file.
PIECE = 256 * 1024

TOO_LARGE = refuse(413, "too_large", "The file is larger than this service takes.", "Send a smaller one.")
LATE = refuse(408, "request_timeout", "The file did not arrive in time.", "Send it again.")
BUSY = refuse(
    503,
    "service_unavailable",
    "Too many files are being handed in at this moment.",
    "Send it again in a moment.",
    retry_after="5",
)


class TurnedAway(Exception):
    """The file is not taken; why, is the answer."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        super().__init__(answer.status)


class SenderGone(Exception):
    """The sender left in the middle of it."""


def is_upload(scope: Scope) -> bool:
    """Whether a request hands in a file."""
    return scope.get("method") == "POST" and scope["path"].removesuffix("/") == PATH


def is_known(header: str) -> bool:
    """Whether somebody is behind the header `Authorization`."""
    scheme, _, token = header.partition(" ")
    try:
        return scheme.lower() == "bearer" and identity_behind(token.strip()) is not None
    finally:
        close_old_connections()


class Uploads:
    """Takes whole files, of people who are known, a few at once."""

    def __init__(
        self,
        disk: Executor,
        *,
        knows: Callable[[str], bool] = is_known,
        idle_for: float = READ_FOR,
        at_once: int = MOST_AT_ONCE,
    ) -> None:
        self.disk = disk
        self.knows = knows
        self.idle_for = idle_for
        self.room = at_once

    @asynccontextmanager
    async def arrived(self, scope: Scope, receive: Receive) -> AsyncIterator[tuple[Scope, Receive]]:
        """The request as it is once all of it is here. Of the unknown no byte is taken: Django tells them so.

        Raises TurnedAway, SenderGone.
        """
        headers = {bytes(name).lower(): bytes(value).decode("latin1") for name, value in scope["headers"]}
        if not await self._run(self.knows, headers.get(b"authorization", "")):
            yield _with_length(scope, 0), _nothing
            return
        if _declared(headers) > _limit():
            raise TurnedAway(TOO_LARGE)
        if not self.room:
            raise TurnedAway(BUSY)
        self.room -= 1
        try:
            with await self._run(_open) as file:
                size = await self._take(receive, file)
                yield _with_length(scope, size), self._reader(file, size)
        finally:
            self.room += 1

    async def _take(self, receive: Receive, file: IO[bytes]) -> int:
        size = 0
        try:
            async with asyncio.timeout(AT_MOST):
                while True:
                    async with asyncio.timeout(self.idle_for):
                        message = await receive()
                    if message["type"] == "http.disconnect":
                        raise SenderGone
                    chunk = message.get("body", b"")
                    size += len(chunk)
                    if size > _limit():
                        raise TurnedAway(TOO_LARGE)
                    await self._run(file.write, chunk)
                    if not message.get("more_body"):
                        await self._run(file.seek, 0)
                        return size
        except TimeoutError as error:
            raise TurnedAway(LATE) from error

    def _reader(self, file: IO[bytes], size: int) -> Receive:
        left = size

        async def receive() -> dict[str, Any]:
            nonlocal left
            chunk = await self._run(file.read, PIECE)
            left -= len(chunk)
            return {"type": "http.request", "body": chunk, "more_body": left > 0 and bool(chunk)}

        return receive

    async def _run(self, work: Callable[..., Any], *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self.disk, work, *arguments)


def _limit() -> int:
    return int(settings.MEDIA_MAX_MB) * MEGABYTE + FORM_AROUND


def _declared(headers: dict[bytes, str]) -> int:
    told = headers.get(b"content-length", "")
    return int(told) if told.isascii() and told.isdecimal() else 0


def _open() -> IO[bytes]:
    folder = settings.DATA_DIR / "incoming"
    folder.mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryFile(dir=folder)


def _with_length(scope: Scope, size: int) -> Scope:
    """The request with a body of this length, however it came."""
    kept = [
        (name, value)
        for name, value in scope["headers"]
        if bytes(name).lower() not in (b"content-length", b"transfer-encoding")
    ]
    return {**scope, "headers": [*kept, (b"content-length", str(size).encode())]}


async def _nothing() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}
