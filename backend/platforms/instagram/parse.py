from __future__ import annotations

from backend.lib.json_types import JSON
from backend.platforms.meta.contents import ATTACHMENTS, Dialect
from backend.platforms.meta.envelope import read_event
from backend.platforms.meta.messaging import readers_in
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
READERS = readers_in(DIALECT)


def parse(payload: JSON) -> list[AnyNotice]:
    """Every fact in one webhook event, in Meta's order."""
    return read_event(payload, READERS)
