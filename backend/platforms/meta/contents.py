"""What a message of Messenger or Instagram holds: its type, its text, and what is left for the payload."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from backend.lib.json_types import JSONObject
from backend.lib.reading import id_of, object_of, objects_in, text_of
from backend.platforms.meta.placeholders import Placeholder, told
from backend.platforms.port import MessageType

# What Messenger and Instagram call an attachment -> ours. Each platform adds its own words.
ATTACHMENTS: dict[str, MessageType] = {
    "image": MessageType.IMAGE,
    "video": MessageType.VIDEO,
    "audio": MessageType.AUDIO,
    "file": MessageType.DOCUMENT,
    "sticker": MessageType.STICKER,
    "fallback": MessageType.SHARE,
    "reel": MessageType.SHARE,
    "ig_reel": MessageType.SHARE,
    "post": MessageType.SHARE,
    "ig_post": MessageType.SHARE,
    "template": MessageType.TEMPLATE,
}
# A preview of a link that stands in the text says nothing of its own.
PREVIEWS = frozenset({"fallback"})

# Stickers that mean a word: Messenger's thumbs in three sizes, and Instagram's heart.
THUMBS = frozenset({"369239263222822", "369239343222814", "369239383222810"})
SIGNS = {"like_heart": "❤️"}

# Attachments that are a story -> what it has to do with the message.
STORIES = {"story_mention": "MENTION", "story": "SHARE", "ig_story": "SHARE"}

BOOKINGS = {
    "requested": "Asks for an appointment",
    "confirmed": "Confirmed the appointment",
    "declined": "Declined the appointment",
    "cancelled": "Cancelled the appointment",
}

HIDDEN = frozenset({MessageType.UNSUPPORTED, MessageType.UNKNOWN})  # Of these there may be nothing to show.

# What a notice says in its own fields; everything else of a message goes to its payload.
SAID_ELSEWHERE = frozenset({"mid", "text", "seq", "is_echo", "app_id", "metadata", "referral"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """What differs between the platforms that share these messages."""

    platform: str  # As a person calls it.
    attachments: Mapping[str, MessageType]  # Its word -> ours.


@dataclass(frozen=True, slots=True)
class Contents:
    """What a message says, in the words of the house."""

    type: MessageType
    text: str
    payload: (
        JSONObject  # What neither the text nor another field holds, in Meta's own words; beside them ours.
    )


def read_contents(message: JSONObject, dialect: Dialect) -> Contents:
    """Everything that a message says of itself."""
    attachments = attachments_of(message) if "attachments" in message else []
    kind = _type_of(message, attachments, dialect)
    text, rest = _words_of(message, attachments), _rest_of(message, attachments)
    if not text and kind in HIDDEN:
        placeholder = Placeholder.OPEN_APP if kind is MessageType.UNSUPPORTED else Placeholder.NEW_KIND
        word = text_of(attachments[0].get("type")) if attachments else ""
        rest["placeholder"], text = str(placeholder), told(placeholder, dialect.platform, word)
    return Contents(kind, text, rest)


def _type_of(message: JSONObject, attachments: list[JSONObject], dialect: Dialect) -> MessageType:
    """What a message is, by its first attachment that says more than its text."""
    if message.get("is_unsupported") is True:
        return MessageType.UNSUPPORTED
    if message.get("sticker_id") or any(map(_sticker_id, attachments)):
        return MessageType.STICKER
    kinds = [text_of(attachment.get("type")) for attachment in attachments]
    if all(kind in PREVIEWS for kind in kinds):
        if message.get("quick_reply"):
            return MessageType.REPLY
        if "text" in message:
            return MessageType.TEXT
    if not kinds:
        return MessageType.TEXT if _command(message) else MessageType.UNKNOWN
    if kinds[0] == "template" and object_of(attachments[0].get("payload")).get("product"):
        return MessageType.SHARE
    return dialect.attachments.get(kinds[0], MessageType.UNKNOWN)


def _sticker_id(attachment: JSONObject) -> str:
    return id_of(object_of(attachment.get("payload")).get("sticker_id"))


def attachments_of(message: JSONObject) -> list[JSONObject]:
    """A message's attachments; a single one may come without its list, and a sticker of 2026 comes only once."""
    content = message.get("attachments")
    found = [content] if isinstance(content, dict) else objects_in(content)
    stickers = {_sticker_id(each) for each in found if each.get("type") == "sticker"}
    # Until August 2026 Messenger sent a sticker twice in one message: in its new form, and as an image.
    return [each for each in found if each.get("type") != "image" or _sticker_id(each) not in stickers - {""}]


def _words_of(message: JSONObject, attachments: list[JSONObject]) -> str:
    """The text, or else the title of what is attached, or what a sign means."""
    if text := text_of(message.get("text")) or _command(message):
        return text
    return (
        next(filter(None, map(_title, attachments)), "")
        or _sign(message, attachments)
        or _booking(attachments)
    )


def _title(attachment: JSONObject) -> str:
    """Of the attachment, or of the first product in it."""
    payload = object_of(attachment.get("payload"))
    products = objects_in(object_of(payload.get("product")).get("elements"))
    titles = (text_of(each.get("title")) for each in (attachment, payload, *products))
    return next(filter(None, titles), "")


def _command(message: JSONObject) -> str:
    """What the contact chose from the menu of commands."""
    names = (text_of(each.get("name")) for each in objects_in(message.get("commands")))
    return " ".join(f"/{name}" for name in names if name)


def _sign(message: JSONObject, attachments: list[JSONObject]) -> str:
    stickers = {id_of(message.get("sticker_id")), *map(_sticker_id, attachments)}
    if stickers & THUMBS:
        return "👍"
    return next((SIGNS[word] for each in attachments if (word := text_of(each.get("type"))) in SIGNS), "")


def _booking(attachments: list[JSONObject]) -> str:
    booking = object_of(
        next((each for each in attachments if each.get("type") == "appointment_booking"), None)
    )
    status = text_of(object_of(booking.get("payload")).get("status")).lower()
    return BOOKINGS.get(status, "Booked an appointment") + "." if booking else ""


def _rest_of(message: JSONObject, attachments: list[JSONObject]) -> JSONObject:
    rest = {word: content for word, content in message.items() if word not in SAID_ELSEWHERE}
    if "attachments" in rest:
        rest["attachments"] = attachments
    answered = object_of(rest.get("reply_to"))
    # An answer to a story keeps the story; an answer to a message is told by the notice itself.
    if answered.keys() <= {"mid", "is_self_reply"}:
        rest.pop("reply_to", None)
    if story := _story_of(object_of(answered.get("story")), attachments):
        rest["story"] = story
    return rest


def _story_of(answered: JSONObject, attachments: list[JSONObject]) -> JSONObject | None:
    """The story that was answered or shared, or that mentions the business, in the same shape for all."""
    if answered:
        return _story("REPLY", answered)
    for each in attachments:
        if kind := STORIES.get(text_of(each.get("type"))):
            return _story(kind, object_of(each.get("payload")))
    return None


def _story(kind: str, said: JSONObject) -> JSONObject:
    return {"kind": kind, "id": id_of(said.get("id")) or None, "url": text_of(said.get("url")) or None}
