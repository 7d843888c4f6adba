"""The messages of a conversation that a phone handed over, and the files that come after them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from backend.lib.json_types import JSONObject
from backend.lib.phone import digits_of, is_same_number
from backend.lib.reading import id_of, object_of, objects_in, text_of
from backend.platforms.meta.envelope import Entry
from backend.platforms.port import (
    AnyNotice,
    ContactCard,
    DeliveryStatus,
    MessageDeleted,
    MessageEchoed,
    MessageEdited,
    MessageReceived,
    MessageType,
    ReactionChanged,
)
from backend.platforms.whatsapp.contents import word_of
from backend.platforms.whatsapp.parse import read_echo, read_message
from backend.platforms.whatsapp.value import Value

# The phone's word -> ours.
STATUSES: dict[str, DeliveryStatus] = {
    "DELIVERED": DeliveryStatus.DELIVERED,
    "READ": DeliveryStatus.READ,
    "PLAYED": DeliveryStatus.PLAYED,
    "ERROR": DeliveryStatus.FAILED,
}
PLACEHOLDER = "media_placeholder"
ON_THE_PHONE = "A file that the phone keeps. Look at it in the WhatsApp Business app."


def read_thread(account_id: str, contact: ContactCard, messages: Iterable[JSONObject]) -> list[AnyNotice]:
    """What was said in a conversation, as history. What cannot be read is left out: the delivery still holds it."""
    value = Value(change={}, raw={}, field="history", account_id=account_id, entry=Entry("", None, ""))
    return [notice for message in messages for notice in _read(value, contact, message)]


def messages_of(thread: JSONObject) -> list[JSONObject]:
    """The messages of a thread, as they came."""
    return objects_in(thread.get("messages"))


def _read(value: Value, contact: ContactCard, message: JSONObject) -> Iterator[AnyNotice]:
    by_business = not _is_from(message, contact)
    said = {name: part for name, part in message.items() if name != "history_context"}
    status = text_of(object_of(message.get("history_context")).get("status"))
    person = {"to": contact.external_id} if by_business else {"from": contact.external_id}
    try:
        notices = (read_echo if by_business else read_message)(value, said | person)
    except Exception:  # Whatever it is, its siblings are read.
        return
    marks = _marks(message) | {"contact": contact}
    for notice in notices:
        if isinstance(notice, MessageReceived):
            yield replace(notice, **marks)
        elif isinstance(notice, MessageEchoed):
            yield replace(notice, status=STATUSES.get(status, DeliveryStatus.SENT), **marks)
        elif isinstance(notice, ReactionChanged | MessageEdited | MessageDeleted):
            yield replace(notice, contact=contact)


def _is_from(message: JSONObject, contact: ContactCard) -> bool:
    """Whether the contact wrote it: what the business wrote names them as its receiver."""
    if "to" in message or "to_user_id" in message:
        return False
    phone = digits_of(id_of(message.get("from")))
    return not phone or not contact.phone or is_same_number(phone, contact.phone)


def _marks(message: JSONObject) -> dict[str, Any]:
    """What is to be said of it because it is history."""
    if word_of(message) != PLACEHOLDER:
        return {"is_history": True}
    return {"is_history": True, "type": MessageType.UNSUPPORTED, "text": ON_THE_PHONE}
