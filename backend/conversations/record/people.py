"""Contacts and their conversations: found, or made, with a handful of statements for a whole batch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Model
from django.db.models.expressions import RawSQL

from backend.conversations.models import Contact, ContactAlias, Conversation
from backend.conversations.record.changes import contact_changed
from backend.conversations.record.folder import Folder, Key
from backend.conversations.record.merging import merge, rename_author
from backend.conversations.record.persons import (
    BRINGING,
    CONTACT_COLUMNS,
    People,
    Person,
    Routed,
    facts_of,
    key_by,
    key_of,
    keys_in,
    learn,
)
from backend.engine.rows import Question, any_of, found_by, found_later, insert_rows, row_of, update_rows
from backend.feed.publish import Change

__all__ = ["BRINGING", "Found", "Key", "Routed", "Settled", "find_people", "key_of", "settle_people"]

KEY_FIELDS = ("integration", "account_id", "external_id")
MOST_TRIES = 5  # Each ends because somebody else was first, and finds what they wrote.


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody who is in the tables, by all names; a contact to whom nothing was said has no folder."""

    keys: tuple[Key, ...]
    known: Folder | Contact


@dataclass(frozen=True, slots=True)
class Settled:
    """Who is who in a batch: its notices name each person as the contact is called now, and by this the folders."""

    arrivals: Sequence[Any]
    folders: dict[Key, Folder]
    changes: list[Change]


def find_people(arrivals: Sequence[Routed]) -> list[Found]:
    """The conversations that are there of whom the arrivals name, locked for this transaction.

    The lock keeps the answer to a send and the news about it apart, and waits for whoever erases one of them.
    """
    keys = keys_in(arrivals)
    return _find(list(keys), with_aliases=any(keys.values()))


def settle_people(found: Sequence[Found], arrivals: Sequence[Routed]) -> Settled:
    """Find out who is who, and write it: new people, other names, and who turned out to be one.

    Only a message makes a conversation.
    """
    for _ in range(MOST_TRIES):
        people = _gather(found, arrivals)
        fresh = {id(person): _contact(person) for person in people if person.is_new and person.is_told_of}
        if _claim_names(people, fresh) and _insert(fresh.values()):
            return _settle(people, fresh, arrivals)
        found = _find_again(arrivals)
    raise RuntimeError("Somebody else writes the same people again and again.")


def _settle(people: Iterable[Person], fresh: Mapping[int, Contact], arrivals: Sequence[Routed]) -> Settled:
    folders: dict[Key, Folder] = {}
    called: dict[Key, str] = {}
    changes: list[Change] = []
    changed: list[Contact] = []
    for person in people:
        folder, contact = _placed(person, fresh.get(id(person)), changes)
        if contact is not None and id(person) not in fresh and _refresh(person, contact):
            changed.append(contact)
        external_id = contact.external_id if contact else _only_name(person)
        if folder:
            folders[key_by(person.integration, external_id)] = folder
        called |= dict.fromkeys(person.keys, external_id)
    update_rows(Contact, [row_of(each, "id", *CONTACT_COLUMNS) for each in changed])
    changes += map(contact_changed, changed)
    return Settled([_naming(each, called) for each in arrivals], folders, changes)


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
        folder = Folder.of(_conversation(contact, person.integration.platform), is_new=True)
    return folder, contact


def _is_news(person: Person, folder: Folder) -> bool:
    """Whether something may be written on the contact: mostly a conversation is only held."""
    return person.is_told_of or (person.has_aliases and bool(person.keys.keys() - set(folder.keys)))


def _only_name(person: Person) -> str:
    """What somebody is called of whom no row is looked at."""
    keys = [folder.keys[0] for folder in person.folders.values()] or list(person.keys)
    return keys[0][2]


def _refresh(person: Person, contact: Contact) -> bool:
    """Take over what is told of the contact; whether it changed."""
    folder = next(iter(person.folders.values()), None)
    former = contact.external_id
    learnt = learn(
        contact, facts_of(person), heard_at=folder.conversation.last_inbound_at if folder else None
    )
    named = _name(contact, person)
    if folder and (named or person.was_merged or contact.external_id != former):
        rename_author(folder.pk, {*contact.names, former}, contact.external_id)
    return learnt or named


def _name(contact: Contact, person: Person) -> bool:
    """Add the names that are new; whether there are any."""
    names = [name for _, _, name in person.keys] if person.has_aliases else []
    aliases = list(dict.fromkeys([*contact.aliases, *names]))
    if aliases == contact.aliases:
        return False
    contact.aliases = aliases
    return True


def _gather(found: Iterable[Found], arrivals: Sequence[Routed]) -> list[Person]:
    people = People()
    for arrival in arrivals:
        people.add(arrival)
    integrations = {arrival.integration.pk: arrival.integration for arrival in arrivals}
    for each in found:
        people.know(each.keys, integrations.get(each.keys[0][0]), each.known)
    return people.all()


def _naming(arrival: Any, called: Mapping[Key, str]) -> Any:
    """The notice, naming its person as they are called now."""
    card = getattr(arrival.notice, "contact", None)
    if card is None:
        return arrival
    name = called.get(key_of(arrival.integration, card), card.external_id)
    if name == card.external_id:
        return arrival
    return replace(arrival, notice=replace(arrival.notice, contact=replace(card, external_id=name)))


# ---- finding -----------------------------------------------------------------------------------------------------


