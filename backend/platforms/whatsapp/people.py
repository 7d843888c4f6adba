"""Who a WhatsApp item is about: the number where there is one, else the business-scoped user id."""

from __future__ import annotations

from dataclasses import dataclass

from backend.lib.json_types import JSON, JSONObject
from backend.lib.phone import digits_of, is_same_line
from backend.lib.reading import id_of, object_of, objects_in, text_of
from backend.platforms.port import ContactCard


@dataclass(slots=True)  # Not frozen, which would make it three times as dear: several are made for each item.
class Written:
    """A person as one item writes them: a number, a user id, or both."""

    phone: str
    user_id: str


NOBODY = Written("", "")


def card_by(person: Written) -> ContactCard:
    """The person as known by these two keys alone."""
    return ContactCard(external_id=person.phone or person.user_id, phone=person.phone, user_id=person.user_id)


def written(number: JSON, user_id: JSON) -> Written:
    """The two keys of a person, each only where it is what it should be."""
    said, scoped = id_of(number), id_of(user_id)
    phone = digits_of(said)
    # Some relays put the user id where the number belongs.
    return Written(phone=phone, user_id=scoped or ("" if phone else said))


def card_of(person: Written, contacts: JSON) -> ContactCard:
    """The person with the name that `contacts` gives; `external_id` is empty where nobody is named."""
    named, listed = _listed(person, objects_in(contacts))
    profile = object_of(listed.get("profile"))
    # `wa_id` is the spelling that WhatsApp answers to; `from` may differ from it, in Brazil for instance.
    phone, user_id = named.phone or person.phone, person.user_id or named.user_id
    return ContactCard(
        external_id=phone or user_id,
        name=text_of(profile.get("name")),
        username=text_of(profile.get("username")),
        phone=phone,
        user_id=user_id,
    )


def _listed(person: Written, contacts: list[JSONObject]) -> tuple[Written, JSONObject]:
    """The person's entry in `contacts`: by number, by user id, by another spelling of the number."""
    if not contacts:
        return NOBODY, {}
    keyed = [(written(contact.get("wa_id"), contact.get("user_id")), contact) for contact in contacts]
    for is_match in (_same_phone, _same_user, _same_line, _nobody_else):
        for key, contact in keyed:
            if is_match(person, key, len(keyed)):
                return key, contact
    return NOBODY, {}


def _same_phone(person: Written, key: Written, _count: int) -> bool:
    return bool(person.phone) and person.phone == key.phone


def _same_user(person: Written, key: Written, _count: int) -> bool:
    return bool(person.user_id) and person.user_id == key.user_id and not (person.phone and key.phone)


def _same_line(person: Written, key: Written, count: int) -> bool:
    return count == 1 and is_same_line(person.phone, key.phone)


def _nobody_else(person: Written, key: Written, count: int) -> bool:
    """An item that names nobody is about the only person listed."""
    return count == 1 and person == NOBODY and key != NOBODY
