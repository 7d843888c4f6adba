"""What is told of a person, each thing with its time: of each the newest word counts, whenever it comes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from backend.conversations.models import Contact
from backend.conversations.record.persons import BRINGING, Person, cards_of
from backend.conversations.record.steps import platform_time
from backend.lib.storable import storable_id, storable_text
from backend.platforms.port import AnyNotice, ContactCard, ContactChanged, ContactListed

CARD_LIMITS = {"name": 255, "username": 255, "phone": 32, "user_id": 160}
LEFT_NUMBER = (
    "left_number"  # In `told_at`: another user id without a number says that the number is not theirs.
)
WITH_NUMBER = (
    "with_number"  # In `told_at`: the user id that stood beside the number, which is thereby theirs.
)
# What becomes of somebody in a second holds against what they say in it: WhatsApp tells whole seconds.
CHANGE_BEATS_WORD_BY = timedelta(milliseconds=1)


class Fact(NamedTuple):
    """One thing that is told of a person, and when it was so. Without a time it counts only where nothing is known."""

    column: str
    value: str
    at: datetime | None
    beside: str = ""  # Of a number: the user id that was told with it.


def facts_of(person: Person) -> list[Fact]:
    """All that is told of the person, by its time; at the same time as it came."""
    facts = [fact for arrival in person.told for fact in _facts_in(arrival.notice)]
    timed = sorted((fact for fact in facts if fact.at), key=lambda fact: written(fact.at))
    # What is said beside a delivery names the way that it took, which may be an old one.
    return [
        *timed,
        *sorted((fact for fact in facts if not fact.at), key=lambda fact: (fact.column, fact.value)),
    ]


def _facts_in(notice: AnyNotice) -> list[Fact]:
    if isinstance(notice, BRINGING):
        return _columns(notice.contact, platform_time(notice.occurred_at))
    if isinstance(notice, ContactChanged):
        at = platform_time(notice.occurred_at) + CHANGE_BEATS_WORD_BY
        left = [] if notice.became.phone else [Fact(LEFT_NUMBER, "", at)]
        return [*_columns(notice.became, at), *left, *_columns(notice.contact, None)]
    if isinstance(notice, ContactListed):
        name = "" if notice.removed else storable_text(notice.contact.name, 255)
        listed = Fact("book_name", name, platform_time(notice.occurred_at))
        return [listed, *(fact for fact in _columns(notice.contact, None) if fact.column != "name")]
    return [fact for card in cards_of(notice) for fact in _columns(card, None)]


def _columns(card: ContactCard, at: datetime | None) -> list[Fact]:
    beside = storable_text(card.user_id, CARD_LIMITS["user_id"])
    return [
        Fact(column, storable_text(value, limit), at, beside if column == "phone" else "")
        for column, limit in CARD_LIMITS.items()
        if (value := getattr(card, column))
    ]


def is_known(contact: Contact, person: Person) -> bool:
    """Whether nothing can be learnt: all that is told stands on the row, and no word of a time would be taken down.

    What `learn` would find out too, at eight times the cost; mostly it is so.
    """
    if LEFT_NUMBER in contact.told_at or not all(
        _says_as_known(contact, each.notice) for each in person.told
    ):
        return False
    answered_by = _answered_by(contact)
    return not answered_by or contact.external_id == storable_id(answered_by, 255)


def _says_as_known(contact: Contact, notice: AnyNotice) -> bool:
    if isinstance(notice, ContactChanged | ContactListed):
        return False
    return all(
        (not card.name or card.name == contact.name)
        and (not card.username or card.username == contact.username)
        and (not card.phone or card.phone == contact.phone)
        and (not card.user_id or card.user_id == contact.user_id)
        for card in cards_of(notice)
    )


def learn(contact: Contact, facts: Iterable[Fact], *, heard_at: datetime | None = None) -> bool:
    """Take over, on the unsaved row, what is newer than what is known; whether anything changed.

    `heard_at`: the person wrote then, and was called by the present names.
    """
    before = (contact.told_at, contact.external_id, [getattr(contact, column) for column in LEARNT])
    contact.told_at = dict(contact.told_at)
    for fact in facts:
        _learn(contact, fact, written(heard_at) if heard_at and fact.column in ("name", "username") else "")
    if contact.phone or contact.user_id:
        contact.external_id = storable_id(_answered_by(contact), 255)
    return before != (contact.told_at, contact.external_id, [getattr(contact, column) for column in LEARNT])


LEARNT = (*CARD_LIMITS, "book_name")
CONTACT_COLUMNS = ("external_id", *LEARNT, "aliases", "told_at")


def _learn(contact: Contact, fact: Fact, heard_at: str) -> None:
    known_at = contact.told_at.get(fact.column, "")
    at = written(fact.at) if fact.at else ""
    if fact.column == LEFT_NUMBER:
        if at > known_at:
            contact.told_at[LEFT_NUMBER] = at
        return
    present = getattr(contact, fact.column)
    if present == fact.value:
        _note_repeated(contact, fact, known_at, at)
        return
    newest = max(known_at, heard_at) if present else known_at
    # Of two words of the same second the one that came later counts: nothing else tells their order.
    if at >= newest if at else not (present or known_at):
        setattr(contact, fact.column, fact.value)
        if at:
            contact.told_at[fact.column] = at
        if fact.column == "phone":
            contact.told_at[WITH_NUMBER] = fact.beside


def _note_repeated(contact: Contact, fact: Fact, known_at: str, at: str) -> None:
    """Nothing is written only because it was said again, with two exceptions.

    A number may be taken back after it was left, and a name taken out of the address book before it was put in.
    """
    told_at = contact.told_at
    if fact.column == "book_name" and at > known_at:
        told_at["book_name"] = at
    if fact.column == "phone" and LEFT_NUMBER in told_at and at >= known_at:
        told_at |= {"phone": at} if at >= told_at[LEFT_NUMBER] else {}
        told_at[WITH_NUMBER] = fact.beside or told_at.get(WITH_NUMBER, "")


def _answered_by(contact: Contact) -> str:
    """The newest id that the platform takes: the number, unless the person has left it for one that we are not told."""
    told_at = contact.told_at
    is_theirs = bool(contact.user_id) and told_at.get(WITH_NUMBER) == contact.user_id
    left = told_at.get("phone", "") < told_at.get(LEFT_NUMBER, "") and not is_theirs
    return contact.user_id or contact.phone if left else contact.phone or contact.user_id


def united(contacts: Sequence[Contact]) -> Mapping[str, tuple[str, str]]:
    """Of several rows that are one person: column -> the newest value, and when it was told."""
    found: dict[str, tuple[str, str]] = {}
    for column in LEARNT:
        told = [(contact.told_at.get(column, ""), getattr(contact, column)) for contact in contacts]
        at, value = max(told, key=lambda each: (each[0], each[1] != "", each[1]))
        found[column] = (value, at)
    return found


def written(at: datetime | None) -> str:
    """A time that sorts as text; none stands before all."""
    return "" if at is None else at.isoformat(timespec="microseconds").replace("+00:00", "Z")


def name(contact: Contact, person: Person) -> bool:
    """Add the names that are new; whether there are any."""
    names = [name for _, _, name in person.keys] if person.has_aliases else []
    aliases = list(dict.fromkeys([*contact.aliases, *names]))
    if aliases == contact.aliases:
        return False
    contact.aliases = aliases
    return True
