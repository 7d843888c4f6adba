"""Files on their way out: a thread decides and opens, the event loop sends, so that slow readers hold no thread."""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor
from typing import IO, Any

from django.db import close_old_connections

from backend.receiving.answers import Send
from backend.receiving.bodies import Receive


class Handoff:
    """What WSGI calls a file wrapper: Django hands over the file that it would send, and its thread is free."""

    def __init__(self) -> None:
        self.file: IO[bytes] | None = None
        self.block = 0

    def __call__(self, file: IO[bytes], block_size: int) -> tuple[()]:
        """Called by Django in its thread, which has nothing more to do for this request."""
        self.file, self.block = file, block_size
        close_old_connections()
        return ()


async def send_file(handoff: Handoff, receive: Receive, send: Send, disk: Executor) -> None:
    """Send what was handed over, as fast as the reader takes it, and for as long as there is a reader."""
    loop = asyncio.get_running_loop()
    file = handoff.file
    assert file is not None
    left: asyncio.Future[Any] = asyncio.ensure_future(_disconnected(receive))
    try:
        while not left.done():
            chunk = await loop.run_in_executor(disk, file.read, handoff.block)
            await send({"type": "http.response.body", "body": chunk, "more_body": bool(chunk)})
            if not chunk:
                return
    finally:
        left.cancel()
        await loop.run_in_executor(disk, file.close)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
