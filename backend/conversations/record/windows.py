"""What the platform's own word does to the reply window: too late is too late, whatever our books say."""

from __future__ import annotations

from backend.conversations.models import Message
from backend.conversations.record.folder import Folder
from backend.platforms.errors import WindowClosed
from backend.platforms.port import DeliveryStatus


def note_refusal(folder: Folder, message: Message) -> bool:
    """Close the window of the unsaved conversation where the platform refused the message as too late.

    It counts from when we sent it: what the contact wrote after that opens the window again. Says whether it is news.
    """
    late = message.delivery_status == DeliveryStatus.FAILED and message.error_code == WindowClosed.code
    if not late or message.error_platform_code is None:
        return False
    conversation = folder.conversation
    tried_at = message.claimed_at or message.sent_at
    if conversation.refused_at is None or tried_at > conversation.refused_at:
        conversation.refused_at = tried_at
        folder.touched = True
        return True
    return False
