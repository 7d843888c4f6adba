"""Contacts and their conversations: found, or made, with a handful of statements for a whole batch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache, partial
from typing import Any, Protocol
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Model

from backend.conversations.models import Contact, Conversation
from backend.conversations.record.folder import Folder
from backend.conversations.record.steps import platform_time
from backend.engine.rows import Question, found_by, found_later, insert_rows, row_of, update_rows
from backend.integrations.models import ChannelIntegration
from backend.integrations.policy import first_handler
from backend.lib.storable import storable_id, storable_text
from backend.platforms.port import AnyNotice, ContactCard, ConversationNoted, MessageEchoed, MessageReceived

# Integration, account, the contact's id on the platform.
Key = tuple[UUID, str, str]

BRINGING = (
    MessageReceived,
    ConversationNoted,
    MessageEchoed,
)  # What brings a message, and with it perhaps a new person.

CARD_LIMITS = {"name": 255, "username": 255, "phone": 32, "user_id": 160}


class Routed(Protocol):
    """A notice with its integration."""

    @property
    def integration(self) -> ChannelIntegration: ...

    @property
    def notice(self) -> AnyNotice: ...


def key_of(integration: ChannelIntegration, card: ContactCard) -> Key:
    return integration.pk, integration.account_id or "", storable_id(card.external_id, 255)


def key_of_conversation(conversation: Conversation) -> Key:
    return conversation.integration_id, conversation.account_id, conversation.contact.external_id


def find_folders(arrivals: Sequence[Routed]) -> dict[Key, Folder]:
    """The conversations that are there of the contacts that the arrivals name, locked for this transaction.

    The lock keeps the answer to a send and the news about it apart, and waits for whoever erases one of them.
    """
    return _find(_cards(arrivals))


def add_folders(folders: dict[Key, Folder], arrivals: Sequence[Routed]) -> None:
    """Make what is missing: only a message makes a conversation. What is told of a contact is taken over."""
    bringing = [arrival for arrival in arrivals if isinstance(arrival.notice, BRINGING)]
    # By the platform's time, for an old delivery may be processed again.
    bringing.sort(key=lambda arrival: platform_time(arrival.notice.occurred_at))
    writers = _cards(bringing)
    known = {key: folders[key].conversation for key in writers if key in folders}
    missing = {key: said for key, said in writers.items() if key not in folders}
    if missing:
        folders |= _make(missing)
    _refresh_contacts(known, writers, _times(bringing))


def _cards(arrivals: Iterable[Routed]) -> dict[Key, tuple[ChannelIntegration, ContactCard]]:
    """Who is named, with all that is said of each; a later word replaces an earlier one, silence does not."""
    cards: dict[Key, tuple[ChannelIntegration, ContactCard]] = {}
    for arrival in arrivals:
        card = getattr(arrival.notice, "contact", None)
        if isinstance(card, ContactCard):
            key = key_of(arrival.integration, card)
            cards[key] = (arrival.integration, _merged(cards[key][1], card) if key in cards else card)
    return dict(sorted(cards.items(), key=lambda item: (str(item[0][0]), *item[0][1:])))


def _merged(earlier: ContactCard, later: ContactCard) -> ContactCard:
    if earlier == later:
        return later
    return replace(earlier, **{name: value for name in CARD_LIMITS if (value := getattr(later, name))})


KEY_FIELDS = ("integration", "account_id", "external_id")


def _find(keys: Iterable[Key]) -> dict[Key, Folder]:
    wanted = list(keys)
    if not wanted:
        return {}
    contacts = found_by(Contact, KEY_FIELDS, wanted)
    rows = _conversations_of(contacts.sql).ask(contacts.params)
    return {_key_in(row): Folder(row[0], partial(_unpacked, row)) for row in rows}


@cache
def _conversations_of(contacts: str) -> Question:
    rows = Conversation.objects.filter(contact_id__in=found_later(contacts))
    # Locks are taken in one order, so that two writers never wait for each other.
    rows = rows.select_for_update(of=("self",), no_key=True).order_by("id")
    return Question(rows.values_list(*OWN_COLUMNS, *(f"contact__{name}" for name in CONTACT_COLUMNS)))


def _columns_of(model: type[Model]) -> list[str]:
    """The names of a model's columns as its instances have them; the key comes first."""
    return [each.attname for each in model._meta.concrete_fields]


