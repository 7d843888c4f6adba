"""What WhatsApp says of a person beside their messages: another number or user id, or a name in the address book."""

from __future__ import annotations

import re
from dataclasses import replace

from backend.lib.json_types import JSON, JSONObject
from backend.lib.phone import digits_of
from backend.lib.reading import id_of, moment_of, object_of, text_of
from backend.platforms.port import AnyNotice, ContactCard, ContactChanged, ContactListed
from backend.platforms.whatsapp.people import NOBODY, Written, card_by, written
from backend.platforms.whatsapp.value import Value

# Under these words a system message says that the person is another number or user id now.
CHANGES_OF_PERSON = frozenset({"user_changed_number", "customer_changed_number", "user_changed_user_id"})
FROM_TO = re.compile(r" changed from (?P<former>\S+) to (?P<present>\S+?)\.?$")


def person_in(message: JSONObject) -> Written:
    """Who a message is of. A system message may name its person only in its own words."""
    person = written(message.get("from"), message.get("from_user_id"))
    return person if person != NOBODY else _former_in(object_of(message.get("system")))


def became_in(system: JSONObject) -> ContactCard | None:
    """Who the person of a system message is from now on; None where it tells of no such change."""
    if text_of(system.get("type")) not in CHANGES_OF_PERSON:
        return None
    card = card_by(_present_in(system))
    return card if card.external_id else None


def _former_in(system: JSONObject) -> Written:
    if text_of(system.get("type")) not in CHANGES_OF_PERSON:
        return NOBODY
    former = written(system.get("customer"), system.get("previous_user_id"))
    return next(
        (each for each in (former, _said(system, "former"), _present_in(system)) if each != NOBODY), NOBODY
    )


def _present_in(system: JSONObject) -> Written:
    told = written(system.get("wa_id") or system.get("new_wa_id"), system.get("user_id"))
    return told if told != NOBODY else _said(system, "present")


def _said(system: JSONObject, which: str) -> Written:
    """What stands in the sentence, where it stands nowhere else."""
    found = FROM_TO.search(text_of(system.get("body")))
    return written(found[which], None) if found else NOBODY


def read_user_id_update(value: Value, item: JSONObject) -> list[AnyNotice]:
    """A user id was replaced by another one; Meta has not settled how it writes the two."""
    told, former = item.get("user_id"), id_of(item.get("previous_user_id") or item.get("old_user_id"))
    present = id_of(item.get("new_user_id") or item.get("current_user_id"))
    if isinstance(told, dict):
        former, present = former or id_of(told.get("previous")), present or id_of(told.get("current"))
    else:
        present = present or id_of(told)
    phone = digits_of(id_of(item.get("wa_id")))
    before, after = card_by(Written(phone, former)), card_by(Written(phone, present))
    if not (before.external_id and present):
        return [value.unrecognised("user_id_update", detail="It does not say who became whom.", raw=item)]
    occurred_at = moment_of(item.get("timestamp")) or value.sent_at
    return [ContactChanged(contact=before, became=after, occurred_at=occurred_at, raw=item, **value.facts())]


def read_state_sync(value: Value, item: JSONObject) -> list[AnyNotice]:
    """An entry of the address book of the phone behind the number."""
    contact, action = object_of(item.get("contact")), text_of(item.get("action"))
    card = card_by(_listed(contact))
    if text_of(item.get("type")) != "contact" or action not in ("add", "remove") or not card.external_id:
        return [
            value.unrecognised(
                "state_sync", action, detail="It names nobody, or is something else.", raw=item
            )
        ]
    name = text_of(contact.get("full_name")) or text_of(contact.get("first_name"))
    occurred_at = moment_of(object_of(item.get("metadata")).get("timestamp")) or value.sent_at
    return [
        ContactListed(
            contact=replace(card, name=name),
            removed=action == "remove",
            occurred_at=occurred_at,
            raw=item,
            **value.facts(),
        )
    ]


def _listed(contact: JSONObject) -> Written:
    number: JSON = contact.get("phone_number") or contact.get("wa_id")
    return written(number, contact.get("user_id"))
