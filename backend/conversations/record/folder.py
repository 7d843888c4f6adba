"""The conversation of one contact while a batch is written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from uuid import UUID

from backend.conversations.models import Conversation, ConversationStatus, Direction, Message
from backend.platforms.port import MessageType


class Folder:
    """Most are only held while somebody else might write: their rows are not unpacked before they are asked for."""

    def __init__(self, pk: UUID, unpack: Callable[[], Conversation], *, is_new: bool = False) -> None:
        self.pk = pk
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

    def add(self, message: Message) -> None:
        """Take a new message into the conversation's own columns."""
        if not message.is_history:
            self.add_live(message)
            return
        if self.is_new and not self.touched:  # Nobody waits for an answer there.
            self.conversation.status = ConversationStatus.CLOSED
        self.touched = True
        self.note_newest(message)

    def add_live(self, message: Message) -> None:
        """The same for one that was said just now: a contact's is unread, and opens the window."""
        conversation = self.conversation
        self.touched = True
        self.note_newest(message)
        if message.direction == Direction.INBOUND and message.type != MessageType.SYSTEM:
            conversation.unread_count += 1
            conversation.status = ConversationStatus.OPEN
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
