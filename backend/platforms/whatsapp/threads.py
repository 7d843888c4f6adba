"""The messages of a conversation that a phone handed over, and the files that come after them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TypeVar

from backend.lib.json_types import JSONObject
from backend.lib.phone import digits_of, is_same_line
from backend.lib.reading import id_of, object_of, objects_in, text_of
from backend.platforms.port import (
    AnyNotice,
    ContactCard,
    DeliveryStatus,
    MessageEchoed,
    MessageReceived,
    MessageType,
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


Said = TypeVar("Said", MessageReceived, MessageEchoed)


def read_thread(account_id: str, contact: ContactCard, messages: Iterable[JSONObject]) -> list[AnyNotice]:
    """What was said in a conversation, as history. What cannot be read is left out: the delivery still holds it."""
    value = Value(
        change={}, raw={}, field="history", account_id=account_id, business_account_id="", sent_at=None
    )
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
    for notice in notices:
        if isinstance(notice, MessageReceived):
            yield replace(_marked(notice, message), contact=contact)
        elif isinstance(notice, MessageEchoed):
            known = STATUSES.get(status, DeliveryStatus.SENT)
            yield replace(_marked(notice, message), contact=contact, status=known)


def _is_from(message: JSONObject, contact: ContactCard) -> bool:
    """Whether the contact wrote it: what the business wrote names them as its receiver."""
    if "to" in message or "to_user_id" in message:
        return False
    phone = digits_of(id_of(message.get("from")))
    return not phone or not contact.phone or is_same_line(phone, contact.phone)


def _marked(notice: Said, message: JSONObject) -> Said:
    if word_of(message) != PLACEHOLDER:
        return replace(notice, is_history=True)
    return replace(notice, is_history=True, type=MessageType.UNSUPPORTED, text=ON_THE_PHONE)
