"""Files at the door: whoever sends or reads them slowly holds no thread, and nobody fills the disk."""

from __future__ import annotations

import asyncio
import json
from collections.abc import MutableMapping
from typing import Any

import pytest
from django.db import connections

from backend.businesses import logins
from backend.config.bridge import Bridge
from backend.config.uploads import FORM_AROUND, Uploads
from backend.files.incoming import MEGABYTE
from backend.files.models import StoredFile
from tests.config.test_doors import Messages, ask
from tests.conftest import Cast
from tests.files.keeping import content_of, keep
from tests.files.samples import PNG
from tests.receiving.asgi import whole

PATH = "/api/media"
CONTENT = PNG + bytes(range(256)) * 2000
HEAD = (
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'
)
FORM = HEAD + CONTENT + b"\r\n--b--\r\n"
KIND = {"Content-Type": "multipart/form-data; boundary=b"}


@pytest.fixture
def bearer(transactional_db: None, cast: Cast) -> dict[str, str]:
    return {"Authorization": f"Bearer {logins.issue(cast.agent.user).access}"}


def pieces(body: bytes, size: int = 65_536) -> Messages:
    return whole(*(body[at : at + size] for at in range(0, len(body), size)))


def upload(
    bridge: Bridge, headers: dict[str, str], arriving: Messages, **more: str
) -> tuple[int, dict[str, str], Any]:
    answered = asyncio.run(ask(bridge, PATH, "POST", headers=KIND | headers | more, arriving=arriving))
    connections.close_all()
    return answered


@pytest.mark.parametrize("told", [{"Content-Length": str(len(FORM))}, {"Transfer-Encoding": "chunked"}])
def test_a_file_in_pieces_arrives_whole(bearer: dict[str, str], told: dict[str, str]) -> None:
    status, _, said = upload(Bridge(threads=1), bearer, pieces(FORM), **told)
    assert (status, said["media"]["size"]) == (201, len(CONTENT))
    assert content_of(StoredFile.objects.get()) == CONTENT


def test_of_somebody_unknown_no_byte_is_taken(transactional_db: None) -> None:
    async def receive() -> MutableMapping[str, Any]:
        raise AssertionError("it reads")

    async def story() -> int:
        sent: Messages = []

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": "POST",
            "path": f"{PATH}/",
            "query_string": b"",
            "headers": [(b"authorization", b"Bearer made-up"), (b"content-length", b"99")],
        }
        await Bridge(threads=1)(scope, receive, send)
        return int(sent[0]["status"])

    assert asyncio.run(story()) == 401


@pytest.mark.parametrize("told", [{}, {"Content-Length": str(9 * MEGABYTE)}])
def test_a_file_that_is_too_large_is_not_gathered(
    bearer: dict[str, str], settings: Any, told: dict[str, str]
) -> None:
    settings.MEDIA_MAX_MB = 1
    # What is announced is not even read: it would be found that the sender has left.
    arriving: Messages = (
        [{"type": "http.disconnect"}] if told else pieces(b"x" * (MEGABYTE + FORM_AROUND + 1))
    )
    status, _, said = upload(Bridge(threads=1), bearer, arriving, **told)
    assert (status, said["code"]) == (413, "too_large")


def test_a_slow_sender_is_ended(bearer: dict[str, str]) -> None:
    bridge = Bridge(threads=1)
    bridge.uploads.idle_for = 0.05
    status, _, said = upload(bridge, bearer, pieces(FORM)[:1])
    assert (status, said["code"]) == (408, "request_timeout")


def test_so_many_at_once_and_then_no_more(bearer: dict[str, str]) -> None:
    bridge = Bridge(threads=1)
    bridge.uploads = Uploads(bridge.disk, at_once=0)
    status, headers, said = upload(bridge, bearer, pieces(FORM))
    assert (status, said["code"], headers["retry-after"]) == (503, "service_unavailable", "5")


def test_a_sender_that_leaves_is_forgotten(bearer: dict[str, str]) -> None:
    async def story() -> int:
        bridge = Bridge(threads=1)
        room = bridge.uploads.room
        arriving = [*pieces(FORM)[:2], {"type": "http.disconnect"}]
        with pytest.raises(IndexError):  # Nothing was answered.
            await ask(bridge, PATH, "POST", headers=KIND | bearer, arriving=arriving)
        return bridge.uploads.room - room

    assert asyncio.run(story()) == 0
    assert not StoredFile.objects.exists()


class Reader:
    """Takes an answer piece by piece, when it is let."""

    def __init__(self, path: str, headers: dict[str, str]) -> None:
        self.sent: Messages = []
        self.began, self.takes, self.gone = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.asks = True
        self.scope = {
            "type": "http",
            "http_version": "1.1",
            "method": "GET",
            "path": path,
            "query_string": b"",
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        }

    async def receive(self) -> MutableMapping[str, Any]:
        if self.asks:
            self.asks = False
            return {"type": "http.request", "body": b"", "more_body": False}
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: MutableMapping[str, Any]) -> None:
        self.sent.append(message)
        if message["type"] == "http.response.body":
            self.began.set()
            await self.takes.wait()

    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent)

    def begin(self, bridge: Bridge) -> asyncio.Task[None]:
        return asyncio.create_task(bridge(self.scope, self.receive, self.send))


def test_slow_readers_hold_no_thread(bearer: dict[str, str], cast: Cast) -> None:
    path = f"{PATH}/{keep(cast.business.pk, CONTENT).pk}"

    async def story() -> None:
        bridge = Bridge(threads=1)
        readers = [Reader(path, bearer) for _ in range(5)]
        tasks = [reader.begin(bridge) for reader in readers]
        for reader in readers:
            await reader.began.wait()
        assert (await ask(bridge, "/healthz"))[0] == 200
        for reader in readers:
            reader.takes.set()
        await asyncio.gather(*tasks)
        assert {reader.body() for reader in readers} == {CONTENT}
        assert len(readers[0].sent) > 5, "piece by piece"

    asyncio.run(story())
    connections.close_all()


def test_nothing_is_read_for_a_reader_who_left(bearer: dict[str, str], cast: Cast) -> None:
    path = f"{PATH}/{keep(cast.business.pk, CONTENT).pk}"

    async def story() -> bytes:
        reader = Reader(path, bearer)
        task = reader.begin(Bridge(threads=1))
        await reader.began.wait()
        reader.gone.set()
        await asyncio.sleep(0)
        reader.takes.set()
        await task
        return reader.body()

    assert 0 < len(asyncio.run(story())) < len(CONTENT)
    connections.close_all()


def test_a_failure_is_said_as_ever(bearer: dict[str, str]) -> None:
    path = f"{PATH}/00000000-0000-7000-8000-000000000000"
    status, _, said = asyncio.run(ask(Bridge(threads=1), path, headers=bearer))
    assert (status, said["code"]) == (404, "not_found")
    assert json.dumps(said)
    connections.close_all()
