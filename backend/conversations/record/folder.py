"""The conversation of one contact while a batch is written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from uuid import UUID

from backend.conversations.models import Conversation, Message

# Integration, account, an id of the contact on the platform.
Key = tuple[UUID, str, str]


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

    def add(self, message: Message, *, counts_as_unread: bool, opens_window: bool) -> None:
        """Take a new message into the conversation's own columns."""
        conversation = self.conversation
        self.touched = True
        self.note_newest(message)
        if counts_as_unread:
            conversation.unread_count += 1
            conversation.status = "OPEN"
        if opens_window:
            conversation.last_inbound_at = _later(conversation.last_inbound_at, message.sent_at)

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
