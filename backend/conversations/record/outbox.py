"""The outbox rows: queued, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from backend.conversations.models import AuthorKind, Conversation, Direction, Message, Submission
from backend.conversations.record.attachments import attach_files
from backend.conversations.record.changes import conversation_changed, message_changed
from backend.conversations.record.outcomes import Postponed, Refused, Sent, record_outcomes
from backend.conversations.record.steps import own_time
from backend.feed.publish import publish
from backend.files.models import StoredFile
from backend.lib.clock import now
from backend.lib.json_types import JSONObject
from backend.lib.refusal import Refusal
from backend.lib.storable import storable, storable_text
from backend.platforms.errors import NotSentInTime, OutcomeUnknown, PlatformError
from backend.platforms.port import DeliveryStatus

ABANDONED_AT_ONCE = 200  # Rows of one transaction.


class ConversationGone(Refusal):
    """Erased, or gone into another one, since it was read."""

    code = "not_found"
    message = "This conversation is not there any more."
    resolution = "Load the conversations again: it may have become one with another of the same person."


@dataclass(frozen=True, slots=True)
class Author:
    """Who of the business wrote it."""

    kind: AuthorKind
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Part:
    """One message as the platform needs it."""

    type: str
    text: str
    reply_to_external_id: str = ""
    human_agent: bool = False
    payload: JSONObject = field(default_factory=dict)  # What `text` does not hold, in the shape of the API.
    files: tuple[StoredFile, ...] = ()


def record_queued(
    conversation: Conversation,
    parts: Sequence[Part],
    *,
    author: Author,
    submission: Submission | None = None,
    send_by: datetime | None = None,
) -> list[Message]:
    """The new outbox rows, in order.

    Raises ConversationGone, FileGone, and IntegrityError where the submission's key is used already.
    """
    present = now()
    messages = [_queued(conversation, part, author, present) for part in parts]
    for message in messages:
        message.send_by = send_by
    with transaction.atomic():
        # First of all, as it locks the conversation: two that turn out to be one wait for us, or are one already.
        newest = {"last_message_id": messages[-1].pk, "last_message_at": messages[-1].sent_at}
        if not Conversation.objects.filter(pk=conversation.pk).update(**newest):
            raise ConversationGone
        if submission:
            submission.conversation_id = conversation.pk
            submission.message_ids = [str(message.pk) for message in messages]
            submission.save(force_insert=True)
        Message.objects.bulk_create(messages)
        attach_files((message, part.files) for message, part in zip(messages, parts, strict=True))
        publish([*(message_changed(m, "queued") for m in messages), conversation_changed(conversation)])
    return messages


def _queued(conversation: Conversation, part: Part, author: Author, present: datetime) -> Message:
    return Message(
        business_id=conversation.business_id,
        integration_id=conversation.integration_id,
        conversation_id=conversation.pk,
        account_id=conversation.account_id,
        direction=Direction.OUTBOUND,
        type=part.type,
        text=storable_text(part.text),
        payload=storable(part.payload),
        reply_to_external_id=part.reply_to_external_id,
        human_agent=part.human_agent,
        delivery_status=DeliveryStatus.QUEUED,
        author_kind=author.kind,
        author_id=author.id,
        author_name=author.name,
        sent_at=own_time(conversation.platform, present),
        created_at=present,
        due_at=None if part.files else present,  # Files go to the platform first.
    )


def as_queued(message: Message) -> Message:
    """The message as it was when it was queued, whatever became of it; not to be saved."""
    message.delivery_status = DeliveryStatus.QUEUED
    message.external_id = None
    message.error_code = ""
    message.sent_at = own_time(message.conversation.platform, message.created_at)
    message.text = message.edits[0]["text"] if message.edits else message.text
    message.edits, message.reactions = [], []
    message.edited_at = message.deleted_at = None
    return message


def record_sent(message_id: UUID, external_id: str) -> None:
    """The platform accepted it, under this id. What was said of it before the answer is taken up."""
    record_outcomes([Sent(message_id, external_id)])


def record_refused(message_id: UUID, error: PlatformError) -> None:
    """It was not sent, or nobody knows: FAILED, with the reason and the remedy."""
    record_outcomes([Refused(message_id, error)])


def record_postponed(message_id: UUID, *, due_at: datetime) -> None:
    """The platform could not answer and did nothing: back into the outbox, for later."""
    record_outcomes([Postponed(message_id, due_at)])


def record_preparing(message_id: UUID, *, until: datetime) -> bool:
    """Whether the files of the message are ours to hand in until then; the database decides who won."""
    waiting = Message.objects.filter(
        pk=message_id, delivery_status=DeliveryStatus.QUEUED, due_at__isnull=True
    )
    return bool(waiting.update(due_at=until))


def record_prepared(message_id: UUID, *, due_at: datetime, attempts: int) -> None:
    """Its files are handed in, or are to be handed in again then."""
    Message.objects.filter(pk=message_id, delivery_status=DeliveryStatus.QUEUED).update(
        due_at=due_at, attempts=attempts
    )


def record_paced(message_ids: Sequence[tuple[UUID, datetime]]) -> None:
    """Nobody tried these yet, and their person's limit is used up until then."""
    for message_id, due_at in message_ids:
        Message.objects.filter(pk=message_id, delivery_status=DeliveryStatus.QUEUED).update(due_at=due_at)


def record_abandoned(*, before: datetime) -> int:
    """Claimed by a worker that died: nobody knows whether it was sent, so it is never repeated by itself."""
    abandoned = list(Message.objects.abandoned(before).values_list("pk", "claimed_at")[:ABANDONED_AT_ONCE])
    error = OutcomeUnknown("The service stopped while this message was being sent.")
    record_outcomes([Refused(message_id, error, claimed_at) for message_id, claimed_at in abandoned])
    return len(abandoned)


def record_expired(*, at: datetime) -> int:
    """Queued for longer than they may be: FAILED, so that somebody sees it."""
    expired = list(Message.objects.expired(at)[:ABANDONED_AT_ONCE])
    with transaction.atomic():
        for message in expired:
            _expire(message)
        changes = [
            message_changed(message, "status") for message in expired if message.delivery_status == "FAILED"
        ]
        publish(changes)
    return len(changes)


def _expire(message: Message) -> None:
    error = NotSentInTime()
    columns = {
        "delivery_status": DeliveryStatus.FAILED,
        "error_code": error.code,
        "error_message": error.message,
        "error_resolution": error.resolution or "",
    }
    queued = Message.objects.filter(pk=message.pk, delivery_status=DeliveryStatus.QUEUED)
    if queued.update(**columns):
        message.delivery_status = DeliveryStatus.FAILED


def record_retried(message: Message, *, send_by: datetime | None = None) -> Message:
    """The failed message is queued again, as a new attempt."""
    with transaction.atomic():
        failed = Message.objects.filter(pk=message.pk, delivery_status=DeliveryStatus.FAILED)
        queued = failed.update(
            delivery_status=DeliveryStatus.QUEUED,
            due_at=now(),
            send_by=send_by,
            claimed_at=None,
            external_id=None,
            attempts=0,
            resends=F("resends") + 1,
            error_code="",
            error_message="",
            error_resolution="",
            error_platform_code=None,
        )
        message.refresh_from_db()
        if queued:  # Else another click was first.
            publish([message_changed(message, "queued")])
    return message
