"""What became of outbox rows that were ours to send: many at once, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from backend.conversations.models import Conversation, Message
from backend.conversations.record.attachments import take_back_attachments
from backend.conversations.record.changes import conversation_changed, message_changed
from backend.conversations.record.coverage import save_folders, sweep_covered
from backend.conversations.record.erasure import mark_sent
from backend.conversations.record.folder import Folder
from backend.conversations.record.identity import give_id
from backend.conversations.record.named import KEY_FIELDS
from backend.conversations.record.parked import take_up
from backend.conversations.record.steps import AMENDED_COLUMNS, STATUS_COLUMNS, own_time, take_step
from backend.conversations.record.windows import note_refusal
from backend.engine.rows import found_by, row_of, update_rows
from backend.feed.publish import publish
from backend.lib.storable import storable_id, storable_text
from backend.platforms.errors import PlatformError
from backend.platforms.port import DeliveryStatus

OUTBOX_COLUMNS = ["due_at", "claimed_at", "attempts", "paced_until"]


@dataclass(frozen=True, slots=True)
class Sent:
    """The platform accepted it, under this id. `called_at`: when it was asked to; `resends`: in which attempt."""

    message_id: UUID
    external_id: str
    called_at: datetime | None = None
    resends: int | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """It was not sent, or nobody knows. `claimed_at`: of the claim that this is the end of; None: of any."""

    message_id: UUID
    error: PlatformError
    claimed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Postponed:
    """It was not sent, and waits for another try. `counts`: this try was one of its own."""

    message_id: UUID
    due_at: datetime | None  # None: its files have to be handed in first.
    counts: bool = True
    claimed_at: datetime | None = None


Outcome = Sent | Refused | Postponed


def record_outcomes(outcomes: Sequence[Outcome]) -> None:
    """Write what became of these messages. What was said of them before the answer is taken up.

    Safe to run twice. What an echo or a status has proved meanwhile stays.
    """
    with transaction.atomic():
        told = {outcome.message_id: outcome for outcome in outcomes}
        folders, messages = _locked(told)
        sent: list[Message] = []
        failed: list[Message] = []
        waiting: list[Message] = []
        for message in messages:
            outcome = told[message.pk]
            if isinstance(outcome, Sent):
                sent.append(message)
            elif _is_over(message, outcome):
                continue
            elif isinstance(outcome, Refused):
                _fail(message, outcome.error)
                failed.append(message)
            else:
                _put_back(message, outcome)
                waiting.append(message)
        amended = _complete(sent, told, folders)
        if amended:
            take_back_attachments(sent)
        columns = ["sent_at", *STATUS_COLUMNS, *OUTBOX_COLUMNS, *(AMENDED_COLUMNS if amended else ())]
        update_rows(Message, [row_of(each, "id", *columns) for each in (*sent, *failed, *waiting)])
        closed = [
            each.conversation_id for each in failed if note_refusal(folders[each.conversation_id], each)
        ]
        save_folders(folders.values())
        swept = sweep_covered(folders.values())
        changes = [message_changed(each, "status") for each in (*sent, *failed, *swept)]
        publish([*changes, *(conversation_changed(folders[each].conversation) for each in closed)])
        _mark_erased(told, messages)


def _is_over(message: Message, outcome: Refused | Postponed) -> bool:
    """Whether an echo or a status has proved the contrary, or it is not the claim any more that this is the end of."""
    if message.external_id or message.delivery_status != DeliveryStatus.SENDING:
        return True
    return outcome.claimed_at is not None and message.claimed_at != outcome.claimed_at


def _locked(told: Mapping[UUID, Outcome]) -> tuple[dict[UUID, Folder], list[Message]]:
    while True:
        folders, messages = _locked_folders(told), _locked_messages(told)
        # Else one conversation went into another while we waited for the lock.
        if all(message.conversation_id in folders for message in messages):
            return folders, messages


def _locked_folders(told: Mapping[UUID, Outcome]) -> dict[UUID, Folder]:
    """The conversations of these messages; locked in the order of `record_notices`."""
    rows = Conversation.objects.filter(pk__in=Message.objects.filter(pk__in=told).values("conversation"))
    locked = rows.select_for_update(of=("self",), no_key=True).order_by("id")
    return {conversation.pk: Folder.of(conversation) for conversation in locked}


def _locked_messages(told: Mapping[UUID, Outcome]) -> list[Message]:
    rows = Message.objects.filter(pk__in=told).select_for_update(of=("self",), no_key=True)
    return list(rows.order_by("id"))


def _complete(sent: Sequence[Message], told: Mapping[UUID, Outcome], folders: Mapping[UUID, Folder]) -> bool:
    """Give the unsaved rows what the platform's answer says, and what was said of them before it.

    Says whether that changed what is in a message.
    """
    before = [_words_of(message) for message in sent]
    ids = {message.pk: storable_id(_answer(told, message).external_id) for message in sent}
    known = _known(sent, ids)
    for message in sent:
        folder = folders[message.conversation_id]
        if message.external_id is None and ids[message.pk] in known:
            give_id(message, ids[message.pk], folder)
        message.external_id = message.external_id or ids[message.pk]
        platform = folder.conversation.platform
        # Where a status overtook our answer, it told what became of the message, and not when it was sent.
        untold = message.sent_at == own_time(platform, message.created_at)
        if take_step(message, DeliveryStatus.SENT) or untold:
            # The platform's own time lies between our call and its answer; what it marks as read later is later.
            called_at = _answer(told, message).called_at or message.claimed_at or message.sent_at
            message.sent_at = own_time(platform, called_at)
        folder.note_newest(message)
    take_up(sent, folders)
    return before != [_words_of(message) for message in sent]


def _words_of(message: Message) -> list[object]:
    return [getattr(message, name) for name in AMENDED_COLUMNS]


def _answer(told: Mapping[UUID, Outcome], message: Message) -> Sent:
    outcome = told[message.pk]
    assert isinstance(outcome, Sent)
    return outcome


def _known(sent: Sequence[Message], ids: Mapping[UUID, str]) -> set[str]:
    """The platform's ids that a row has already: made by an echo that was not known for ours."""
    keys = [(each.integration_id, each.account_id, ids[each.pk]) for each in sent if each.external_id is None]
    if not keys:
        return set()
    twins = Message.objects.filter(pk__in=found_by(Message, KEY_FIELDS, keys))
    return {str(external_id) for external_id in twins.values_list("external_id", flat=True)}


def _fail(message: Message, error: PlatformError) -> None:
    message.delivery_status = DeliveryStatus.FAILED
    message.error_code = error.code
    message.error_message = storable_text(error.words.user_message or error.message)
    message.error_resolution = storable_text(error.resolution or "")
    message.error_platform_code = error.words.code


def _put_back(message: Message, outcome: Postponed) -> None:
    message.delivery_status = DeliveryStatus.QUEUED
    message.due_at, message.claimed_at = outcome.due_at, None
    if not outcome.counts:
        message.attempts = max(0, message.attempts - 1)


def _mark_erased(told: Mapping[UUID, Outcome], messages: Sequence[Message]) -> None:
    there = {message.pk for message in messages}
    for outcome in told.values():
        if isinstance(outcome, Sent) and outcome.message_id not in there:
            mark_sent(outcome.message_id, storable_id(outcome.external_id))