def _find(keys: Sequence[Key], *, with_aliases: bool) -> list[Found]:
    if not keys:
        return []
    contacts = _contacts_called(keys, with_aliases=with_aliases)
    rows = _conversations_of(contacts.sql).ask(contacts.params)
    return [_found_in(row) for row in rows]


def _contacts_called(keys: Sequence[Key], *, with_aliases: bool) -> RawSQL:
    by_own_id = found_by(Contact, KEY_FIELDS, keys)
    return (
        any_of(by_own_id, found_by(ContactAlias, KEY_FIELDS, keys, give="contact"))
        if with_aliases
        else by_own_id
    )


def _find_again(arrivals: Sequence[Routed]) -> list[Found]:
    """As `find_people`, with those to whom nothing was said yet."""
    keys = list(keys_in(arrivals))
    contacts = _contacts_called(keys, with_aliases=True)
    alone = Contact.objects.filter(pk__in=contacts, conversation__isnull=True).order_by("id")
    found = _find(keys, with_aliases=True)
    return [*found, *(Found(tuple(_keys_of(each)), each) for each in alone)]


def _keys_of(contact: Contact) -> list[Key]:
    return [(contact.integration_id, contact.account_id, name) for name in contact.names]


@cache
def _conversations_of(contacts: str) -> Question:
    rows = Conversation.objects.filter(contact_id__in=found_later(contacts))
    # Locks are taken in one order, so that two writers never wait for each other.
    rows = rows.select_for_update(of=("self",), no_key=True).order_by("id")
    return Question(rows.values_list(*OWN_COLUMNS, *(f"contact__{name}" for name in COLUMNS_OF_CONTACT)))


def _columns_of(model: type[Model]) -> list[str]:
    """The names of a model's columns as its instances have them; the key comes first."""
    return [each.attname for each in model._meta.concrete_fields]


OWN_COLUMNS, COLUMNS_OF_CONTACT = _columns_of(Conversation), _columns_of(Contact)
_contact_id = len(OWN_COLUMNS) + COLUMNS_OF_CONTACT.index("external_id")
_aliases = len(OWN_COLUMNS) + COLUMNS_OF_CONTACT.index("aliases")
_integration, _account = OWN_COLUMNS.index("integration_id"), OWN_COLUMNS.index("account_id")


def _found_in(row: Sequence[Any]) -> Found:
    own_id: str = row[_contact_id]
    others = [name for name in row[_aliases] if name != own_id]
    keys = tuple((row[_integration], row[_account], name) for name in (own_id, *others))
    return Found(keys, Folder(row[0], partial(_unpacked, row), keys=keys))


def _unpacked(row: Sequence[Any]) -> Conversation:
    own = len(OWN_COLUMNS)
    conversation = Conversation.from_db(DEFAULT_DB_ALIAS, OWN_COLUMNS, row[:own])
    conversation.contact = Contact.from_db(DEFAULT_DB_ALIAS, COLUMNS_OF_CONTACT, row[own:])
    return conversation


# ---- making ------------------------------------------------------------------------------------------------------


def _contact(person: Person) -> Contact:
    integration = person.integration
    keys = list(person.keys)
    contact = Contact(
        business_id=integration.business_id,
        integration_id=integration.pk,
        account_id=integration.account_id or "",
        external_id=keys[0][2],
    )
    learn(contact, facts_of(person))
    _name(contact, person)
    return contact


def _conversation(contact: Contact, platform: str) -> Conversation:
    return Conversation(
        business_id=contact.business_id,
        integration_id=contact.integration_id,
        contact=contact,
        platform=platform,
        account_id=contact.account_id,
    )


def _claim_names(people: Iterable[Person], fresh: Mapping[int, Contact]) -> bool:
    """Write whose the new names are; False, and nothing is written, where somebody else holds one of them.

    Whoever writes a name first has it: two processes that meet a person at once make one contact of them.
    """
    claims: dict[Key, UUID] = {}
    for person in people:
        if owner := _owner(person, fresh):
            known = _known_keys(person)
            claims |= {key: owner for key in person.keys if key not in known}
    rows = [
        {"integration_id": key[0], "account_id": key[1], "external_id": key[2], "contact_id": owner}
        for key, owner in sorted(claims.items(), key=lambda item: (str(item[0][0]), *item[0][1:]))
    ]
    if insert_rows(ContactAlias, rows, or_ignore=True) == len(rows):
        return True
    _release(claims)
    return False


def _owner(person: Person, fresh: Mapping[int, Contact]) -> UUID | None:
    if not person.has_aliases:
        return None
    if made := fresh.get(id(person)):
        return made.pk
    contact_ids = [*person.contacts, *(folder.conversation.contact_id for folder in person.folders.values())]
    return contact_ids[0] if contact_ids else None


def _known_keys(person: Person) -> set[Key]:
    of_folders = {key for folder in person.folders.values() for key in folder.keys}
    return of_folders | {key for contact in person.contacts.values() for key in _keys_of(contact)}


def _release(claims: Mapping[Key, UUID]) -> None:
    ours = ContactAlias.objects.filter(pk__in=found_by(ContactAlias, KEY_FIELDS, claims))
    ours.filter(contact_id__in=set(claims.values())).delete()


def _insert(contacts: Iterable[Contact]) -> bool:
    """Insert new people; False where one of them is there already."""
    rows = [row_of(each) for each in contacts]
    if insert_rows(Contact, rows, or_ignore=True) == len(rows):
        return True
    ContactAlias.objects.filter(contact_id__in=[row["id"] for row in rows]).delete()
    return False
