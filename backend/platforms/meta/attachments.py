"""The files of a message of Messenger or Instagram, as its webhook names them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from backend.lib.json_types import JSONObject
from backend.lib.reading import id_of, object_of, text_of
from backend.platforms.meta.contents import attachments_of
from backend.platforms.port import Attachment, AttachmentType

# What Meta calls an attachment -> what its file is. Words that are not here come without a file.
OWN_FILES: dict[str, AttachmentType] = {
    "image": AttachmentType.IMAGE,
    "video": AttachmentType.VIDEO,
    "audio": AttachmentType.AUDIO,
    "file": AttachmentType.DOCUMENT,
    "sticker": AttachmentType.STICKER,
}
# Somebody else's: the platform lets us show them, not keep them.
LENT_FILES: dict[str, AttachmentType] = {
    "story_mention": AttachmentType.STORY,
    "story": AttachmentType.STORY,
    "ig_story": AttachmentType.STORY,
    "share": AttachmentType.SHARE,
    "media": AttachmentType.SHARE,
    "post": AttachmentType.SHARE,
    "ig_post": AttachmentType.SHARE,
    "reel": AttachmentType.SHARE,
    "ig_reel": AttachmentType.SHARE,
}
# An address at one of these is a page to open, not a file.
PAGES = frozenset({"facebook.com", "www.facebook.com", "m.facebook.com", "fb.me", "fb.watch", "m.me"}) | {
    "instagram.com",
    "www.instagram.com",
    "ig.me",
}


def files_of(message: JSONObject) -> tuple[Attachment, ...]:
    """Every file of the message, each once, in its order; a story that is answered comes last."""
    told = [*_attached(attachments_of(message)), *_story_answered(message)]
    return tuple({each.url: each for each in reversed(told)}.values())[::-1]


def _attached(attachments: Iterable[JSONObject]) -> Iterator[Attachment]:
    seen: set[str] = set()
    for each in attachments:
        word, payload = text_of(each.get("type")), object_of(each.get("payload"))
        url, sticker = text_of(payload.get("url")), id_of(payload.get("sticker_id"))
        kind = OWN_FILES.get(word) or LENT_FILES.get(word)
        # Until August 2026 a sticker came in two forms at once, under one id.
        if kind is None or not is_file(url) or (sticker and sticker in seen):
            continue
        seen.add(sticker)
        yield Attachment(
            type=AttachmentType.STICKER if sticker else kind,
            url=url,
            name=text_of(payload.get("title")) if kind is AttachmentType.DOCUMENT else "",
            transient=word in LENT_FILES,
        )


def _story_answered(message: JSONObject) -> Iterator[Attachment]:
    story = object_of(object_of(message.get("reply_to")).get("story"))
    url = text_of(story.get("url"))
    if is_file(url):
        yield Attachment(type=AttachmentType.STORY, url=url, transient=True)


def is_file(url: str) -> bool:
    """Whether an address may lead to a file."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.hostname not in PAGES
    except ValueError:
        return False
