from __future__ import annotations

from backend.platforms.meta.catalogue import ATTACHMENTS, ITEMS, Row, as_of

BEGAN = "~2021"

ROWS: list[Row] = [
    *as_of(BEGAN, ATTACHMENTS),
    Row(
        place="attachments[]",
        words=("share",),
        becomes="MessageReceived SHARE",
        since=BEGAN,
        note="until 2026-02, then `ig_post`",
    ),
    Row(place="attachments[]", words=("media", "story", "ig_story"), becomes="MessageReceived SHARE"),
    Row(
        place="attachments[]",
        words=("story_mention",),
        becomes="MessageReceived STORY_MENTION",
        since=BEGAN,
        note="`payload.story`; its link dies with the story, after a day",
    ),
    Row(
        place="attachments[]",
        words=("like_heart",),
        becomes="MessageReceived STICKER",
        note="the text is a heart",
    ),
    Row(
        place="attachments[]",
        words=("unsupported_type", "ephemeral"),
        becomes="MessageReceived UNSUPPORTED",
        note="view-once among them: a placeholder, open the app",
    ),
    Row(
        place="message",
        words=("reply_to.story",),
        becomes="MessageReceived TEXT",
        since=BEGAN,
        note="`payload.story`",
    ),
    *as_of(BEGAN, ITEMS),
    Row(
        place="messaging[]",
        words=("delivery",),
        becomes="DeliveryChanged DELIVERED",
        note="Instagram does not send it; read all the same",
    ),
    Row(
        place="messaging[]",
        words=("read",),
        becomes="DeliveryChanged READ",
        since=BEGAN,
        note="that `mid` and every earlier message",
    ),
]
