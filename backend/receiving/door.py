"""Meta's way in: nothing unsigned is decoded or stored, and 200 means that it is on disk.

A bare ASGI callable in front of Django, because here a millisecond of middleware is most of the cost.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

import structlog
from asgiref.sync import sync_to_async

from backend.lib.ids import request_id_from
from backend.lib.secret import Secret
from backend.platforms import registry
from backend.platforms.meta.challenge import challenge
from backend.platforms.meta.signature import is_signed
from backend.receiving.inbox import Inbox
from backend.receiving.own_secrets import integration_exists, own_verify_token

logger = structlog.get_logger(__name__)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PREFIX = "/api/webhooks/"
MAX_BODY_BYTES = 3 * 1024 * 1024
MAX_DISCARDED_BYTES = 8 * MAX_BODY_BYTES
READ_FOR = 20.0  # Seconds; a sender that takes longer would hold the door.


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer of the door."""

    status: int
    body: bytes = b""
    content_type: bytes = b"text/plain; charset=utf-8"
    headers: tuple[tuple[bytes, bytes], ...] = ()


class Refusal(Exception):
    """The delivery is not taken; carries the answer."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer


def refuse(status: int, code: str, message: str, resolution: str | None = None, **headers: str) -> Refusal:
    """A refusal in the contract's envelope. It tells the caller nothing that helps to forge a signature."""
    envelope = {
        "success": False,
        "code": code,
        "message": message,
        "resolution": resolution,
        "fields": None,
    }
    extra = tuple((name.replace("_", "-").encode(), value.encode()) for name, value in headers.items())
    return Refusal(Answer(status, json.dumps(envelope).encode(), b"application/json", extra))


class Door:
    """The two webhook paths: one for the whole app, one of each integration."""

    def __init__(
        self,
        inbox: Inbox,
        *,
        secrets: Callable[[], tuple[Secret, ...]],
        verify_token: Callable[[], Secret],
        read_for: float = READ_FOR,
    ) -> None:
        self.inbox = inbox
        self.secrets = secrets
        self.verify_token = verify_token
        self.read_for = read_for
        self.known: set[tuple[str, UUID]] = (
            set()
        )  # An integration's row is never removed, so a yes stays true.

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. 200 only after commit."""
        request_id = request_id_from(dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1"))
        try:
            answer = await self._answer(scope, receive)
        except Refusal as refusal:
            answer = refusal.answer
        except Exception:  # Whatever went wrong: not acknowledged, so the platform sends it again.
            logger.exception("door.failed", request_id=request_id)
            answer = refuse(
                503,
                "service_unavailable",
                "The delivery could not be stored.",
                "Send it again.",
                retry_after="5",
            ).answer
        await _send(send, answer, request_id)

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        integration_id = await self._integration_id(scope["path"])
        if scope["method"] == "GET":
            return await self._handshake(scope, integration_id)
        if scope["method"] == "POST":
            return await self._delivery(scope, receive)
        raise refuse(
            405, "method_not_allowed", "Only GET and POST are answered here.", None, allow="GET, POST"
        )

    async def _integration_id(self, path: str) -> UUID | None:
        """None for the app's own path. Raises Refusal where the path names nothing that we know."""
        words = path.removeprefix(PREFIX).strip("/").split("/")
        if words == ["meta"]:
            return None
        slug, text = words if len(words) == 2 else ("", "")
        integration_id = _uuid(text)
        info = registry.by_slug(slug)
        if info and integration_id and await self._exists(info.platform, integration_id):
            return integration_id
        raise refuse(404, "not_found", "There is no webhook at this address.", "Copy the webhook URL again.")

    async def _exists(self, platform: str, integration_id: UUID) -> bool:
        if (platform, integration_id) not in self.known:
            if not await sync_to_async(integration_exists, thread_sensitive=False)(platform, integration_id):
                return False
            self.known.add((platform, integration_id))
        return True

    async def _handshake(self, scope: Scope, integration_id: UUID | None) -> Answer:
        query: Mapping[str, str] = dict(parse_qsl(scope["query_string"].decode("latin-1")))
        token = self.verify_token()
        if integration_id is not None:
            own = await sync_to_async(own_verify_token, thread_sensitive=False)(integration_id)
            token = own or Secret("")
        answer = challenge(query, token) if token else None
        if answer is None:
            logger.warning("door.handshake_refused", path=scope["path"])
            raise refuse(
                403,
                "verify_token_invalid",
                "The verify token is not the one of this webhook.",
                "Copy it again.",
            )
        return Answer(200, answer.encode())

    async def _delivery(self, scope: Scope, receive: Receive) -> Answer:
        headers = dict(scope["headers"])
        body = await read_body(headers, receive, within=self.read_for)
        signature = headers.get(b"x-hub-signature-256")
        if not is_signed(body, signature, self.secrets()):
            logger.warning("door.signature_refused", path=scope["path"], why=_why(signature), size=len(body))
            raise refuse(403, "signature_invalid", "The signature is missing or wrong.")
        await self.inbox.commit(body)
        return Answer(200, b"EVENT_RECEIVED")


async def read_body(headers: Mapping[bytes, bytes], receive: Receive, *, within: float = READ_FOR) -> bytes:
    """The raw bytes. Raises Refusal for a body that is too large, or that does not come."""
    declared = _declared_length(headers)
    if declared > MAX_DISCARDED_BYTES:
        raise _too_large()
    try:
        async with asyncio.timeout(within):
            return await _gather(receive)
    except TimeoutError:
        if declared > MAX_BODY_BYTES:
            raise _too_large() from None
        raise refuse(408, "request_timeout", "The body did not arrive in time.", "Send it again.") from None


async def _gather(receive: Receive) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise refuse(400, "validation_error", "The sender went away.")
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > MAX_BODY_BYTES:
            chunks.clear()  # Read on without keeping it: who is cut off in the middle never sees the answer.
        else:
            chunks.append(chunk)
        if size > MAX_DISCARDED_BYTES or (size > MAX_BODY_BYTES and not message.get("more_body")):
            raise _too_large()
        if not message.get("more_body"):
            return b"".join(chunks)


def _too_large() -> Refusal:
    return refuse(413, "too_large", "A delivery has at most 3 MiB.")


def _declared_length(headers: Mapping[bytes, bytes]) -> int:
    try:
        return int(headers.get(b"content-length", b"0"))
    except ValueError:
        return 0


def _why(signature: bytes | None) -> str:
    """For the operator's log, never for the caller."""
    if not signature:
        return "no X-Hub-Signature-256 header: not from Meta, or a proxy dropped it"
    if not signature.startswith(b"sha256="):
        return "not a sha256 signature"
    return "signed with another app's secret, or the body was changed on its way"


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


async def _send(send: Send, answer: Answer, request_id: str) -> None:
    headers = [
        (b"content-type", answer.content_type),
        (b"content-length", str(len(answer.body)).encode()),
        (b"x-request-id", request_id.encode()),
        (b"x-content-type-options", b"nosniff"),
        *answer.headers,
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
