"""What a message of Messenger or Instagram holds: its type, its text, and what is left for the payload."""

from __future__ import annotations

from collections.abc import Mapping

from backend.lib.json_types import JSONObject
from backend.lib.reading import object_of, objects_in, text_of
from backend.platforms.port import MessageType

# What Messenger and Instagram call an attachment -> ours. Each platform adds its own words.
ATTACHMENTS: dict[str, MessageType] = {
    "image": MessageType.IMAGE,
    "video": MessageType.VIDEO,
    "audio": MessageType.AUDIO,
    "file": MessageType.DOCUMENT,
    "reel": MessageType.SHARE,
    "ig_reel": MessageType.SHARE,
    "post": MessageType.SHARE,
    "ig_post": MessageType.SHARE,
    "template": MessageType.TEMPLATE,
}
# A preview of a link that stands in the text says nothing of its own.
PREVIEWS = frozenset({"fallback"})

# What a notice says in its own fields; everything else of a message goes to its payload.
SAID_ELSEWHERE = frozenset({"mid", "text", "seq", "is_echo", "app_id", "metadata", "referral"})


def type_of(message: JSONObject, attachments: Mapping[str, MessageType]) -> MessageType:
    """What a message is, by its first attachment that says more than its text."""
    if message.get("is_unsupported") is True:
        return MessageType.UNSUPPORTED
    if message.get("sticker_id") or any(map(_is_sticker, attachments_of(message))):
        return MessageType.STICKER
    kinds = [text_of(attachment.get("type")) for attachment in attachments_of(message)]
    if all(kind in PREVIEWS for kind in kinds):
        if message.get("quick_reply"):
            return MessageType.REPLY
        if "text" in message:
            return MessageType.TEXT
    return attachments.get(kinds[0], MessageType.UNKNOWN) if kinds else MessageType.UNKNOWN


def _is_sticker(attachment: JSONObject) -> bool:
    """Until August 2026 a sticker came as an image with an id."""
    return bool(object_of(attachment.get("payload")).get("sticker_id"))


def attachments_of(message: JSONObject) -> list[JSONObject]:
    """A message's attachments; a single one may come without its list."""
    content = message.get("attachments")
    return [content] if isinstance(content, dict) else objects_in(content)


def words_of(message: JSONObject) -> str:
    """The text, or else the title of what is attached."""
    if text := text_of(message.get("text")):
        return text
    titles = [
        text_of(attachment.get("title")) or text_of(object_of(attachment.get("payload")).get("title"))
        for attachment in attachments_of(message)
    ]
    return next(filter(None, titles), "")


def payload_of(message: JSONObject) -> JSONObject:
    """What neither the text nor another field of the notice holds, in Meta's own words."""
    rest = {word: content for word, content in message.items() if word not in SAID_ELSEWHERE}
    # An answer to a story keeps the story; an answer to a message is told by the notice itself.
    if object_of(rest.get("reply_to")).keys() <= {"mid", "is_self_reply"}:
        rest.pop("reply_to", None)
    return rest
