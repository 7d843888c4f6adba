"""
Who is who in a batch, and what it tells of each.

A person has several ids where the platform calls them by a number and by a user id; a notice that names two of them
says that they are one. So the persons of a batch are what hangs together, whatever the order it was told in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from backend.conversations.models import Contact
from backend.conversations.record.folder import Folder, Key
from backend.conversations.record.steps import platform_time
from backend.integrations.models import ChannelIntegration
from backend.lib.storable import storable_id, storable_text
from backend.platforms.port import (
    AnyNotice,
    ContactCard,
    ContactChanged,
    ContactListed,
    MessageEchoed,
    MessageReceived,
)

BRINGING = (MessageReceived, MessageEchoed)  # What brings a message, and with it perhaps a new person.
TELLING = (*BRINGING, ContactChanged, ContactListed)  # After these the person is known here.

CARD_LIMITS = {"name": 255, "username": 255, "phone": 32, "user_id": 160}
LEFT_NUMBER = (
    "left_number"  # In `told_at`: another user id without a number says that the number is not theirs.
)
# What becomes of somebody in a second holds against what they say in it: WhatsApp tells whole seconds.
CHANGE_BEATS_WORD_BY = timedelta(milliseconds=1)


class Routed(Protocol):
    """A notice with its integration."""

    @property
    def integration(self) -> ChannelIntegration: ...

    @property
    def notice(self) -> AnyNotice: ...


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is told of a person, and when it was so. Without a time it counts only where nothing is known."""

    column: str
    value: str
    at: datetime | None


@dataclass(eq=False, slots=True)
class Person:
    """What a batch and the tables know of one person."""

    integration: ChannelIntegration
    keys: dict[Key, None] = field(default_factory=dict)
    folders: dict[UUID, Folder] = field(default_factory=dict)  # Their conversations; two are to become one.
    contacts: dict[UUID, Contact] = field(
        default_factory=dict
    )  # They themselves, where nothing was said yet.
    told: list[Routed] = field(default_factory=list)
    has_aliases: bool = False
    was_merged: bool = False  # They were several to us until now.

    @property
    def brings(self) -> bool:
        """Whether there is a message of the person, or to them."""
        return any(isinstance(arrival.notice, BRINGING) for arrival in self.told)

    @property
    def is_told_of(self) -> bool:
        """Whether they are to be known from now on."""
        return any(isinstance(arrival.notice, TELLING) for arrival in self.told)

    @property
    def is_new(self) -> bool:
        """Whether nobody here is this person."""
        return not (self.folders or self.contacts)

    def take_in(self, other: Person) -> None:
        """The other one is this one."""
        self.keys |= other.keys
        self.folders |= other.folders
        self.contacts |= other.contacts
        self.told += other.told
        self.has_aliases |= other.has_aliases


def key_of(integration: ChannelIntegration, card: ContactCard) -> Key:
    return key_by(integration, card.external_id)


def key_by(integration: ChannelIntegration, name: str) -> Key:
    """How the tables find the person whom this integration's platform calls so."""
    return integration.pk, integration.account_id or "", storable_id(name, 255)


def cards_of(notice: AnyNotice) -> tuple[ContactCard, ...]:
    """The person whom a notice is about, with all that they are called in it; nobody in most of what is left."""
    card = getattr(notice, "contact", None)
    if not isinstance(card, ContactCard):
        return ()
    return (card, notice.became) if isinstance(notice, ContactChanged) else (card,)


def keys_in(arrivals: Iterable[Routed]) -> dict[Key, bool]:
    """Every name in the notices, and whether whoever is called so may be called otherwise too."""
    keys: dict[Key, bool] = {}
    for arrival in arrivals:
        for card in cards_of(arrival.notice):
            several = bool(card.phone or card.user_id)
            for name in card.names:
                key = key_by(arrival.integration, name)
                keys[key] = several or keys.get(key, False)
    return keys


