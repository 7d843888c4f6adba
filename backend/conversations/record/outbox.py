"""The outbox rows: queued, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction

from backend.conversations.models import AuthorKind, Conversation, Direction, Message, Submission
from backend.conversations.record.attachments import attach_files, take_back_attachments
from backend.conversations.record.changes import conversation_changed, message_changed
from backend.conversations.record.coverage import save_folders, sweep_covered
from backend.conversations.record.erasure import mark_sent
from backend.conversations.record.folder import Folder
from backend.conversations.record.identity import give_id
from backend.conversations.record.parked import take_up
from backend.conversations.record.steps import AMENDED_COLUMNS, STATUS_COLUMNS, own_time, take_step
from backend.feed.publish import publish
from backend.files.models import StoredFile
from backend.lib.clock import now
from backend.lib.json_types import JSONObject
from backend.lib.refusal import Refusal
from backend.lib.storable import storable, storable_id, storable_text
from backend.platforms.errors import OutcomeUnknown, PlatformError
from backend.platforms.port import DeliveryStatus


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
    payload: JSONObject = field(default_factory=dict)  # What `text` does not hold, in the shape of the API.
    files: tuple[StoredFile, ...] = ()


def record_queued(
    conversation: Conversation, parts: Sequence[Part], *, author: Author, submission: Submission | None = None
) -> list[Message]:
    """The new outbox rows, in order.

    Raises ConversationGone, FileGone, and IntegrityError where the submission's key is used already.
    """
    present = now()
    messages = [_queued(conversation, part, author, present) for part in parts]
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
        delivery_status=DeliveryStatus.QUEUED,
        author_kind=author.kind,
        author_id=author.id,
        author_name=author.name,
        sent_at=own_time(conversation.platform, present),
        created_at=present,
        due_at=present,
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
    with transaction.atomic():
        message, folder = _locked(message_id)
        if message is None or folder is None:
            mark_sent(message_id, storable_id(external_id))
            return
        if message.external_id is None:
            give_id(message, storable_id(external_id), folder)
        if take_step(message, DeliveryStatus.SENT):
            # The platform's own time lies between our call and its answer; what it marks as read later is later.
            message.sent_at = own_time(folder.conversation.platform, message.claimed_at or message.sent_at)
        folder.note_newest(message)
        take_up([message], {message.conversation_id: folder})
        take_back_attachments([message])
        message.save(update_fields=["sent_at", *STATUS_COLUMNS, *AMENDED_COLUMNS])
        save_folders([folder])
        swept = sweep_covered([folder])
        publish([message_changed(each, "status") for each in (message, *swept)])


def record_refused(message_id: UUID, error: PlatformError) -> None:
    """It was not sent, or nobody knows: FAILED, with the reason and the remedy."""
    with transaction.atomic():
        message, _ = _locked(message_id)
        if message is None or message.external_id or message.delivery_status != DeliveryStatus.SENDING:
            return  # Erased, or proved to the contrary by an echo or a status, or it waits for another try.
        _fail(message, error)
        message.save(update_fields=STATUS_COLUMNS)
        publish([message_changed(message, "status")])


def _locked(message_id: UUID) -> tuple[Message, Folder] | tuple[None, None]:
    """The message and its conversation, if they are not erased; locked in the order of `record_notices`."""
    conversations = Conversation.objects.select_for_update(of=("self",), no_key=True)
    conversation = conversations.filter(messages=message_id).first()
    while conversation is None:
        if not Message.objects.filter(pk=message_id).exists():
            return None, None
        # It went into another one while we waited for the lock.
        conversation = conversations.filter(messages=message_id).first()
    return Message.objects.select_for_update(of=("self",), no_key=True).get(pk=message_id), Folder.of(
        conversation
    )


def _fail(message: Message, error: PlatformError) -> None:
    message.delivery_status = DeliveryStatus.FAILED
    message.error_code = error.code
    message.error_message = storable_text(error.words.user_message or error.message)
    message.error_resolution = storable_text(error.resolution or "")
    message.error_platform_code = error.words.code


def record_postponed(message_id: UUID, *, due_at: datetime) -> None:
    """The platform could not answer and did nothing: back into the outbox, for later."""
    Message.objects.filter(pk=message_id, delivery_status=DeliveryStatus.SENDING, external_id=None).update(
        delivery_status=DeliveryStatus.QUEUED, due_at=due_at, claimed_at=None
    )


def record_abandoned(*, before: datetime) -> int:
    """Claimed by a worker that died: nobody knows whether it was sent, so it is never repeated by itself."""
    abandoned = list(Message.objects.abandoned(before).values_list("pk", flat=True)[:500])
    for message_id in abandoned:
        record_refused(message_id, OutcomeUnknown("The service stopped while this message was being sent."))
    return len(abandoned)


def record_retried(message: Message) -> Message:
    """The failed message is queued again, as a new attempt."""
    with transaction.atomic():
        failed = Message.objects.filter(pk=message.pk, delivery_status=DeliveryStatus.FAILED)
        queued = failed.update(
            delivery_status=DeliveryStatus.QUEUED,
            due_at=now(),
            claimed_at=None,
            external_id=None,
            attempts=0,
            error_code="",
            error_message="",
            error_resolution="",
            error_platform_code=None,
        )
        message.refresh_from_db()
        if queued:  # Else another click was first.
            publish([message_changed(message, "queued")])
    return message
