from __future__ import annotations

from backend.lib.json_types import JSON
from backend.platforms.meta.contents import ATTACHMENTS, Dialect
from backend.platforms.meta.messaging import read_messaging_event
from backend.platforms.port import AnyNotice, MessageType

# Instagram's word -> ours.
INSTAGRAM_ATTACHMENTS = ATTACHMENTS | {
    "share": MessageType.SHARE,  # Replaced by `ig_post` in February 2026.
    "media": MessageType.SHARE,
    "story": MessageType.SHARE,
    "ig_story": MessageType.SHARE,
    "story_mention": MessageType.STORY_MENTION,
    "like_heart": MessageType.STICKER,
    "unsupported_type": MessageType.UNSUPPORTED,
    "ephemeral": MessageType.UNSUPPORTED,
}
DIALECT = Dialect(platform="Instagram", attachments=INSTAGRAM_ATTACHMENTS)


def parse(payload: JSON) -> list[AnyNotice]:
    """Every fact in one webhook event, in Meta's order."""
    return read_messaging_event(payload, DIALECT)
