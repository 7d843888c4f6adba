"""Contacts and their conversations: found, or made, with a handful of statements for a whole batch."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction

from backend.conversations.models import Contact
from backend.conversations.record.changes import contact_changed
from backend.conversations.record.facts import CONTACT_COLUMNS, facts_of, is_known, learn, name
from backend.conversations.record.finding import Found, find_again
from backend.conversations.record.folder import Folder, Key
from backend.conversations.record.making import claim_names, insert_new, new_contact, new_conversation
from backend.conversations.record.merging import Renaming, merge, rename_authors
from backend.conversations.record.persons import (
    People,
    Person,
    Routed,
    key_by,
    key_of,
)
from backend.conversations.record.profiles import LANE, want_again
from backend.engine.lanes import ring
from backend.engine.rows import row_of, update_rows
from backend.feed.publish import Change
from backend.lib.clock import now
from backend.lib.storable import storable_id

MOST_TRIES = 5  # Each ends because somebody else was first, and finds what they wrote.


@dataclass(frozen=True, slots=True)
class Settled:
    """Who is who in a batch: its notices name each person as the contact is called now, and by this the folders."""

    arrivals: Sequence[Any]
    folders: dict[Key, Folder]
    changes: list[Change]
    moved: bool  # Messages that were there may be others by now.


def settle_people(named: People, found: Sequence[Found], arrivals: Sequence[Routed]) -> Settled:
    """Find out who is who, and write it: new people, other names, and who turned out to be one.

    `named`: whom the arrivals name, `found`: who of them is there. Only a message makes a conversation.
    """
    for tries in range(MOST_TRIES):
        people = _known(named, found, arrivals)
        fresh = {id(person): new_contact(person) for person in people if person.is_new and person.is_told_of}
        if claim_names(people, fresh) and insert_new(fresh.values()):
            settled = _settle(people, fresh, arrivals)
            return replace(settled, moved=True) if tries else settled
        named = People(arrivals)
        found = find_again(named)
    raise RuntimeError("Somebody else writes the same people again and again.")


def _settle(people: Sequence[Person], fresh: Mapping[int, Contact], arrivals: Sequence[Routed]) -> Settled:
    folders: dict[Key, Folder] = {}
    called: dict[Key, str] = {}
    changes: list[Change] = []
    changed: list[Contact] = []
    sought: list[Contact] = []
    renamings: dict[UUID, Renaming] = {}
    present = now()
    for person in people:
        folder, contact = _placed(person, fresh.get(id(person)), changes)
        if contact is not None and id(person) not in fresh:
            changed += [contact] if _refresh(person, contact, renamings) else []
            sought += [contact] if person.writes and want_again(contact, present) else []
        external_id = contact.external_id if contact else _only_name(person)
        if folder:
            folders[key_by(person.integration, external_id)] = folder
        called |= dict.fromkeys(person.keys, external_id)
    rows = {contact.pk: contact for contact in (*changed, *sought)}
    update_rows(Contact, [row_of(each, "id", "profile_due_at", *CONTACT_COLUMNS) for each in rows.values()])
    rename_authors(renamings)
    if sought:
        transaction.on_commit(partial(ring, LANE))
    changes += map(contact_changed, changed)
    moved = bool(renamings) or any(person.was_merged for person in people)
    return Settled(_named_anew(arrivals, called), folders, changes, moved)


def _placed(
    person: Person, made: Contact | None, changes: list[Change]
) -> tuple[Folder | None, Contact | None]:
    """The one conversation and the one row of a person; no row where nothing of it is of interest."""
    if made is not None:
        contact = made
        folder = None
    elif len(person.folders) + len(person.contacts) > 1:
        folder, contact = merge(person, changes)
    elif person.contacts:
        folder, contact = None, next(iter(person.contacts.values()))
    elif person.folders:
        folder = next(iter(person.folders.values()))
        if not _is_news(person, folder):
            return folder, None
        contact = folder.conversation.contact
    else:
        return None, None
    if folder is None and person.brings:
        folder = Folder.of(new_conversation(contact, person.integration), is_new=True)
    return folder, contact


def _is_news(person: Person, folder: Folder) -> bool:
    """Whether something may be written on the contact: mostly a conversation is only held."""
    return person.is_told_of or (person.has_aliases and bool(person.keys.keys() - set(folder.keys)))


def _only_name(person: Person) -> str:
    """What somebody is called of whom no row is looked at."""
    keys = [folder.keys[0] for folder in person.folders.values()] or list(person.keys)
    return keys[0][2]


def _refresh(person: Person, contact: Contact, renamings: dict[UUID, Renaming]) -> bool:
    """Take over what is told of the contact; whether it changed."""
    folder = next(iter(person.folders.values()), None)
    former = contact.external_id
    heard_at = folder.conversation.last_inbound_at if folder else None
    learnt = not is_known(contact, person) and learn(contact, facts_of(person), heard_at=heard_at)
    named = name(contact, person)
    if folder and (named or person.was_merged or contact.external_id != former):
        names = {*contact.names, former}
        if names != {contact.external_id}:  # Else nobody reacted by another name.
            renamings[folder.pk] = Renaming(names, contact.external_id)
    return learnt or named


def _known(named: People, found: Iterable[Found], arrivals: Sequence[Routed]) -> list[Person]:
    integrations = {arrival.integration.id.int: arrival.integration for arrival in arrivals}
    for each in found:
        named.know(each.keys, integrations.get(each.keys[0][0]), each.known)
    return named.all()


def _named_anew(arrivals: Sequence[Any], called: Mapping[Key, str]) -> Sequence[Any]:
    """The notices, naming each person as they are called now: mostly as they did."""
    former = {key[2] for key, name in called.items() if key[2] != name}
    return [_naming(each, called, former) for each in arrivals] if former else arrivals


def _naming(arrival: Any, called: Mapping[Key, str], former: Collection[str]) -> Any:
    card = getattr(arrival.notice, "contact", None)
    if card is None or storable_id(card.external_id, 255) not in former:
        return arrival
    name = called.get(key_of(arrival.integration, card), card.external_id)
    if name == card.external_id:
        return arrival
    return arrival._replace(notice=replace(arrival.notice, contact=replace(card, external_id=name)))
