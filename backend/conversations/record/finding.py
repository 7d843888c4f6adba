"""The conversations of the people whom a batch names: found by every name, and locked, with one statement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any
from uuid import UUID

from django.db.models import Model

from backend.conversations.models import Contact, ContactAlias, Conversation, Message
from backend.conversations.record.folder import Folder, Key, as_columns
from backend.conversations.record.persons import People
from backend.engine.instances import unpacked, with_related
from backend.engine.lookups import Lookup, any_of, found_by, found_by_key
from backend.engine.questions import Answer, Question, found_later

KEY_FIELDS = ("integration", "account_id", "external_id")


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody who is in the tables, by all names; a contact to whom nothing was said has no folder."""

    keys: tuple[Key, ...]
    known: Folder | Contact


def ask_for_people(people: People) -> Answer:
    """Ask for the conversations that are there of whom a batch names, and lock them for this transaction.

    The lock keeps the answer to a send and the news about it apart, and waits for whoever erases one of them.
    """
    called = people.by_key.items()
    return _ask(
        [key for key, person in called if not person.has_aliases],
        [key for key, person in called if person.has_aliases],
    )


def _ask(single: Sequence[Key], several: Sequence[Key]) -> Answer:
    contacts = _called(single, several)
    return _conversations_of(contacts.sql).put(contacts.params) if contacts.params else Answer()


def _called(single: Sequence[Key], several: Sequence[Key]) -> Lookup:
    """The contacts who are called by one id, and those who may be called by any of several."""
    by_one = [found_by(Contact, KEY_FIELDS, as_columns(single))] if single else []
    by_any = [found_by(ContactAlias, KEY_FIELDS, as_columns(several), give="contact")] if several else []
    return any_of(*by_one, *by_any)


def found_in(answer: Answer) -> list[Found]:
    """Who was found, once it is answered."""
    return [_found_in(answer.question, row) for row in answer.bare()] if answer.question else []


def folders_of(messages: Iterable[UUID]) -> dict[UUID, Folder]:
    """The conversations of these messages, by their ids; locked in the order of `ask_for_people`."""
    found = found_by_key(Message, messages, give="conversation")
    rows = _locked_conversations(found.sql).ask(found.params)
    return {row[0]: Folder.of(unpacked(Conversation, OWN_COLUMNS, row)) for row in rows}


@cache
def _locked_conversations(found: str) -> Question:
    rows = Conversation.objects.filter(pk__in=found_later(found))
    return Question(
        rows.select_for_update(of=("self",), no_key=True).order_by("id").values_list(*OWN_COLUMNS)
    )


def find_again(people: People) -> list[Found]:
    """Those of `ask_for_people`, and those to whom nothing was said yet."""
    keys = list(people.by_key)
    alone = Contact.objects.filter(pk__in=_called(keys, keys).keys, conversation__isnull=True).order_by("id")
    found = found_in(_ask(keys, keys))
    return [*found, *(Found(tuple(keys_of(each)), each) for each in alone)]


def keys_of(contact: Contact) -> list[Key]:
    return [(contact.integration_id.int, contact.account_id, name) for name in contact.names]


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
_own_id = len(OWN_COLUMNS) + COLUMNS_OF_CONTACT.index("external_id")
_aliases = len(OWN_COLUMNS) + COLUMNS_OF_CONTACT.index("aliases")
_integration, _account = OWN_COLUMNS.index("integration_id"), OWN_COLUMNS.index("account_id")


def _found_in(question: Question, row: Sequence[Any]) -> Found:
    integration_id, account_id, own_id = question.value(row, _integration), row[_account], row[_own_id]
    others = [name for name in question.value(row, _aliases) if name != own_id]
    keys = tuple((integration_id.int, account_id, name) for name in (own_id, *others))
    return Found(keys, Folder(question.value(row, 0), partial(_unpacked, question, row), keys=keys))


def _unpacked(question: Question, bare: Sequence[Any]) -> Conversation:
    own = len(OWN_COLUMNS)
    (row,) = question.converted([bare])
    contact = unpacked(Contact, COLUMNS_OF_CONTACT, row[own:])
    return with_related(unpacked(Conversation, OWN_COLUMNS, row[:own]), "contact", contact)