class People:
    """The persons of a batch, by every name."""

    def __init__(self) -> None:
        self.by_key: dict[Key, Person] = {}

    def add(self, arrival: Routed) -> None:
        """Take in a notice; whoever it names by several names is one."""
        cards = cards_of(arrival.notice)
        keys = [key_by(arrival.integration, name) for card in cards for name in card.names]
        if keys:
            person = self._one(keys, arrival.integration)
            person.told.append(arrival)
            person.has_aliases |= any(card.phone or card.user_id for card in cards)

    def know(
        self, keys: Sequence[Key], integration: ChannelIntegration | None, known: Folder | Contact
    ) -> None:
        """Somebody who is in the tables under these names; only whom the batch speaks of is of interest."""
        if integration is None:
            return
        person = self._one(keys, integration)
        if isinstance(known, Folder):
            person.folders[known.pk] = known
        else:
            person.contacts[known.pk] = known

    def all(self) -> list[Person]:
        """Each once, in one order wherever the same is told."""
        persons = {id(person): person for _, person in sorted(self.by_key.items(), key=_by_text)}
        return list(persons.values())

    def _one(self, keys: Sequence[Key], integration: ChannelIntegration) -> Person:
        known = {id(found): found for key in keys if (found := self.by_key.get(key))}
        one, *others = known.values() or (Person(integration),)
        for other in others:
            one.take_in(other)
            self.by_key |= dict.fromkeys(other.keys, one)
        for key in keys:
            one.keys.setdefault(key)
            self.by_key[key] = one
        return one


def _by_text(item: tuple[Key, Person]) -> tuple[str, str, str]:
    integration_id, account_id, name = item[0]
    return str(integration_id), account_id, name


def facts_of(person: Person) -> list[Fact]:
    """All that is told of the person, by its time; at the same time in one order."""
    facts = [fact for arrival in person.told for fact in _facts_in(arrival.notice)]
    timed = sorted((fact for fact in facts if fact.at), key=lambda fact: (fact.at, fact.column, fact.value))
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
    return [
        Fact(column, storable_text(value, limit), at)
        for column, limit in CARD_LIMITS.items()
        if (value := getattr(card, column))
    ]


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
CONTACT_COLUMNS = ("external_id", *LEARNT, "aliases", "told_at", "former_conversations")


def _learn(contact: Contact, fact: Fact, heard_at: str) -> None:
    known_at = contact.told_at.get(fact.column, "")
    at = written(fact.at) if fact.at else ""
    if fact.column == LEFT_NUMBER:
        if at > known_at:
            contact.told_at[LEFT_NUMBER] = at
        return
    present = getattr(contact, fact.column)
    if present == fact.value:
        # Nothing is written only because it was said again, save where that takes back that the number was left,
        # and where a name was taken out of the address book before it was put in.
        is_back = fact.column == "phone" and known_at < contact.told_at.get(LEFT_NUMBER, "") <= at
        if is_back or (fact.column == "book_name" and at > known_at):
            contact.told_at[fact.column] = at
        return
    newest = max(known_at, heard_at) if present else known_at
    if (at, fact.value) > (newest, present):
        setattr(contact, fact.column, fact.value)
        if at:
            contact.told_at[fact.column] = at


def _answered_by(contact: Contact) -> str:
    """The newest id that the platform takes: the number, unless the person has left it for one that we are not told."""
    left = contact.told_at.get("phone", "") < contact.told_at.get(LEFT_NUMBER, "")
    return contact.user_id or contact.phone if left else contact.phone or contact.user_id


def united(contacts: Sequence[Contact]) -> Mapping[str, tuple[str, str]]:
    """Of several rows that are one person: column -> the newest value, and when it was told."""
    found: dict[str, tuple[str, str]] = {}
    for column in LEARNT:
        told = [(contact.told_at.get(column, ""), getattr(contact, column)) for contact in contacts]
        at, value = max(told, key=lambda each: (each[0], each[1] != "", each[1]))
        found[column] = (value, at)
    return found


def written(at: datetime) -> str:
    """A time that sorts as text."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
