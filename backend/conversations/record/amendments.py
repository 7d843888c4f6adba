"""What belongs to a message that is there already: edits, reactions, and taking it back."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from backend.conversations.models import Message
from backend.conversations.record.changes import message_changed
from backend.conversations.record.people import Routed
from backend.feed.publish import Change
from backend.lib.clock import now
from backend.lib.storable import storable_id, storable_text
from backend.platforms.port import MessageDeleted, MessageEdited, ReactionChanged


def apply_amendments(arrivals: Sequence[Routed]) -> list[Change]:
    """Change the messages that are edited, reacted to or taken back. A repeat changes nothing."""
    if not arrivals:
        return []
    messages = _load(arrivals)
    changed: dict[object, Message] = {}
    for arrival in arrivals:
        notice = arrival.notice
        if not isinstance(notice, (MessageEdited, MessageDeleted, ReactionChanged)):
            continue
        message = messages.get((arrival.integration.pk, storable_id(notice.external_id)))
        if message is not None and AMENDMENTS[type(notice)](message, notice):
            changed[message.pk] = message
    Message.objects.bulk_update(
        changed.values(), ["text", "payload", "edits", "edited_at", "deleted_at", "reactions"]
    )
    return [message_changed(message, "updated") for message in changed.values()]


def _load(arrivals: Sequence[Routed]) -> dict[tuple[object, str | None], Message]:
    rows = Message.objects.filter(
        integration_id__in={a.integration.pk for a in arrivals},
        external_id__in={storable_id(getattr(a.notice, "external_id", "")) for a in arrivals},
    )
    rows = rows.select_for_update(of=("self",)).order_by("id")
    return {(row.integration_id, row.external_id): row for row in rows}


def _edit(message: Message, notice: MessageEdited) -> bool:
    text = storable_text(notice.text)
    at = notice.occurred_at or now()
    stale = message.edited_at is not None and at <= message.edited_at
    if message.deleted_at or text == message.text or stale:
        return False
    message.edits = [*message.edits, {"text": message.text, "at": at.isoformat().replace("+00:00", "Z")}]
    message.text, message.edited_at = text, at
    return True


def _delete(message: Message, notice: MessageDeleted) -> bool:
    if message.deleted_at:
        return False
    message.deleted_at = notice.occurred_at or now()
    message.text, message.payload, message.edits = "", {}, []
    return True


def _react(message: Message, notice: ReactionChanged) -> bool:
    author = storable_id(notice.contact.external_id, 255)
    others = [reaction for reaction in message.reactions if reaction.get("by") != author]
    emoji = storable_text(notice.emoji, 64)
    now_there = [*others, {"emoji": emoji, "by": author}] if emoji else others
    if now_there == message.reactions:
        return False
    message.reactions = now_there
    return True


AMENDMENTS: dict[type, Callable[..., bool]] = {
    MessageEdited: _edit,
    MessageDeleted: _delete,
    ReactionChanged: _react,
}
