"""New people: their names are claimed first, then they are written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from uuid import UUID

from django.db import transaction

from backend.conversations.models import Contact, ContactAlias, Conversation
from backend.conversations.record.facts import facts_of, learn, name
from backend.conversations.record.finding import KEY_FIELDS, keys_of
from backend.conversations.record.folder import Key, as_columns, id_of
from backend.conversations.record.persons import Person
from backend.conversations.record.profiles import LANE, want_profile
from backend.engine.instances import fresh, with_related
from backend.engine.lanes import ring
from backend.engine.lookups import found_by
from backend.engine.rows import insert_missing, row_of
from backend.integrations.models import ChannelIntegration
from backend.integrations.policy import first_handler


def new_contact(person: Person) -> Contact:
    integration = person.integration
    keys = list(person.keys)
    contact = fresh(
        Contact,
        business_id=integration.business_id,
        integration_id=integration.pk,
        account_id=integration.account_id or "",
        external_id=keys[0][2],
    )
    learn(contact, facts_of(person))
    name(contact, person)
    want_profile(contact, integration.platform)
    return contact


def new_conversation(contact: Contact, integration: ChannelIntegration) -> Conversation:
    conversation = fresh(
        Conversation,
        business_id=contact.business_id,
        integration_id=contact.integration_id,
        contact_id=contact.pk,
        platform=integration.platform,
        account_id=contact.account_id,
        handler=first_handler(integration),
    )
    return with_related(conversation, "contact", contact)


def claim_names(people: Iterable[Person], new: Mapping[int, Contact]) -> bool:
    """Write whose the new names are; False, and nothing is written, where somebody else holds one of them.

    Whoever writes a name first has it: two processes that meet a person at once make one contact of them.
    """
    claims: dict[Key, UUID] = {}
    for person in people:
        known = _known_keys(person)
        # Mostly there is none: then nobody's row is unpacked.
        missing = [key for key in person.keys if key not in known]
        if missing and (owner := _owner(person, new)):
            claims |= dict.fromkeys(missing, owner)
    rows = [
        {"integration_id": id_of(key[0]), "account_id": key[1], "external_id": key[2], "contact_id": owner}
        for key, owner in sorted(claims.items())
    ]
    if insert_missing(ContactAlias, rows).count() == len(rows):
        return True
    _release(claims)
    return False


def _owner(person: Person, new: Mapping[int, Contact]) -> UUID | None:
    if not person.has_aliases:
        return None
    if made := new.get(id(person)):
        return made.pk
    contact_ids = [*person.contacts, *(folder.conversation.contact_id for folder in person.folders.values())]
    return contact_ids[0] if contact_ids else None


def _known_keys(person: Person) -> set[Key]:
    of_folders = {key for folder in person.folders.values() for key in folder.keys}
    return of_folders | {key for contact in person.contacts.values() for key in keys_of(contact)}


def _release(claims: Mapping[Key, UUID]) -> None:
    ours = ContactAlias.objects.filter(pk__in=found_by(ContactAlias, KEY_FIELDS, as_columns(claims)).keys)
    ours.filter(contact_id__in=set(claims.values())).delete()


def insert_new(contacts: Iterable[Contact]) -> bool:
    """Insert new people; False where one of them is there already."""
    rows = [row_of(each) for each in contacts]
    if insert_missing(Contact, rows).count() == len(rows):
        if any(row["profile_due_at"] for row in rows):
            transaction.on_commit(partial(ring, LANE))
        return True
    ContactAlias.objects.filter(contact_id__in=[row["id"] for row in rows]).delete()
    return False
