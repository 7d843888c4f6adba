"""The only way to send: is it allowed? queue it, ring."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from backend.businesses import audit
from backend.businesses.audit import Action
from backend.businesses.models import Caller
from backend.conversations import record
from backend.conversations.models import AuthorKind, Conversation, Message, Submission
from backend.conversations.record import Author, Part
from backend.conversations.status import OUTCOME_UNKNOWN
from backend.engine.lanes import ring
from backend.lib.clock import now
from backend.platforms.port import DeliveryStatus
from backend.platforms.registry import PLATFORMS
from backend.sending import uploads
from backend.sending.allowed import check_allowed
from backend.sending.answering import check_may_answer, takes_over_by
from backend.sending.errors import (
    ConfirmationNeeded,
    DuplicateRequest,
    NotRetryable,
    UnknownReplyTarget,
    Unsupported,
)
from backend.sending.parts import Draft, parts_of
from backend.sending.receipts import read_by_replying


def queue_reply(
    conversation: Conversation, draft: Draft, *, by: Caller, idempotency_key: str | None = None
) -> list[Message]:
    """Queue a reply: one row for each message that the platform needs, in order.

    The same key with the same body gives the same answer again: the rows as they were queued. Raises
    NotConnected, AccountReplaced, WindowClosed, Unsupported, UnknownReplyTarget, NothingToSend, Unfitting,
    DuplicateRequest, HandledByHuman.
    """
    if idempotency_key and (earlier := _earlier(conversation, idempotency_key, draft)):
        return earlier
    check_may_answer(conversation, by.actor.kind)
    check_allowed(conversation, draft.type, human_agent=draft.human_agent, by_person=_is_person(by))
    parts = _parts(conversation, draft)
    submission = (
        Submission(
            business_id=conversation.business_id,
            key=idempotency_key,
            body_hash=_digest(conversation.pk, draft),
        )
        if idempotency_key
        else None
    )
    try:
        with transaction.atomic():
            if takes_over_by(conversation, by):
                record.take_over(conversation)
            messages = record.record_queued(
                conversation, parts, author=_author(by), submission=submission, send_by=_send_by()
            )
            transaction.on_commit(partial(ring, "outbox"))
            if any(part.files for part in parts):
                transaction.on_commit(partial(ring, uploads.LANE))
            read_by_replying(conversation)
    except IntegrityError:
        # The same key, at the same moment, by another request: it was first, its rows are the answer.
        if idempotency_key and (earlier := _earlier(conversation, idempotency_key, draft)):
            return earlier
        raise
    return messages


def retry(message: Message, *, by: Caller, confirm: bool = False) -> Message:
    """A new attempt of a failed message. Raises NotRetryable, ConfirmationNeeded, and what forbids sending."""
    if message.delivery_status != DeliveryStatus.FAILED:
        raise NotRetryable
    if message.error_code == OUTCOME_UNKNOWN and not confirm:
        raise ConfirmationNeeded
    for kind in (message.author_kind, by.actor.kind):
        check_may_answer(message.conversation, kind)
    author_is_person = message.author_kind == AuthorKind.MEMBER
    check_allowed(
        message.conversation, message.type, human_agent=message.human_agent, by_person=author_is_person
    )
    detail = {
        "confirmed": confirm,
        "error": message.error_code,
        "conversationId": str(message.conversation_id),
    }
    with transaction.atomic():
        retried = record.record_retried(message, send_by=_send_by())
        audit.note(message.business_id, Action.MESSAGE_RETRIED, message.pk, by=by, detail=detail)
        transaction.on_commit(partial(ring, "outbox"))
    return retried


def _parts(conversation: Conversation, draft: Draft) -> list[Part]:
    info = PLATFORMS[conversation.platform]
    capabilities = info.capabilities
    if draft.reply_to_id and not capabilities.reply_to:
        raise Unsupported(
            f"{info.name} takes no reply to a single message.", resolution="Send it without replyToId."
        )
    target = _reply_target(conversation, draft.reply_to_id) if draft.reply_to_id else ""
    first, *others = [replace(each, human_agent=draft.human_agent) for each in parts_of(conversation, draft)]
    return [replace(first, reply_to_external_id=target), *others]


def _reply_target(conversation: Conversation, message_id: UUID) -> str:
    target = Message.objects.filter(pk=message_id, conversation_id=conversation.pk).first()
    if target is None or not target.external_id:
        raise UnknownReplyTarget(fields={"replyToId": [UnknownReplyTarget.message]})
    return target.external_id


def _is_person(by: Caller) -> bool:
    return AuthorKind(by.actor.kind) == AuthorKind.MEMBER


def _send_by() -> datetime | None:
    """Until when what is queued now has to go out."""
    return now() + timedelta(hours=settings.SEND_WITHIN_HOURS) if settings.SEND_WITHIN_HOURS else None


def _author(by: Caller) -> Author:
    return Author(kind=AuthorKind(by.actor.kind), id=by.actor.id, name=by.actor.name)


def _digest(conversation_id: UUID, draft: Draft) -> str:
    said = {name: value for name, value in asdict(draft).items() if name != "content" or value}
    body = json.dumps({"conversation": str(conversation_id), **said}, default=str, sort_keys=True)
    return hashlib.sha256(body.encode()).hexdigest()


def _earlier(conversation: Conversation, key: str, draft: Draft) -> list[Message]:
    submission = Submission.objects.filter(business_id=conversation.business_id, key=key).first()
    if submission is None:
        return []
    if not _is_of(submission, conversation, draft):
        raise DuplicateRequest
    rows = Message.objects.filter(pk__in=submission.message_ids).select_related("conversation")
    found = {str(row.pk): record.as_queued(row) for row in rows}
    return [found[message_id] for message_id in submission.message_ids if message_id in found]


def _is_of(submission: Submission, conversation: Conversation, draft: Draft) -> bool:
    """Whether the same was asked for, of this conversation or of one that went into it since."""
    if submission.body_hash == _digest(conversation.pk, draft):
        return True
    former = conversation.former.values_list("pk", flat=True)
    return any(submission.body_hash == _digest(pk, draft) for pk in former)
