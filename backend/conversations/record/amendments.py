"""What belongs to a message that is there already: edits, reactions, and taking it back."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from backend.conversations.models import Message
from backend.conversations.record.changes import message_changed
from backend.conversations.record.parked import MessageKey, key_of_message, park
from backend.conversations.record.people import Routed
from backend.conversations.record.steps import AMENDED_COLUMNS, apply
from backend.feed.publish import Change
from backend.lib.storable import storable_id


def apply_amendments(arrivals: Sequence[Routed]) -> list[Change]:
    """Change the messages that are edited, reacted to or taken back; those that are to come find it waiting."""
    if not arrivals:
        return []
    messages = _load(arrivals)
    changed: dict[UUID, Message] = {}
    early: list[Routed] = []
    for arrival in arrivals:
        message = messages.get(_key(arrival))
        if message is None:
            early.append(arrival)
        elif apply(message, arrival.notice):
            changed[message.pk] = message
    if early:
        park(early)
    Message.objects.bulk_update(changed.values(), AMENDED_COLUMNS)
    return [message_changed(message, "updated") for message in changed.values()]


def _key(arrival: Routed) -> MessageKey:
    external_id = storable_id(getattr(arrival.notice, "external_id", ""))
    return arrival.integration.pk, arrival.integration.account_id or "", external_id


def _load(arrivals: Sequence[Routed]) -> dict[MessageKey, Message]:
    keys = {_key(arrival) for arrival in arrivals}
    rows = Message.objects.filter(
        integration_id__in={key[0] for key in keys}, external_id__in={key[2] for key in keys}
    )
    return {key_of_message(row): row for row in rows.select_for_update(of=("self",)).order_by("id")}
