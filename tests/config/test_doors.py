"""Which door a request belongs to, and what becomes of it there."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any

import pytest

from backend.config.bridge import MAX_GATHERED_BYTES, Bridge
from backend.config.doors import Doors, Served
from tests.receiving.asgi import whole

Messages = list[MutableMapping[str, Any]]


async def ask(
    app: Any,
    path: str,
    method: str = "GET",
    *,
    headers: Mapping[str, str] | None = None,
    arriving: Sequence[MutableMapping[str, Any]] | None = None,
) -> tuple[int, dict[str, str], Any]:
    """Status, headers and what was said."""
    waiting = list(whole(b"") if arriving is None else arriving)
    sent: Messages = []

    async def receive() -> MutableMapping[str, Any]:
        if not waiting:
            await asyncio.Event().wait()
        return waiting.pop(0)

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": path,
        "query_string": b"",
        "client": ("127.0.0.1", 1),
        "headers": [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()],
    }
    await app(scope, receive, send)
    body = b"".join(message.get("body", b"") for message in sent[1:])
    answered = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], answered, json.loads(body) if body else None


HOOK, REST, CALLBACK = "/api/webhooks/meta", "/api/integrations", "/api/webhooks/meta/deauthorize"


@pytest.mark.parametrize(
    ("served", "path", "method", "status"),
    [
        (Served.ALL, HOOK, "POST", 403),
        (Served.ALL, REST, "GET", 401),
        (Served.ALL, "/healthz", "GET", 200),
        (Served.WEBHOOKS, HOOK, "POST", 403),
        (Served.WEBHOOKS, f"{HOOK}/", "POST", 403),
        (Served.WEBHOOKS, REST, "GET", 404),
        (Served.WEBHOOKS, "/healthz", "GET", 200),
        (Served.WEBHOOKS, CALLBACK, "POST", 403),
        (Served.REST, HOOK, "POST", 404),
        (Served.REST, REST, "GET", 401),
        (Served.REST, "/healthz", "GET", 200),
        (Served.REST, CALLBACK, "POST", 403),
    ],
)
@pytest.mark.django_db(transaction=True)
def test_who_answers_where(served: Served, path: str, method: str, status: int) -> None:
    answered, headers, said = asyncio.run(ask(Doors(served), path, method))
    assert answered == status, said
    assert headers["x-request-id"]
    if status == 404:
        assert "proxy" in said["resolution"]


@pytest.mark.parametrize("path", [HOOK, REST])
def test_browsers_hear_the_same_rule_at_both_doors(path: str) -> None:
    origin = {"Origin": "http://localhost:3000"}
    _, headers, _ = asyncio.run(ask(Doors(), path, "PUT", headers=origin))
    assert headers["access-control-allow-origin"] == "http://localhost:3000"
    assert "x-request-id" in headers["access-control-expose-headers"]
    _, stranger, _ = asyncio.run(ask(Doors(), path, "PUT", headers={"Origin": "http://elsewhere.test"}))
    assert "access-control-allow-origin" not in stranger


def test_its_life_is_told() -> None:
    async def story() -> list[str]:
        doors, told = Doors(), []
        arriving = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]

        async def receive() -> MutableMapping[str, Any]:
            return arriving.pop(0)

        async def send(message: MutableMapping[str, Any]) -> None:
            told.append(message["type"])

        await doors({"type": "lifespan"}, receive, send)
        return told

    assert asyncio.run(story()) == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


# ---- the bridge


def test_a_slow_sender_holds_no_thread() -> None:
    async def story() -> None:
        bridge = Bridge(threads=1, read_for=0.05)
        slow = [
            asyncio.create_task(ask(bridge, REST, "POST", arriving=whole(b"{", b"")[:1])) for _ in range(5)
        ]
        for _ in range(5):
            await asyncio.sleep(0)
        status, _, _ = await ask(bridge, "/healthz")
        assert status == 200
        assert [(await task)[0] for task in slow] == [408] * 5

    asyncio.run(story())


def test_a_body_in_pieces_arrives_whole() -> None:
    body = json.dumps({"email": "a@b.test", "password": "x" * 50}).encode()
    json_headers = {"Content-Type": "application/json", "Content-Length": str(len(body))}
    pieces = whole(*(body[at : at + 7] for at in range(0, len(body), 7)))
    status, _, said = asyncio.run(
        ask(Bridge(threads=1), "/api/nothing", "POST", headers=json_headers, arriving=pieces)
    )
    assert (status, said["code"]) == (404, "not_found")


def test_a_large_body_is_read_on_by_django() -> None:
    body = b" " * (MAX_GATHERED_BYTES * 2)
    headers = {"Content-Type": "application/json", "Content-Length": str(len(body))}
    pieces = whole(*(body[at : at + 65_536] for at in range(0, len(body), 65_536)))
    status, _, said = asyncio.run(
        ask(Bridge(threads=1), "/api/auth/token", "POST", headers=headers, arriving=pieces)
    )
    assert (status, said["code"]) == (400, "validation_error")


def test_a_sender_that_goes_away_is_answered_nothing() -> None:
    async def story() -> None:
        async def receive() -> MutableMapping[str, Any]:
            return {"type": "http.disconnect"}

        async def send(message: MutableMapping[str, Any]) -> None:
            raise AssertionError(message)

        await Bridge(threads=1)({"type": "http", "path": REST, "headers": []}, receive, send)

    asyncio.run(story())


def test_a_request_that_the_bridge_cannot_carry_is_answered_all_the_same() -> None:
    async def story() -> tuple[int, Any]:
        bridge = Bridge(threads=1)

        async def odd(scope: Any, receive: Any, send: Any) -> None:
            await bridge({**scope, "query_string": b"\xff"}, receive, send)

        status, _, said = await ask(odd, REST)
        return status, said["code"]

    assert asyncio.run(story()) == (500, "internal_error")


def test_headers_that_wsgi_cannot_tell_apart_are_dropped() -> None:
    """Whoever writes X_Forwarded_For must not be taken for the proxy that writes X-Forwarded-For."""
    headers = {"X_Request_Id": "forged-request-id", "X-Request-Id": "the-proxys-own-id"}
    _, answered, _ = asyncio.run(ask(Bridge(threads=1), "/healthz", headers=headers))
    assert answered["x-request-id"] == "the-proxys-own-id"
    _, answered, _ = asyncio.run(
        ask(Bridge(threads=1), "/healthz", headers={"X_Request_Id": "forged-request-id"})
    )
    assert answered["x-request-id"] != "forged-request-id"
