from __future__ import annotations

from collections.abc import Callable

from backend.lib.json_types import JSONObject
from backend.lib.reading import fingerprint_of, id_of, moment_of, objects_in, text_of
from backend.platforms.meta.errors import failure_from
from backend.platforms.port import (
    AnyNotice,
    ContactCard,
    ConversationNoted,
    DeliveryChanged,
    DeliveryFailure,
    DeliveryStatus,
    Happening,
)
from backend.platforms.whatsapp.calls import read_call_status
from backend.platforms.whatsapp.people import card_of, written
from backend.platforms.whatsapp.preferences import STOPPED_MARKETING, stopped_by_failure
from backend.platforms.whatsapp.value import Value

DELIVERY_STATUSES: dict[str, DeliveryStatus] = {
    # WhatsApp's word -> ours
    "sent": DeliveryStatus.SENT,
    "delivered": DeliveryStatus.DELIVERED,
    "read": DeliveryStatus.READ,
    "played": DeliveryStatus.PLAYED,
    "failed": DeliveryStatus.FAILED,
}
IGNORED_STATUSES = frozenset({"deleted"})  # The contact removed it on their side; we keep it.


def read_status(value: Value, item: JSONObject) -> list[AnyNotice]:
    """What became of one message of ours, or of a call; a failure may tell what the contact allows."""
    kind = text_of(item.get("type"))
    if kind in OTHER_KINDS:
        return OTHER_KINDS[kind](value, item)
    word = text_of(item.get("status"))
    external_id = id_of(item.get("id"))
    correlation_id = text_of(item.get("biz_opaque_callback_data"))
    status = DELIVERY_STATUSES.get(word)
    if status is None or not (external_id or correlation_id):
        detail = "It changes nothing here." if word in IGNORED_STATUSES else ""
        return [value.unrecognised("status", word, detail=detail, raw=item)]
    contact = _recipient(value, item)
    failure = _failure(item) if status is DeliveryStatus.FAILED else None
    moved = DeliveryChanged(
        status=status,
        contact=contact,
        external_id=external_id,
        correlation_id=correlation_id,
        failure=failure,
        occurred_at=moment_of(item.get("timestamp")) or value.sent_at,
        raw=item,
        **value.facts(),
    )
    if failure and contact and failure.platform_code == STOPPED_MARKETING:
        return [moved, stopped_by_failure(value, item, contact)]
    return [moved]


def _recipient(value: Value, item: JSONObject) -> ContactCard | None:
    """Whom the message went to; a group is nobody."""
    if text_of(item.get("recipient_type")) == "group":
        return None
    person = written(item.get("recipient_id"), item.get("recipient_user_id"))
    card = card_of(person, value.contacts)
    return card if card.external_id else None


def _failure(item: JSONObject) -> DeliveryFailure:
    """The first reason given; WhatsApp may give none."""
    return failure_from(next(iter(objects_in(item.get("errors"))), {}))


def _read_payment(value: Value, item: JSONObject) -> list[AnyNotice]:
    """What became of a payment that a message had asked for; its words are not those of deliveries."""
    word, contact = text_of(item.get("status")), _recipient(value, item)
    if contact is None or not word:
        return [value.unrecognised("status", word, detail="A payment of nobody.", raw=item)]
    return [
        ConversationNoted(
            contact=contact,
            external_id=f"h_{fingerprint_of(item)}:payment",
            happening=Happening.PURCHASE,
            text=f"Payment: {word}.",
            reply_to_external_id=id_of(item.get("id")),
            payload={"payment": item.get("payment")},
            occurred_at=moment_of(item.get("timestamp")) or value.sent_at,
            raw=item,
            **value.facts(),
        )
    ]


# Not all that travels among the statuses is about the delivery of a message.
OTHER_KINDS: dict[str, Callable[[Value, JSONObject], list[AnyNotice]]] = {
    "call": read_call_status,
    "payment": _read_payment,
}
