"""What members change on a conversation."""

from __future__ import annotations

from django.db import transaction

from backend.conversations.models import Conversation
from backend.conversations.record.changes import conversation_changed
from backend.feed.publish import publish
from backend.lib.clock import now


def mark_read(conversation: Conversation) -> Conversation:
    """Nothing is unread here any more."""
    return _change(conversation, unread_count=0)


def set_typing(conversation: Conversation, on: bool) -> Conversation:
    """Remember that somebody of the business is typing."""
    return _change(conversation, typing_on=on)


def change_conversation(
    conversation: Conversation, *, status: str | None = None, handler: str | None = None
) -> Conversation:
    """Open or close it, or hand it over; None leaves a thing as it is."""
    wanted = {"status": status, "handler": handler, "handed_at": now() if handler else None}
    return _change(conversation, **{name: value for name, value in wanted.items() if value is not None})


def _change(conversation: Conversation, **columns: object) -> Conversation:
    with transaction.atomic():
        Conversation.objects.filter(pk=conversation.pk).update(**columns)
        for name, value in columns.items():
            setattr(conversation, name, value)
        publish([conversation_changed(conversation)])
    return conversation
