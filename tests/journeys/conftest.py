"""Whole stories through HTTP, with the simulator on the other side; both directions in-process, no sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from a2wsgi import ASGIMiddleware
from django.conf import settings as django_settings
from django.db import connections
from rest_framework.test import APIClient

from backend.config.webhooks import is_for_door, make_door
from backend.lib import clock
from backend.receiving import bulk, media, process
from backend.receiving.door import Door
from backend.sending import deliver, reactions, signals, uploads
from backend.simulator.app import create_app
from backend.simulator.config import Config
from backend.simulator.sender import answered
from tests.conftest import Cast, ClientOf

PATIENCE = 10.0  # Seconds that anything in-process may take; nothing here waits for less.


def post_to_django(path: str, headers: dict[str, str], body: bytes) -> int:
    """What does not belong to the door, in a thread as behind the bridge; the status knows the text."""
    try:
        answer = APIClient().generic("POST", path, body.decode(), content_type=headers["Content-Type"])
        return answered(answer.status_code, answer.content.decode())
    finally:
        connections.close_all()


class DoorSender:
    """The simulator's way to us, without a network."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.seen: list[tuple[str, dict[str, str], bytes]] = []

    async def post(self, url: str, *, headers: dict[str, str], body: bytes) -> int:
        self.seen.append((url, headers, body))
        path = httpx2.URL(url).path
        if is_for_door(path):
            return (await self._call("POST", url, headers, body))[0]
        return await asyncio.to_thread(post_to_django, path, headers, body)

    async def get(self, url: str, *, params: dict[str, str]) -> tuple[int, str]:
        status, answer = await self._call("GET", str(httpx2.URL(url, params=params)), {}, b"")
        return status, answer.decode()

    async def _call(self, method: str, url: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        parts = httpx2.URL(url)
        scope = {
            "type": "http",
            "method": method,
            "path": parts.path,
            "query_string": parts.query,
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        }
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await self.door(scope, receive, send)
        return sent[0]["status"], sent[1]["body"]


class Phone:
    """The simulator's control door: what customers and Meta do."""

    def __init__(self, http: httpx2.Client, settle: Callable[[], None]) -> None:
        self.http = http
        self.delivered = settle  # Wait until every webhook has been taken.

    def world(self) -> dict[str, Any]:
        world: dict[str, Any] = self.get("/sim/world")
        return world

    def get(self, path: str, **params: Any) -> Any:
        return self._read(self.http.get(path, params=params))

    def post(self, path: str, **body: Any) -> Any:
        return self._read(self.http.post(path, json=body))

    def write(self, platform: str, text: str, **more: Any) -> list[str]:
        """The customer writes; the ids of the messages, when our door has taken them."""
        ids: list[str] = self.post("/sim/inbound", platform=platform, kind="text", text=text, **more)["ids"]
        self.delivered()
        return ids

    def outbox(self, platform: str | None = None, *, kind: str = "text") -> list[dict[str, Any]]:
        items = self.get("/sim/outbox", **({"platform": platform} if platform else {}))["items"]
        return [item for item in items if item["kind"] == kind]

    def approve(self, url: str, **more: Any) -> httpx2.URL:
        return httpx2.URL(self.post("/sim/approve", authorizationUrl=url, **more)["redirectUrl"])

    @staticmethod
    def _read(answer: httpx2.Response) -> Any:
        assert answer.is_success, answer.text
        return answer.json()


@pytest.fixture
def phone(transactional_db: None, settings: Any, tmp_path: Path) -> Iterator[Phone]:
    """The simulator, bound to our door and our adapters to it."""
    sender = DoorSender(make_door())
    config = Config(
        data_dir=tmp_path,
        app_id=settings.META_APP_ID,
        app_secret=settings.META_APP_SECRET,
        verify_token=settings.META_VERIFY_TOKEN,
        instagram_app_id=settings.INSTAGRAM_APP_ID,
        instagram_app_secret=settings.INSTAGRAM_APP_SECRET,
        public_url=django_settings.PUBLIC_URL,
    )
    app = create_app(config, sender=sender)
    wsgi = ASGIMiddleware(app)  # type: ignore[arg-type]
    settings.META_TRANSPORT = httpx2.WSGITransport(app=wsgi)  # type: ignore[arg-type]

    def finish(work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, wsgi.loop).result(PATIENCE)

    with httpx2.Client(transport=settings.META_TRANSPORT, base_url=settings.META_GRAPH_URL) as http:
        yield Phone(http, lambda: finish(app.sim.postman.settled()))
    finish(app.sim.close())
    finish(sender.door.close())


Work = Callable[[], None]


@pytest.fixture
def work(phone: Phone) -> Work:
    """Do what the worker does until nothing is left, the platform's answers included."""

    def work_all() -> None:
        busy = True
        while busy:
            phone.delivered()
            busy = process.drain() or uploads.drain(map) or deliver.drain(map) or media.drain(map)
            busy = busy or signals.drain(map) or reactions.drain(map)
            phone.delivered()
            busy = busy or process.drain() or bulk.drain(lambda _seconds: None)

    return work_all


class Desk:
    """What one member does, through the API."""

    def __init__(self, client: APIClient) -> None:
        self.client = client

    def get(self, path: str, expect: int = 200, **query: Any) -> Any:
        return self._read(self.client.get(path, query), expect)

    def post(self, path: str, body: Any = None, expect: int = 200, **headers: str) -> Any:
        return self._read(self.client.post(path, body or {}, format="json", headers=headers), expect)

    def delete(self, path: str, expect: int = 200) -> Any:
        return self._read(self.client.delete(path), expect)

    def connect(self, platform: str, expect: int = 200, **more: Any) -> Any:
        return self.post("/api/integrations/connect", {"platform": platform, **more}, expect)

    def integration(self, platform: str) -> dict[str, Any]:
        rows = self.get("/api/integrations")["integrations"]
        return next(row for row in rows if row["platform"] == platform)

    def conversations(self, **query: Any) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.get("/api/conversations", **query)["conversations"]
        return rows

    def messages(self, conversation: dict[str, Any]) -> list[dict[str, Any]]:
        """Oldest first."""
        rows: list[dict[str, Any]] = self.get(f"/api/conversations/{conversation['id']}/messages")["messages"]
        return rows[::-1]

    def reply(self, conversation: dict[str, Any], text: str, expect: int = 202, *, key: str = "") -> Any:
        path = f"/api/conversations/{conversation['id']}/messages"
        headers = {"Idempotency-Key": key} if key else {}
        return self.post(path, {"type": "TEXT", "text": text}, expect, **headers)

    @staticmethod
    def _read(answer: Any, expect: int) -> Any:
        assert answer.status_code == expect, (answer.status_code, answer.content)
        return answer.json()


@pytest.fixture
def owner(cast: Cast, client_of: ClientOf, phone: Phone) -> Desk:
    return Desk(client_of(cast.owner))


@pytest.fixture
def rival(cast: Cast, client_of: ClientOf, phone: Phone) -> Desk:
    return Desk(client_of(cast.stranger))


@pytest.fixture
def moved_clock(phone: Phone, tmp_path: Path) -> Iterator[Work]:
    """Follow the simulator's clock; call it after the clock was moved."""
    yield lambda: clock.use_offset_file(tmp_path / "clock")
    clock.use_offset_file(django_settings.DATA_DIR / "clock")
