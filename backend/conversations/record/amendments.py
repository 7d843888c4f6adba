"""What belongs to a message that is there already: edits, reactions, and taking it back."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from backend.conversations.models import Message
from backend.conversations.record.attachments import take_back_attachments
from backend.conversations.record.changes import message_changed
from backend.conversations.record.named import Named, key_in
from backend.conversations.record.parked import park
from backend.conversations.record.persons import Routed
from backend.conversations.record.steps import apply
from backend.feed.publish import Change
from backend.platforms.port import MessageDeleted


def apply_amendments(arrivals: Sequence[Routed], named: Named) -> list[Change]:
    """Change the messages that are edited, reacted to or taken back; those that are to come find it waiting."""
    changed: dict[UUID, Message] = {}
    taken_back: list[Message] = []
    early: list[Routed] = []
    for arrival in arrivals:
        message = named.by_key.get(key_in(arrival.integration, getattr(arrival.notice, "external_id", "")))
        if message is None:
            early.append(arrival)
        elif apply(message, arrival.notice):
            changed[message.pk] = message
            if isinstance(arrival.notice, MessageDeleted):
                taken_back.append(message)
    park(early)
    take_back_attachments(taken_back)
    named.changed |= changed
    return [message_changed(message, "updated") for message in changed.values()]