OWN_COLUMNS, CONTACT_COLUMNS = _columns_of(Conversation), _columns_of(Contact)
_contact_id = len(OWN_COLUMNS) + CONTACT_COLUMNS.index("external_id")
_integration, _account = OWN_COLUMNS.index("integration_id"), OWN_COLUMNS.index("account_id")


def _key_in(row: Sequence[Any]) -> Key:
    return row[_integration], row[_account], row[_contact_id]


def _unpacked(row: Sequence[Any]) -> Conversation:
    own = len(OWN_COLUMNS)
    conversation = Conversation.from_db(DEFAULT_DB_ALIAS, OWN_COLUMNS, row[:own])
    conversation.contact = Contact.from_db(DEFAULT_DB_ALIAS, CONTACT_COLUMNS, row[own:])
    return conversation


def _make(missing: dict[Key, tuple[ChannelIntegration, ContactCard]]) -> dict[Key, Folder]:
    """The contacts are inserted, their conversations are saved with all others of the batch."""
    contacts = {key: _contact(key, *said) for key, said in missing.items()}
    there: dict[Key, Folder] = {}
    inserted = insert_rows(Contact, [row_of(each) for each in contacts.values()], or_ignore=True)
    if inserted < len(contacts):  # Somebody else was first.
        rows = Contact.objects.filter(pk__in=found_by(Contact, KEY_FIELDS, missing))
        contacts = {(row.integration_id, row.account_id, row.external_id): row for row in rows}
        there = _find(missing)
    return there | {
        key: Folder.of(_conversation(contact, missing[key][0]), is_new=True)
        for key, contact in contacts.items()
        if key not in there
    }


def _contact(key: Key, integration: ChannelIntegration, card: ContactCard) -> Contact:
    return Contact(
        business_id=integration.business_id,
        integration_id=key[0],
        account_id=key[1],
        external_id=key[2],
        **_columns(card),
    )


def _conversation(contact: Contact, integration: ChannelIntegration) -> Conversation:
    return Conversation(
        business_id=contact.business_id,
        integration_id=contact.integration_id,
        contact=contact,
        platform=integration.platform,
        account_id=contact.account_id,
        handler=first_handler(integration),
    )


def _times(arrivals: Iterable[Routed]) -> dict[Key, datetime]:
    """When each contact was spoken of last; the arrivals are sorted by time."""
    return {
        key_of(arrival.integration, arrival.notice.contact): platform_time(arrival.notice.occurred_at)
        for arrival in arrivals
        if isinstance(arrival.notice, BRINGING)
    }


def _refresh_contacts(
    found: dict[Key, Conversation],
    cards: dict[Key, tuple[ChannelIntegration, ContactCard]],
    told_at: dict[Key, datetime],
) -> None:
    changed = []
    for key, conversation in found.items():
        contact, newest = conversation.contact, conversation.last_inbound_at
        is_newer = newest is None or told_at[key] >= newest
        news = {
            column: value
            for column, value in _columns(cards[key][1]).items()
            if value and getattr(contact, column) != value and (is_newer or not getattr(contact, column))
        }
        for column, value in news.items():
            setattr(contact, column, value)
        if news:
            changed.append(contact)
    update_rows(Contact, [row_of(each, "id", *CARD_LIMITS) for each in changed])


def _columns(card: ContactCard) -> dict[str, str]:
    return {column: storable_text(getattr(card, column), limit) for column, limit in CARD_LIMITS.items()}
