"""
Who is who in a batch, and what it tells of each.

A person has several ids where the platform calls them by a number and by a user id; a notice that names two of them
says that they are one. So the persons of a batch are what hangs together, whatever the order it was told in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Protocol
from uuid import UUID

from backend.conversations.models import Contact
from backend.conversations.record.folder import Folder, Key
from backend.integrations.models import ChannelIntegration
from backend.lib.storable import storable_id
from backend.platforms.port import (
    AnyNotice,
    ContactCard,
    ContactChanged,
    ContactListed,
    ConversationNoted,
    MessageEchoed,
    MessageReceived,
)

BRINGING = (
    MessageReceived,
    ConversationNoted,
    MessageEchoed,
)  # What brings a message, and with it perhaps a new person.
TELLING = (*BRINGING, ContactChanged, ContactListed)  # After these the person is known here.


class Routed(Protocol):
    """A notice with its integration."""

    @property
    def integration(self) -> ChannelIntegration: ...

    @property
    def notice(self) -> AnyNotice: ...


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
    def writes(self) -> bool:
        """Whether the person did something here themselves, just now."""
        said = (arrival.notice for arrival in self.told)
        return any(isinstance(notice, MessageReceived) and not notice.is_history for notice in said)

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
    return integration.id.int, integration.account_id or "", storable_id(name, 255)


def cards_of(notice: AnyNotice) -> tuple[ContactCard, ...]:
    """The person whom a notice is about, with all that they are called in it; nobody in most of what is left."""
    card = getattr(notice, "contact", None)
    if not isinstance(card, ContactCard):
        return ()
    return (card, notice.became) if isinstance(notice, ContactChanged) else (card,)


class People:
    """The persons of a batch, by every name."""

    def __init__(self, arrivals: Iterable[Routed]) -> None:
        self.by_key: dict[Key, Person] = {}
        for arrival in arrivals:
            self._add(arrival)

    def _add(self, arrival: Routed) -> None:
        """Take in a notice; whoever it names by several names is one."""
        cards = cards_of(arrival.notice)
        keys = [key_by(arrival.integration, name) for card in cards for name in card.names]
        if keys:
            person = self._one(keys, arrival.integration)
            person.told.append(arrival)
            if not person.has_aliases and any(card.phone or card.user_id for card in cards):
                person.has_aliases = True

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
        persons = {id(person): person for _, person in sorted(self.by_key.items(), key=itemgetter(0))}
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
