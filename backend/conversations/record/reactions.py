"""
Reactions of the business: wished, and what became of them.

On the message they are an entry by the account itself, with a state; those of contacts have none.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from backend.conversations.marks import marked_reaction
from backend.conversations.models import Conversation, DueReaction, Message, ReactionState
from backend.conversations.record.attempts import PROVING
from backend.conversations.record.changes import message_changed
from backend.conversations.record.named import Named
from backend.conversations.record.persons import Routed
from backend.feed.publish import Change, publish
from backend.lib.clock import now
from backend.lib.json_types import JSONObject
from backend.lib.storable import storable_text
from backend.platforms.errors import OutcomeUnknown, PlatformError
from backend.platforms.port import DeliveryChanged, DeliveryFailure, DeliveryStatus

Entry = dict[str, Any]


def record_reaction_queued(message: Message, emoji: str, *, author_kind: str) -> Message:
    """The wish, and the message as it shows it; the same wish again changes nothing. Empty: it is taken off."""
    with transaction.atomic():
        row = _locked(message.pk)
        if row is None:
            return message
        message.reactions, message.reacted_at = row.reactions, row.reacted_at
        known, due = _own(row), DueReaction.objects.filter(pk=row.pk).first()
        if _is_wished(emoji, known, due):
            return message
        present = now()
        former = due.former if due else str(known.get("emoji", "")) if _is_shown(known) else ""
        wish = DueReaction(
            message=row,
            conversation_id=row.conversation_id,
            integration_id=row.integration_id,
            emoji=emoji,
            former=former,
            author_kind=author_kind,
            wanted_at=present,
            due_at=present,
        )
        DueReaction.objects.bulk_create(
            [wish],
            update_conflicts=True,
            unique_fields=["message"],
            update_fields=["emoji", "author_kind", "wanted_at", "due_at", "attempts"],
        )
        _show(row, {"emoji": emoji, "state": ReactionState.QUEUED} if emoji else None, at=present)
        message.reactions, message.reacted_at = row.reactions, row.reacted_at
    return message


def record_reaction_sent(due: DueReaction) -> None:
    """The platform took it."""
    with transaction.atomic():
        row = _locked(due.pk)
        if _close(due) and row is not None:
            _show(row, {"emoji": due.emoji, "state": ReactionState.SENT} if due.emoji else None)


def record_reaction_failed(due: DueReaction, error: PlatformError) -> None:
    """It was not shown, or nobody knows: the reason stands at the reaction."""
    with transaction.atomic():
        row = _locked(due.pk)
        emoji = due.emoji or due.former
        if _close(due) and row is not None and emoji:
            _show(row, {"emoji": emoji, "state": ReactionState.FAILED, "error": _reason(error)})


def record_reaction_postponed(due: DueReaction, *, due_at: datetime) -> None:
    """The platform could not answer and did nothing: later, or at once where somebody wished anew meanwhile."""
    same = DueReaction.objects.filter(pk=due.pk, wanted_at=due.wanted_at)
    if not same.update(due_at=due_at, claimed_at=None):
        DueReaction.objects.filter(pk=due.pk).update(claimed_at=None)


def tell_reactions(arrivals: Sequence[Routed], named: Named) -> list[Change]:
    """What the platform says later of reactions that it took, and of those of which nobody knows."""
    changed: dict[UUID, Message] = {}
    for arrival in arrivals:
        notice = arrival.notice
        if not isinstance(notice, DeliveryChanged):
            continue
        mark = marked_reaction(notice.correlation_id)
        message = named.reacted.get(mark.message_id) if mark else None
        if mark is None or message is None or message.integration_id != arrival.integration.pk:
            continue
        if notice.status == DeliveryStatus.FAILED:
            moved = _fail(message, notice.failure)
        else:
            moved = notice.status in PROVING and _prove(message, mark.emoji, notice.occurred_at)
        if moved:
            changed[message.pk] = message
    named.changed |= changed
    return [message_changed(message, "updated") for message in changed.values()]


def _fail(message: Message, failure: DeliveryFailure | None) -> bool:
    """It could not be shown; whether that is news."""
    entry = _own(message)
    if entry.get("state") != ReactionState.SENT:
        return False
    error = _told(failure) if failure else None
    _set(message, {"emoji": entry["emoji"], "state": ReactionState.FAILED, "error": error})
    return True


def _prove(message: Message, emoji: str | None, at: datetime | None) -> bool:
    """The contact sees this reaction, or none any more, whatever became of the answer; whether that is news."""
    entry = _own(message)
    if emoji is None or not _is_of_wish(message, at):
        return False
    if _is_unknown(entry) and (not emoji or entry.get("emoji") == emoji):
        _set(message, {"emoji": emoji, "state": ReactionState.SENT} if emoji else None)
        return True
    if entry.get("emoji", "") != emoji or entry.get("state", ReactionState.QUEUED) != ReactionState.QUEUED:
        return False
    # It is under way: what its call comes to says no more than this.
    called = DueReaction.objects.filter(pk=message.pk, emoji=emoji, claimed_at__isnull=False)
    if not called.delete()[0]:
        return False
    _set(message, {"emoji": emoji, "state": ReactionState.SENT} if emoji else None)
    return True


def _is_unknown(entry: Entry) -> bool:
    return (entry.get("error") or {}).get("code") == OutcomeUnknown.code


def _is_of_wish(message: Message, at: datetime | None) -> bool:
    """Whether this was said after the present wish, as far as whole seconds tell."""
    wished = message.reacted_at.get(message.account_id)
    return at is not None and (wished is None or at + timedelta(seconds=1) > datetime.fromisoformat(wished))


def _locked(message_id: UUID) -> Message | None:
    """The message, if it is not erased; locked behind its conversation, as everywhere."""
    conversations = Conversation.objects.select_for_update(of=("self",), no_key=True)
    if not conversations.filter(messages=message_id).first():
        return None
    return Message.objects.select_for_update(of=("self",), no_key=True).filter(pk=message_id).first()


def _own(message: Message) -> Entry:
    """The business's own entry; empty where there is none."""
    return next((each for each in message.reactions if each.get("by") == message.account_id), {})


