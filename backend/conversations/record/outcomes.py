"""What became of outbox rows that were ours to send: many at once, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction

from backend.conversations.models import Message
from backend.conversations.record.attachments import take_back_attachments
from backend.conversations.record.attempts import row_for, stands_for
from backend.conversations.record.changes import conversation_changed, message_changed
from backend.conversations.record.coverage import save_folders, sweep_covered
from backend.conversations.record.erasure import mark_sent
from backend.conversations.record.finding import folders_of
from backend.conversations.record.folder import Folder
from backend.conversations.record.identity import give_id
from backend.conversations.record.named import KEY_FIELDS, locked_messages
from backend.conversations.record.parked import take_up
from backend.conversations.record.steps import AMENDED_COLUMNS, STATUS_COLUMNS, own_time, take_step
from backend.conversations.record.windows import note_refusal
from backend.engine.lookups import found_by, found_by_key
from backend.engine.rows import insert_missing, row_of, update_rows
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
        folders = folders_of(told)
        found = locked_messages(found_by_key(Message, told))
        messages = [each for each in found if each.conversation_id in folders]
        piles = _sorted(messages, told)
        amended = _complete(piles.sent, told, folders)
        columns = ["sent_at", *STATUS_COLUMNS, *OUTBOX_COLUMNS, *(AMENDED_COLUMNS if amended else ())]
        changed = (*piles.sent, *piles.failed, *piles.waiting)
        update_rows(Message, [row_of(each, "id", *columns) for each in changed])
        arrived = _file_earlier(piles.earlier, told, folders)
        closed = [
            each.conversation_id for each in piles.failed if note_refusal(folders[each.conversation_id], each)
        ]
        save_folders(folders.values())
        swept = sweep_covered(folders.values())
        changes = [message_changed(each, "status") for each in (*piles.sent, *piles.failed, *swept)]
        changes += [message_changed(each, "received") for each in arrived]
        publish([*changes, *(conversation_changed(folders[each].conversation) for each in closed)])
        _mark_erased(told, found)
    if moved := [told[each.pk] for each in found if each.conversation_id not in folders]:
        record_outcomes(moved)  # Their conversation went into another one while we waited for the lock.


@dataclass(slots=True)
class Piles:
    """The messages by what becomes of them."""

    sent: list[Message] = field(default_factory=list)
    earlier: list[Message] = field(default_factory=list)  # Sent, in an attempt before the present one.
    failed: list[Message] = field(default_factory=list)
    waiting: list[Message] = field(default_factory=list)


def _sorted(messages: Sequence[Message], told: Mapping[UUID, Outcome]) -> Piles:
    """Put the outcome on the unsaved rows, save what the platform told of those that were sent."""
    piles = Piles()
    for message in messages:
        outcome = told[message.pk]
        if isinstance(outcome, Sent):
            (piles.earlier if _is_of_earlier(message, outcome) else piles.sent).append(message)
        elif _is_over(message, outcome):
            continue
        elif isinstance(outcome, Refused):
            _fail(message, outcome.error)
            piles.failed.append(message)
        else:
            _put_back(message, outcome)
            piles.waiting.append(message)
    return piles


def _is_over(message: Message, outcome: Refused | Postponed) -> bool:
    """Whether an echo or a status has proved the contrary, or it is not the claim any more that this is the end of."""
    if message.external_id or message.delivery_status != DeliveryStatus.SENDING:
        return True
    return outcome.claimed_at is not None and message.claimed_at != outcome.claimed_at


def _is_of_earlier(message: Message, outcome: Sent) -> bool:
    """Whether this answer, which came late, is of an attempt before the one that goes out now or has."""
    return outcome.resends not in (None, message.resends) and not stands_for(message)


def _file_earlier(
    messages: Sequence[Message], told: Mapping[UUID, Outcome], folders: Mapping[UUID, Folder]
) -> list[Message]:
    """Rows of their own for earlier attempts that went out as well; an echo may have made one already."""
    rows = [
        row_for(
            message,
            folders[message.conversation_id],
            external_id=_answer(told, message).external_id,
            status=DeliveryStatus.SENT,
            at=own_time(folders[message.conversation_id].conversation.platform, _called_at(told, message)),
        )
        for message in messages
    ]
    insert_missing(Message, [row_of(each) for each in rows])
    return rows


def _called_at(told: Mapping[UUID, Outcome], message: Message) -> datetime:
    return _answer(told, message).called_at or message.claimed_at or message.sent_at


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
            message.sent_at = own_time(platform, _called_at(told, message))
        folder.note_newest(message)
    take_up(sent, folders)
    take_back_attachments(sent)
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
    twins = Message.objects.filter(pk__in=found_by(Message, KEY_FIELDS, keys).keys)
    return {str(external_id) for external_id in twins.values_list("external_id", flat=True)}


def _fail(message: Message, error: PlatformError) -> None:
    message.delivery_status = DeliveryStatus.FAILED
    message.error_code = error.code
    message.error_message = storable_text(error.told)
    message.error_resolution = storable_text(error.resolution_at_last or "")
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
