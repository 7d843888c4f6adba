"""Meta's way in: nothing unsigned is stored or acted on, and 200 means that it is on disk.

A bare ASGI callable in front of Django, because here a millisecond of middleware is most of the cost.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from functools import partial
from typing import Any, Protocol
from urllib.parse import parse_qsl
from uuid import UUID

import structlog

from backend.lib.ids import request_id_from
from backend.lib.secret import Secret
from backend.platforms import registry
from backend.platforms.meta.challenge import challenge
from backend.platforms.meta.misfit import presumption
from backend.platforms.meta.signature import is_signed
from backend.receiving.answers import Answer, Send, refuse, say, send_answer, text
from backend.receiving.bodies import (
    MAX_BODY_BYTES,
    Bodies,
    BodyLate,
    BodyTooLarge,
    NoRoom,
    Receive,
    SenderGone,
)
from backend.receiving.counts import COUNTS, DoorCounts
from backend.receiving.inbox import Inbox, InboxAway, InboxFull
from backend.receiving.own_secrets import OwnWebhooks
from backend.receiving.refusals import Refusals, Refused

logger = structlog.get_logger(__name__)

Scope = MutableMapping[str, Any]
Headers = Mapping[bytes, bytes]
Reply = Callable[[Answer, str], None]  # The answer, and the id of the request.

PREFIX = "/api/webhooks/"
APP_PATH = "/api/webhooks/meta"


RECEIVED = say(200, b"EVENT_RECEIVED", b"text/plain; charset=utf-8")
NOT_FOUND = refuse(404, "not_found", "There is no webhook at this address.", "Copy the webhook URL again.")
WRONG_METHOD = refuse(405, "method_not_allowed", "Only GET and POST are answered here.", allow="GET, POST")
WRONG_TOKEN = refuse(
    403, "verify_token_invalid", "The verify token is not the one of this webhook.", "Copy it again."
)
UNSIGNED = refuse(403, "signature_invalid", "The signature is missing or wrong.")
NOT_STORED = refuse(
    503, "service_unavailable", "The delivery could not be stored.", "Send it again.", retry_after="5"
)
BUSY = refuse(
    503, "service_unavailable", "Too many deliveries wait at once.", "Send it again.", retry_after="1"
)
# Why a delivery is not taken -> what the sender hears. Whatever is not named here is our fault: NOT_STORED.
ANSWERS: Mapping[type[Exception], Answer] = {
    BodyTooLarge: refuse(413, "too_large", "A delivery has at most 3 MiB."),
    BodyLate: refuse(408, "request_timeout", "The body did not arrive in time.", "Send it again."),
    SenderGone: refuse(400, "validation_error", "The sender went away."),
    NoRoom: BUSY,
    InboxFull: BUSY,
    InboxAway: NOT_STORED,
}


class Notes(Protocol):
    """Where deliveries go that are not taken because of their signature."""

    def note(self, refused: Refused) -> None:
        """It is told of each, after its answer."""

    async def close(self) -> None:
        """Keep what is not kept yet."""


class Door:
    """The two webhook paths: one for the whole app, one of each integration."""

    url = APP_PATH.encode()  # Where deliveries may be handed in whole.

    def __init__(
        self,
        inbox: Inbox,
        *,
        secrets: Callable[[], tuple[Secret, ...]],
        verify_token: Callable[[], Secret],
        bodies: Bodies | None = None,
        refusals: Notes | None = None,
        counts: DoorCounts = COUNTS,
    ) -> None:
        self.inbox = inbox
        self.secrets = secrets
        self.verify_token = verify_token
        self.bodies = bodies or Bodies()
        self.own = OwnWebhooks()
        self.refusals = refusals or Refusals(secrets=secrets, verify_token=verify_token)
        self.counts = counts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. 200 only after commit."""
        headers = dict(scope["headers"])
        request_id = request_id_from(headers.get(b"x-request-id", b"").decode("latin-1"))
        refused: Refused | None = None
        try:
            found = await self._answer(scope, headers, receive)
            answer, refused = (UNSIGNED, found) if isinstance(found, Refused) else (found, None)
        except Exception as error:  # Whatever went wrong: not acknowledged, so the platform sends it again.
            answer = ANSWERS.get(type(error), NOT_STORED)
            if type(error) not in ANSWERS:
                logger.exception("door.failed", request_id=request_id)
        self.counts.answers[answer.status] += 1
        await send_answer(send, answer, request_id)
        if refused is not None:
            self.refusals.note(refused)

    def take(self, headers: Headers, body: bytes, reply: Reply) -> bool:
        """
        Take a delivery that is here whole, at the app's path, without a task of its own: half of its cost.

        False: it is not one that is simply stored; then it comes by `__call__`, and nothing was done.
        """
        if len(body) > MAX_BODY_BYTES or not is_signed(
            body, headers.get(b"x-hub-signature-256"), self.secrets()
        ):
            return False
        request_id = request_id_from(headers.get(b"x-request-id", b"").decode("latin-1"))
        try:
            self.inbox.put(body, partial(self._reply, reply, request_id))
        except (InboxFull, InboxAway):
            return False
        return True

    def _reply(self, reply: Reply, request_id: str, error: Exception | None) -> None:
        answer = RECEIVED if error is None else ANSWERS.get(type(error), NOT_STORED)
        self.counts.answers[answer.status] += 1
        reply(answer, request_id)

    async def close(self) -> None:
        """Write what waits, and let go of the database."""
        await self.inbox.close()
        await self.refusals.close()
        self.own.thread.shutdown(wait=False)

    async def _answer(self, scope: Scope, headers: Headers, receive: Receive) -> Answer | Refused:
        integration_id = None
        if scope["path"] != APP_PATH:
            known, integration_id = await self._look_up(scope["path"])
            if not known:
                return NOT_FOUND
        if scope["method"] == "POST":
            return await self._delivery(scope, headers, receive)
        if scope["method"] == "GET":
            return await self._handshake(scope, integration_id)
        return WRONG_METHOD

    async def _look_up(self, path: str) -> tuple[bool, UUID | None]:
        """Whether the path names a webhook of ours, and which integration's; None: the app's."""
        words = path.removeprefix(PREFIX).strip("/").split("/")
        if words == ["meta"]:
            return True, None
        slug, name = words if len(words) == 2 else ("", "")
        info, integration_id = registry.by_slug(slug), _uuid(name)
        if info is None or integration_id is None:
            return False, None
        return await self.own.exists(info.platform, integration_id), integration_id

    async def _handshake(self, scope: Scope, integration_id: UUID | None) -> Answer:
        query: Mapping[str, str] = dict(parse_qsl(scope["query_string"].decode("latin-1")))
        token: Secret | None = self.verify_token()
        if integration_id is not None:
            token = await self.own.verify_token(integration_id)
        answer = challenge(query, token) if token else None
        if answer is None:
            logger.warning("door.handshake_refused", path=scope["path"])
            return WRONG_TOKEN
        return text(answer.encode())

    async def _delivery(self, scope: Scope, headers: Headers, receive: Receive) -> Answer | Refused:
        signature = headers.get(b"x-hub-signature-256")
        old_signature = headers.get(b"x-hub-signature")
        # Whoever does not even claim to be Meta keeps nobody waiting for a body.
        unsigned = presumption(signature, old_signature) is not None
        body = b"" if unsigned else await self.bodies.read(headers, receive)
        if unsigned or not is_signed(body, signature, self.secrets()):
            client = scope.get("client") or ("",)
            return Refused(scope["path"], client[0], body, signature, old_signature)
        await self.inbox.commit(body)
        return RECEIVED


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
