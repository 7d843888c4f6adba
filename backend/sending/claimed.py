"""Claimed messages as sending reads them: with one statement, and no more of each row than it asks for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any
from uuid import UUID

from backend.conversations.models import Contact, Conversation, Message
from backend.engine.instances import unpacked
from backend.engine.lookups import found_by_key
from backend.engine.questions import Question, found_later

# As instances have them: a row costs as much as it has of them.
OF_MESSAGE = (
    *("id", "business_id", "integration_id", "conversation_id", "type", "text", "payload"),
    *("reply_to_external_id", "author_kind", "human_agent", "send_by", "claimed_at", "attempts", "resends"),
)
OF_CONVERSATION = (
    *("id", "contact_id", "platform", "account_id", "handler", "last_inbound_at", "refused_at"),
)
OF_CONTACT = ("id", "external_id", "phone", "user_id")
NEEDED = (
    *OF_MESSAGE,
    *(f"conversation__{name}" for name in OF_CONVERSATION),
    *(f"conversation__contact__{name}" for name in OF_CONTACT),
)


def claimed_messages(ids: Iterable[UUID]) -> list[Message]:
    """The messages, each with what is asked of its conversation and contact."""
    found = found_by_key(Message, ids)
    return [_unpacked(row) for row in _rows(found.sql).ask(found.params)]


@cache
def _rows(found: str) -> Question:
    return Question(Message.objects.filter(pk__in=found_later(found)).order_by("id").values_list(*NEEDED))


def _unpacked(row: Sequence[Any]) -> Message:
    of_message = len(OF_MESSAGE)
    of_contact = of_message + len(OF_CONVERSATION)
    message = unpacked(Message, OF_MESSAGE, row[:of_message])
    conversation = unpacked(Conversation, OF_CONVERSATION, row[of_message:of_contact])
    conversation.contact = unpacked(Contact, OF_CONTACT, row[of_contact:])
    message.conversation = conversation
    return message
