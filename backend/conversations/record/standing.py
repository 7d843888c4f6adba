"""What a conversation is told of itself: whether the contact takes marketing, and which app answers there."""

from __future__ import annotations

from datetime import datetime

from backend.conversations.models import Conversation
from backend.conversations.record.steps import platform_time
from backend.lib.json_types import JSON
from backend.lib.storable import storable_text
from backend.platforms.port import ConversationNoted


def note_standing(conversation: Conversation, notice: ConversationNoted) -> None:
    """Take what the notice tells into the unsaved row; the latest word counts, whenever it comes."""
    at = platform_time(notice.occurred_at)
    if notice.marketing_allowed is not None:
        _take(conversation, "marketing", notice.marketing_allowed, at)
    if notice.owner_app_id is not None:
        _take(conversation, "owner", storable_text(notice.owner_app_id, 64), at)


def _take(conversation: Conversation, topic: str, said: JSON, at: datetime) -> None:
    known = conversation.standing.get(topic)
    if known is None or at >= datetime.fromisoformat(known["at"]):
        told = {"is": said, "at": at.isoformat().replace("+00:00", "Z")}
        conversation.standing = {**conversation.standing, topic: told}
