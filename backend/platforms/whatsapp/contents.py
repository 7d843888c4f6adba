"""What a WhatsApp message holds: its type, its text, and what is left for the payload."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from backend.lib.json_types import JSON, JSONObject
from backend.lib.reading import id_of, number_of, object_of, objects_in, text_of
from backend.platforms.meta.placeholders import Placeholder, told
from backend.platforms.port import MessageType

TYPES: dict[str, MessageType] = {
    # WhatsApp's word -> ours
    "text": MessageType.TEXT,
    "image": MessageType.IMAGE,
    "video": MessageType.VIDEO,
    "audio": MessageType.AUDIO,
    "voice": MessageType.AUDIO,  # Before the Cloud API.
    "document": MessageType.DOCUMENT,
    "sticker": MessageType.STICKER,
    "location": MessageType.LOCATION,
    "contacts": MessageType.CONTACTS,
    "button": MessageType.REPLY,
    "order": MessageType.ORDER,
    "system": MessageType.SYSTEM,
    "unsupported": MessageType.UNSUPPORTED,
    "ephemeral": MessageType.UNSUPPORTED,
}
INTERACTIVE_TYPES: dict[str, MessageType] = {
    "button_reply": MessageType.REPLY,
    "list_reply": MessageType.REPLY,
    "call_permission_reply": MessageType.REPLY,
    "nfm_reply": MessageType.FORM,
}

# What a notice says in its own fields; everything else of a message goes to its payload.
SAID_ELSEWHERE = frozenset(
    {"id", "type", "timestamp", "referral"}
    | {"from", "from_user_id", "from_parent_user_id"}
    | {"to", "to_user_id", "to_parent_user_id"}
)
PLATFORM = "WhatsApp"
HIDDEN = frozenset({MessageType.UNSUPPORTED, MessageType.UNKNOWN})  # Of these there may be nothing to show.
# Why WhatsApp does not pass a message on -> who can see it.
UNSUPPORTED: dict[int | None, Placeholder] = {
    131060: Placeholder.OPEN_APP,  # Coexistence: it is in the app on the phone.
    131051: Placeholder.ASK,
}
# Kinds that can be seen on a phone of the business, if it has one.
ON_THE_PHONE = frozenset({"ephemeral", "view_once"})
SYSTEM_TEXTS = {
    "user_changed_number": "Changed the number.",
    "customer_changed_number": "Changed the number.",
    "user_changed_user_id": "Changed the user id.",
    "customer_identity_changed": "Uses WhatsApp on another device now.",
}

CAPTIONED = frozenset({"image", "video", "document"})
QUOTE = frozenset({"from", "id"})  # Of `context`: which message is answered, and whose it was.


def word_of(message: JSONObject) -> str:
    """WhatsApp's word for the message's kind; it may be left out, then its content tells."""
    return text_of(message.get("type")) or next((word for word in TYPES if word in message), "")


@dataclass(slots=True)
class Contents:
    """What a message says, in the words of the house."""

    type: MessageType
    text: str
    payload: JSONObject  # What `text` does not hold, in WhatsApp's own words; beside them ours.


def read_contents(message: JSONObject, word: str) -> Contents:
    """Everything that a message says of itself; `word` is WhatsApp's for its kind."""
    kind, text, rest = _type_of(message, word), text_in(message, word), rest_of(message)
    if object_of(rest.get("text")).get("body") == text and len(object_of(rest["text"])) == 1:
        rest.pop("text")
    if word == "interactive" and (answers := _answers(message)) is not None:
        rest["form"] = answers
    if not text and kind in HIDDEN:
        unknown = _unknown_word(message, word)
        placeholder = _placeholder_of(message, kind, {word, unknown})
        rest["placeholder"], text = str(placeholder), told(placeholder, PLATFORM, unknown)
    return Contents(kind, text, rest)


def rest_of(message: JSONObject) -> JSONObject:
    """What no other field of a notice says, in WhatsApp's own words."""
    rest = {word: content for word, content in message.items() if word not in SAID_ELSEWHERE}
    if "context" in rest and object_of(rest["context"]).keys() <= QUOTE:
        rest.pop("context")
    return rest


def _type_of(message: JSONObject, word: str) -> MessageType:
    if word == "interactive":
        answer = text_of(object_of(message.get("interactive")).get("type"))
        return INTERACTIVE_TYPES.get(answer, MessageType.UNKNOWN)
    return TYPES.get(word, MessageType.UNKNOWN)


def text_in(message: JSONObject, word: str) -> str:
    """The words of the message: its text, a caption, or the title of what was chosen."""
    content = message.get(word)
    words = TEXTS.get(word, _caption)(content) if content is not None else ""
    # Kinds that are not passed on may still hold the words that were written.
    return words or _body(message.get("text"))


def text_after(edited: JSONObject) -> str | None:
    """The words after an edit. None: it holds none, and is no file whose caption was taken off."""
    word = word_of(edited)
    text = text_in(edited, word)
    return text if text or (word in CAPTIONED and isinstance(edited.get(word), dict)) else None


def _placeholder_of(message: JSONObject, kind: MessageType, words: set[str]) -> Placeholder:
    """Why there is nothing of the contact's to show."""
    if words & ON_THE_PHONE:
        return Placeholder.OPEN_APP
    codes = [number_of(error.get("code")) for error in objects_in(message.get("errors"))]
    known = next((UNSUPPORTED[code] for code in codes if code in UNSUPPORTED), None)
    return known or (Placeholder.ASK if kind is MessageType.UNSUPPORTED or codes else Placeholder.NEW_KIND)


def _unknown_word(message: JSONObject, word: str) -> str:
    """What WhatsApp calls the kind that it does not pass on, or that we do not know."""
    kind = text_of(object_of(message.get(word)).get("type")) or ("" if word == "unsupported" else word)
    return "" if kind == "unknown" else kind


def _answers(message: JSONObject) -> JSONObject | None:
    """What a form was filled with; it comes as a text, which may be broken or hold something else."""
    reply = object_of(object_of(message.get("interactive")).get("nfm_reply"))
    said = reply.get("response_json")
    if isinstance(said, dict):
        return said
    try:
        answers = json.loads(said) if isinstance(said, str) else None
    except (ValueError, RecursionError):
        return None
    return answers if isinstance(answers, dict) else None


def quoted_in(message: JSONObject) -> str:
    """The id of the message that is answered."""
    return id_of(object_of(message.get("context")).get("id"))


def _caption(content: JSON) -> str:
    return text_of(object_of(content).get("caption"))


def _field(name: str) -> Callable[[JSON], str]:
    return lambda content: text_of(object_of(content).get(name))


_body = _field("body")


def _choice(content: JSON) -> str:
    """What was tapped, or what a form says of itself."""
    answer = object_of(object_of(content).get(text_of(object_of(content).get("type"))))
    return next(filter(None, (text_of(answer.get(name)) for name in ("title", "body", "response"))), "")


def _system(content: JSON) -> str:
    said = object_of(content)
    return text_of(said.get("body")) or SYSTEM_TEXTS.get(text_of(said.get("type")), "")


def _names(content: JSON) -> str:
    names = (text_of(object_of(person.get("name")).get("formatted_name")) for person in objects_in(content))
    return ", ".join(filter(None, names))


TEXTS: Mapping[str, Callable[[JSON], str]] = {
    "text": _body,
    "button": _field("text"),
    "order": _field("text"),
    "system": _system,
    "location": _field("name"),
    "interactive": _choice,
    "contacts": _names,
}
