"""The conversation of one contact while a batch is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cached_property, lru_cache
from typing import TypeGuard
from uuid import UUID

from backend.conversations.models import Conversation, ConversationStatus, Message
from backend.platforms.port import AnyNotice, MessageReceived, MessageType

# What stands in a conversation and is no word of the contact: nobody has to read it, and no window opens.
NOT_SAID = frozenset({MessageType.SYSTEM})


def is_said(notice: AnyNotice) -> TypeGuard[MessageReceived]:
    """Whether the contact said something to somebody."""
    return isinstance(notice, MessageReceived) and notice.type not in NOT_SAID


# Integration, account, an id of the contact on the platform. The integration's id is a number here: Python hashes and
# compares numbers at once, and UUIDs in Python.
Key = tuple[int, str, str]


def as_columns(keys: Iterable[Key]) -> list[tuple[str, str, str]]:
    """Keys as the tables have them."""
    return [(id_of(integration), account_id, name) for integration, account_id, name in keys]


@lru_cache(maxsize=1024)  # Of a handful of integrations, it is asked several times for each event.
def id_of(number: int) -> str:
    """The id that a key has as a number."""
    return f"{number:032x}"


class Folder:
    """Most are only held while somebody else might write: their rows are not unpacked before they are asked for."""

    def __init__(
        self,
        pk: UUID,
        unpack: Callable[[], Conversation],
        *,
        is_new: bool = False,
        keys: tuple[Key, ...] = (),
    ) -> None:
        self.pk = pk
        self.keys = keys  # Every name of the contact, the present one first, as the tables find them.
        self._unpack = unpack
        self.is_new = is_new  # It is not in the table yet.
        self.touched = False  # A message was put into it.
        self.covered = False  # A later time is known up to which everything arrived or was read.

    @classmethod
    def of(cls, conversation: Conversation, *, is_new: bool = False) -> Folder:
        """The folder of a conversation that is unpacked already."""
        return cls(conversation.pk, lambda: conversation, is_new=is_new)

    @cached_property
    def conversation(self) -> Conversation:
        """The row, with its contact."""
        return self._unpack()

    def add(self, message: Message, notice: AnyNotice) -> None:
        """Take a message into the conversation's own columns: one that is new, or is told of by a webhook at last."""
        conversation = self.conversation
        if message.is_history:
            if self.is_new and not self.touched:  # Nobody waits for an answer there.
                conversation.status = ConversationStatus.CLOSED
        elif is_said(notice):
            conversation.unread_count += 1
            conversation.status = ConversationStatus.OPEN
            if notice.opens_window:
                conversation.last_inbound_at = _later(conversation.last_inbound_at, message.sent_at)
        self.touched = True
        self.note_newest(message)

    def note_newest(self, message: Message) -> None:
        """Show this message in the list of conversations, where none is newer."""
        conversation = self.conversation
        is_newest = conversation.last_message_id in (None, message.pk)
        if is_newest or message.sent_at >= conversation.last_message_at:
            self.touched = True
            conversation.last_message_id = message.pk
            conversation.last_message_at = message.sent_at


def _later(one: datetime | None, other: datetime) -> datetime:
    return other if one is None or other > one else one
