"""Calls, as far as they are seen: a caller is a message, what becomes of the call is told in the conversation."""

from __future__ import annotations

from typing import Any

from backend.lib.json_types import JSON, JSONObject
from backend.lib.reading import id_of, moment_of, number_of, object_of, text_of
from backend.platforms.port import (
    AnyNotice,
    ContactCard,
    ConversationNoted,
    Happening,
    MessageEchoed,
    MessageReceived,
    MessageType,
)
from backend.platforms.whatsapp.people import card_of, written
from backend.platforms.whatsapp.value import Value

CALLED = "Called on WhatsApp. Calls are not taken here."
CALLING = "Called the contact on WhatsApp, by other software."
ENDINGS = {
    # WhatsApp's word -> ours
    "COMPLETED": "The call ended",
    "FAILED": "The call was not answered",
    "REJECTED": "The call was refused",
}
CHANGES = {
    # WhatsApp's word, without what some senders put before it -> ours
    "recording_available": "A recording of the call is there.",
    "transcription_available": "A transcript of the call is there.",
    "status": "The call goes on.",
    "ringing": "The phone rings.",
    "accepted": "The call was taken.",
    "rejected": "The call was refused.",
}
# Keys of the connection itself: of no use to anybody who reads, and not theirs.
CONNECTION = frozenset({"session", "connection", "from", "to", "id", "wacid", "timestamp"})


def read_call(value: Value, call: JSONObject) -> list[AnyNotice]:
    """One event of a call."""
    word = text_of(call.get("event")).lower().removeprefix("call_")
    call_id = id_of(call.get("id")) or id_of(call.get("wacid"))
    contact, by_business = _parties(value, call)
    if not contact.external_id or not call_id:
        return [value.unrecognised("call", word, detail="It does not say who called.", raw=call)]
    facts: dict[str, Any] = {
        "contact": contact,
        "occurred_at": moment_of(call.get("timestamp")) or value.sent_at,
        "raw": call,
        "payload": _shown(call),
        "type": MessageType.CALL,
        **value.facts(),
    }
    if word == "connect":
        if by_business:
            return [MessageEchoed(external_id=call_id, text=CALLING, **facts)]
        return [MessageReceived(external_id=call_id, text=CALLED, opens_window=False, **facts)]
    if word == "terminate":
        happening, text = Happening.CALL_ENDED, _ending(call)
    else:
        happening, text = Happening.CALL_CHANGED, CHANGES.get(word, "Something about a call.")
    return [
        ConversationNoted(
            external_id=f"{call_id}:{word}",
            happening=happening,
            text=text,
            by_contact=not by_business,
            **facts,
        )
    ]


def read_call_status(value: Value, item: JSONObject) -> list[AnyNotice]:
    """What becomes of a call that the business made; it travels among the statuses of messages."""
    word, call_id = text_of(item.get("status")), id_of(item.get("id"))
    person = written(item.get("recipient_id"), item.get("recipient_user_id"))
    contact = card_of(person, value.contacts)
    if not contact.external_id or not call_id:
        return [value.unrecognised("status", word, detail="A call of nobody.", raw=item)]
    return [
        ConversationNoted(
            contact=contact,
            external_id=f"{call_id}:{word.lower()}",
            happening=Happening.CALL_CHANGED,
            text=CHANGES.get(word.lower(), "Something about a call."),
            type=MessageType.CALL,
            by_contact=False,
            payload={"call": {"status": word}},
            occurred_at=moment_of(item.get("timestamp")) or value.sent_at,
            raw=item,
            **value.facts(),
        )
    ]


def _parties(value: Value, call: JSONObject) -> tuple[ContactCard, bool]:
    """The contact, and whether the business made the call."""
    own = written(object_of(value.raw.get("metadata")).get("display_phone_number"), None).phone
    caller = written(call.get("from"), call.get("from_user_id"))
    said = text_of(call.get("direction")).upper()
    by_business = said == "BUSINESS_INITIATED" or (not said and bool(own) and caller.phone == own)
    person = written(call.get("to"), call.get("to_user_id")) if by_business else caller
    if person.phone and person.phone == own:  # What WhatsApp writes of the way back.
        person = written(call.get("from"), call.get("from_user_id")) if by_business else person
    return card_of(person, value.contacts), by_business


def _shown(call: JSONObject) -> JSONObject:
    shown: dict[str, JSON] = {word: said for word, said in call.items() if word not in CONNECTION}
    return {"call": shown}


def _ending(call: JSONObject) -> str:
    text = ENDINGS.get(text_of(call.get("status")).upper(), "The call ended")
    seconds = number_of(call.get("duration"))
    return f"{text} after {seconds // 60} min {seconds % 60} s." if seconds and seconds > 0 else f"{text}."
