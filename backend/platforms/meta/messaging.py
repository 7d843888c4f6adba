"""The objects of `messaging[]`, which Messenger and Instagram share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from backend.lib.json_types import JSONObject
from backend.lib.reading import id_of, list_of, moment_of, object_of, text_of
from backend.platforms.meta.attachments import files_of
from backend.platforms.meta.contents import Dialect, read_contents
from backend.platforms.meta.envelope import Entry, ItemReader, unrecognised
from backend.platforms.meta.happenings import HAPPENINGS, WORDS_ALONE
from backend.platforms.meta.item import Item, item_of
from backend.platforms.meta.taps import read_order, read_postback, read_referral
from backend.platforms.port import (
    AnyNotice,
    DeliveryChanged,
    DeliveryStatus,
    MessageDeleted,
    MessageEchoed,
    MessageEdited,
    MessageReceived,
    ReactionChanged,
)

# For reactions that come with a name only.
EMOJI_OF = {
    "love": "❤",
    "like": "👍",
    "dislike": "👎",
    "smile": "😆",
    "angry": "😠",
    "sad": "😢",
    "wow": "😮",
}


def readers_in(dialect: Dialect) -> Mapping[str, ItemReader]:
    """Who reads which part of an entry of Messenger or Instagram."""

    def reader(*, standby: bool) -> ItemReader:
        return lambda entry, item: read_item(item_of(entry, item, dialect, standby=standby))

    def read_change(entry: Entry, change: JSONObject) -> list[AnyNotice]:
        field, value = text_of(change.get("field")), change.get("value")
        # Meta's pages spell these names in several ways; what is in the value decides.
        is_messaging = field.startswith("messag") or field in {"standby", *HAPPENINGS}
        if is_messaging and READERS.keys() & object_of(value).keys():
            return read_item(item_of(entry, object_of(value), dialect, standby=field == "standby"))
        return [unrecognised(entry, "field", field, raw=change)]

    return {"messaging": reader(standby=False), "standby": reader(standby=True), "changes": read_change}


def read_item(item: Item) -> list[AnyNotice]:
    """Every fact of one object of `messaging[]`."""
    words = [word for word in item.raw if word in READERS]
    if not words:
        unknown = [word for word in item.raw if word not in ("sender", "recipient", "timestamp")]
        return item.unrecognised("item", unknown[0] if unknown else "")
    return [notice for word in words for notice in _read_word(item, word)]


def _read_word(item: Item, word: str) -> list[AnyNotice]:
    content = item.raw[word]
    if word in WORDS_ALONE and isinstance(content, str):
        content = {"word": content}
    if not isinstance(content, dict):
        return item.unrecognised(word, detail="It is not an object.")
    return READERS[word](item, content)


def read_message(item: Item, message: JSONObject) -> list[AnyNotice]:
    """A message, its echo, or that it was taken back."""
    external_id = id_of(message.get("mid"))
    if message.get("is_deleted") is True:
        if not external_id:
            return item.unrecognised("message", "is_deleted", "It does not say which message.")
        return [MessageDeleted(external_id=external_id, contact=item.contact, **item.facts())]
    if not item.contact.external_id or not message:
        return item.unrecognised("message", detail="It is empty, or does not say who wrote.")
    if message.get("is_self") is True and item.contact.external_id == item.account_id:
        return item.unrecognised("message", "is_self", "The account wrote to itself; nobody else is in it.")
    contents = read_contents(message, item.dialect)
    said: dict[str, Any] = {
        "external_id": external_id or item.made_up_id(),
        "type": contents.type,
        "text": contents.text,
        "reply_to_external_id": id_of(object_of(message.get("reply_to")).get("mid")),
        "payload": contents.payload,
        "attachments": files_of(message),
        "contact": item.contact,
    }
    if item.by_business:
        app_id, given = id_of(message.get("app_id")), text_of(message.get("metadata"))
        return [MessageEchoed(app_id=app_id, correlation_id=given, **said, **item.facts())]
    referral = object_of(message.get("referral")) or None
    return [MessageReceived(referral=referral, standby=item.standby, **said, **item.facts())]


def read_reaction(item: Item, reaction: JSONObject) -> list[AnyNotice]:
    """A reaction of the contact or the business, or that it was taken off."""
    external_id, action = id_of(reaction.get("mid")), text_of(reaction.get("action"))
    if not external_id or not item.contact.external_id or action not in ("react", "unreact", ""):
        return item.unrecognised("reaction", action, "It does not say who reacted to what, or how.")
    name = text_of(reaction.get("reaction"))
    emoji = text_of(reaction.get("emoji")) or EMOJI_OF.get(name, name)
    shown = "" if action == "unreact" else emoji
    return [
        ReactionChanged(
            external_id=external_id,
            emoji=shown,
            contact=item.contact,
            by_business=item.by_business,
            **item.facts(),
        )
    ]


def read_edit(item: Item, edit: JSONObject) -> list[AnyNotice]:
    """The text of a message was changed."""
    external_id, text = id_of(edit.get("mid")), edit.get("text")
    if not external_id or not isinstance(text, str):
        return item.unrecognised("message_edit", detail="It does not say which message, or its new text.")
    return [MessageEdited(external_id=external_id, text=text, contact=item.contact, **item.facts())]


def read_delivery(item: Item, delivery: JSONObject) -> list[AnyNotice]:
    """The messages that are named, and all up to the watermark, arrived."""
    ids = list(filter(None, map(id_of, list_of(delivery.get("mids")))))
    watermark = moment_of(delivery.get("watermark"))
    if item.by_business:
        return item.unrecognised("delivery", "own", "It is about what the business itself received.")
    if not ids and watermark is None:
        return item.unrecognised("delivery", detail="It names no message and no time.")
    moved: dict[str, Any] = {"status": DeliveryStatus.DELIVERED, "contact": item.contact, **item.facts()}
    named: list[AnyNotice] = [DeliveryChanged(external_id=external_id, **moved) for external_id in ids]
    return named + ([DeliveryChanged(watermark=watermark, **moved)] if watermark else [])


def read_read(item: Item, read: JSONObject) -> list[AnyNotice]:
    """The contact has read everything up to a time (Messenger) or up to a message (Instagram)."""
    external_id, watermark = id_of(read.get("mid")), moment_of(read.get("watermark"))
    if item.by_business:
        return item.unrecognised("read", "own", "The business itself has read, in another app.")
    if not external_id and watermark is None:
        return item.unrecognised("read", detail="It names no message and no time.")
    return [
        DeliveryChanged(
            status=DeliveryStatus.READ,
            contact=item.contact,
            external_id=external_id,
            watermark=watermark,
            covers_earlier=bool(external_id),
            **item.facts(),
        )
    ]


READERS: dict[str, Callable[[Item, JSONObject], list[AnyNotice]]] = {
    **HAPPENINGS,
    "message": read_message,
    "order": read_order,
    "postback": read_postback,
    "referral": read_referral,
    "reaction": read_reaction,
    "message_edit": read_edit,
    "delivery": read_delivery,
    "read": read_read,
}