def _is_shown(entry: Entry) -> bool:
    """Whether the contact sees it: what the platform itself told of has no state."""
    return bool(entry) and entry.get("state") in (None, ReactionState.SENT)


def _is_wished(emoji: str, entry: Entry, due: DueReaction | None) -> bool:
    """Whether the same wish is on its way, or was fulfilled."""
    if due is not None:
        return due.emoji == emoji
    return entry.get("emoji") == emoji and _is_shown(entry) if emoji else not entry


def _close(due: DueReaction) -> bool:
    """Whether this wish is decided; one that came meanwhile stays due."""
    if DueReaction.objects.filter(pk=due.pk, wanted_at=due.wanted_at).delete()[0]:
        return True
    DueReaction.objects.filter(pk=due.pk).update(claimed_at=None)
    return False


def _show(row: Message, entry: Entry | None, *, at: datetime | None = None) -> None:
    _set(row, entry, at=at)
    row.save(update_fields=["reactions", "reacted_at"])
    publish([message_changed(row, "updated")])


def _set(row: Message, entry: Entry | None, *, at: datetime | None = None) -> None:
    """Put the business's own entry on the unsaved row, or take it off. `at`: since when that is the wish."""
    others = [each for each in row.reactions if each.get("by") != row.account_id]
    row.reactions = [*others, {**entry, "by": row.account_id}] if entry else others
    if at:
        row.reacted_at = {**row.reacted_at, row.account_id: at.isoformat().replace("+00:00", "Z")}


def _reason(error: PlatformError) -> JSONObject:
    return {
        "code": error.code,
        "message": storable_text(error.told),
        "resolution": storable_text(error.resolution_at_last or "") or None,
        "platform_code": error.words.code,
    }


def _told(failure: DeliveryFailure) -> JSONObject:
    return {
        "code": failure.code,
        "message": storable_text(failure.message),
        "resolution": storable_text(failure.resolution or "") or None,
        "platform_code": failure.platform_code,
    }
