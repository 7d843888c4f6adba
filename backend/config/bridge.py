"""The bridge to Django, which is WSGI: its own ASGI handler is many times slower."""

from __future__ import annotations

import asyncio
import math
from collections.abc import MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import structlog
from a2wsgi.wsgi import WSGIResponder
from django.urls import get_resolver

from backend.config.downloads import Handoff, send_file
from backend.config.uploads import SenderGone, TurnedAway, Uploads, is_upload
from backend.config.wsgi import Application
from backend.config.wsgi import application as django_application
from backend.lib.ids import request_id_from
from backend.receiving.answers import Send, refuse, send_answer
from backend.receiving.bodies import READ_FOR, Receive
from backend.receiving.door import Scope

logger = structlog.get_logger(__name__)

# As much of a body is waited for before a thread is taken; nearly every request is smaller.
MAX_GATHERED_BYTES = 256 * 1024

# A larger answer, or one of more messages, goes out in pieces, each waited for until there is room for it.
MAX_HELD_BYTES = 256 * 1024
MAX_HELD_MESSAGES = 8

DISK_THREADS = 4  # That read and write files, a piece at a time.

Message = MutableMapping[str, Any]

CRASHED = refuse(500, "internal_error", "Something went wrong on our side.", "Try again in a moment.")
LATE = refuse(408, "request_timeout", "The body did not arrive in time.", "Send it again.")


class Bridge:
    """Django in a pool of threads; a request takes one when it has arrived, so that slow senders hold none."""

    def __init__(self, *, threads: int, read_for: float = READ_FOR) -> None:
        self.threads = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="WSGI")
        self.read_for = read_for
        self.disk = ThreadPoolExecutor(max_workers=DISK_THREADS, thread_name_prefix="disk")
        self.uploads = Uploads(self.disk)
        _ = get_resolver().url_patterns  # Imports every view now, not while the first requests wait.

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, whatever becomes of it."""
        if is_upload(scope):
            return await self._take_file(scope, receive, send)
        try:
            async with asyncio.timeout(self.read_for):
                arrived = await _gather(receive)
        except TimeoutError:
            return await send_answer(send, LATE, request_id_from(""))
        if arrived[-1]["type"] == "http.disconnect":
            return None
        return await self._ask_django(scope, _replay(arrived, receive), receive, send)

    async def _take_file(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            async with self.uploads.arrived(scope, receive) as (whole, receive_again):
                await self._ask_django(whole, receive_again, receive, send)
        except TurnedAway as turned:
            await send_answer(send, turned.answer, request_id_from(""))
        except SenderGone:
            pass

    async def _ask_django(self, scope: Scope, body: Receive, receive: Receive, send: Send) -> None:
        started, handoff = False, Handoff()

        async def note_and_send(message: Message) -> None:
            nonlocal started
            started = True
            if (
                handoff.file is None or message["type"] != "http.response.body"
            ):  # Else its body is still to come.
                await send(message)

        try:
            responder = Responder(django_application, self.threads)
            asked: Any = (_plain({**scope, "handoff": handoff}), body, note_and_send)
            await responder(*asked)
            if handoff.file is not None:
                await send_file(handoff, receive, send, self.disk)
        except Exception:
            logger.exception("bridge.crashed", path=scope["path"])
            if started:
                raise  # Half an answer is no answer; the server closes the connection.
            await send_answer(send, CRASHED, request_id_from(""))


class Responder(WSGIResponder):
    """Hands a small answer over as a whole: each piece that its thread waits for costs two changes of thread."""

    def __init__(self, application: Application, threads: ThreadPoolExecutor) -> None:
        super().__init__(application, threads, MAX_HELD_MESSAGES)
        self.held: list[Message] = []
        self.is_small = False

    def send(self, message: Any) -> None:
        """Called by the thread, with the head of the answer first."""
        if message["type"] == "http.response.start":
            self.is_small = _length_of(message) <= MAX_HELD_BYTES
        if not self.is_small:
            return super().send(message)
        self.held.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            self.loop.call_soon_threadsafe(self._put)
        elif len(self.held) == MAX_HELD_MESSAGES:
            self.is_small = False
            for each in self.held:
                super().send(each)  # type: ignore[arg-type]
        return None

    def _put(self) -> None:
        for message in self.held:
            self.send_queue.put_nowait(message)


def _length_of(head: Message) -> float:
    """How many bytes are to follow; no number is as many: they may come slowly."""
    said = dict(head["headers"]).get(b"content-length", b"")
    return int(said) if said.isdigit() else math.inf


async def _gather(receive: Receive) -> list[Message]:
    arrived = [await receive()]
    size = len(arrived[0].get("body", b""))
    while arrived[-1].get("more_body") and size < MAX_GATHERED_BYTES:
        arrived.append(await receive())
        size += len(arrived[-1].get("body", b""))
    return arrived


def _replay(arrived: list[Message], receive: Receive) -> Receive:
    waiting = iter(arrived)

    async def receive_again() -> Message:
        message = next(waiting, None)
        return await receive() if message is None else message

    return receive_again


def _plain(scope: Scope) -> Scope:
    """Without headers that WSGI could not tell from others: it knows no difference between `_` and `-`."""
    return {**scope, "headers": [(name, value) for name, value in scope["headers"] if b"_" not in name]}
