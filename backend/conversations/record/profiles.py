"""What the platform shows of a person, written behind the lock of the conversation as all else of a contact is."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from backend.conversations.models import AuthorKind, Contact, Conversation, Message
from backend.conversations.profiles import (
    ProfileState,
    is_wanted_on_writing,
    next_after_failure,
    next_after_found,
    next_after_withheld,
)
from backend.conversations.record.changes import contact_changed
from backend.conversations.record.facts import Fact, learn
from backend.feed.publish import publish
from backend.lib.clock import now
from backend.lib.storable import storable_text
from backend.platforms.errors import PlatformError
from backend.platforms.port import Profile
from backend.platforms.registry import PLATFORMS

LANE = "profiles"
LEARNT = ["name", "username", "picture_url", "told_at"]
LOOKED = [
    "profile_state",
    "profile_reason",
    "profile_message",
    "profile_tries",
    "profile_looked_at",
    "profile_due_at",
]


def want_profile(contact: Contact, platform: str) -> None:
    """Put a new contact, not saved yet, on the list, where the platform can be asked."""
    if PLATFORMS[platform].shows_profiles:
        contact.profile_state, contact.profile_due_at = ProfileState.WANTED, contact.created_at


def want_again(contact: Contact, present: datetime) -> bool:
    """The person wrote: look again, on the unsaved row, if that may show more than the last look."""
    if contact.profile_due_at and contact.profile_due_at <= present:
        return False
    wanted = is_wanted_on_writing(
        contact.profile_state,
        contact.profile_reason,
        contact.profile_tries,
        contact.profile_looked_at,
        present,
        _stale_after(),
    )
    if wanted:
        contact.profile_due_at = present
    return wanted


def record_profile(contact_id: UUID, profile: Profile) -> None:
    """The platform answered: what it shows, or why it shows nothing. A person who is gone stays gone."""
    with transaction.atomic():
        contact, conversation = _locked(contact_id)
        if contact is None:
            return
        present = now()
        contact.profile_looked_at = present
        if profile.withheld:
            contact.profile_state = ProfileState.WITHHELD
            contact.profile_tries += 1
            contact.profile_due_at = next_after_withheld(present, contact.profile_tries)
        else:
            contact.profile_state, contact.profile_tries = ProfileState.FOUND, 0
            heard_at = conversation.last_inbound_at if conversation else None
            contact.profile_due_at = next_after_found(present, heard_at, _stale_after())
        contact.profile_reason = profile.withheld or ""
        contact.profile_message = storable_text(profile.message)
        changed = _take(contact, profile, present)
        contact.save(update_fields=[*LEARNT, *LOOKED])
        if changed:
            _name_author(contact, conversation)
            publish([contact_changed(contact)])


def record_profile_failed(contact_id: UUID, error: PlatformError, *, due_at: datetime | None = None) -> None:
    """Nothing was learnt of the person: the platform could not answer, or does not let the account in."""
    with transaction.atomic():
        contact, _ = _locked(contact_id)
        if contact is None:
            return
        contact.profile_tries += 1
        retry_after = getattr(error, "retry_after", None)
        contact.profile_due_at = due_at or next_after_failure(now(), contact.profile_tries, retry_after)
        contact.profile_reason = error.code
        contact.profile_message = storable_text(error.told)
        contact.save(update_fields=LOOKED)


def _locked(contact_id: UUID) -> tuple[Contact | None, Conversation | None]:
    """The contact behind the lock that whoever else writes it has to take."""
    rows = Conversation.objects.select_for_update(of=("self",), no_key=True)
    conversation = rows.filter(contact_id=contact_id).first()
    return Contact.objects.filter(pk=contact_id).first(), conversation


def _take(contact: Contact, profile: Profile, present: datetime) -> bool:
    facts = [
        Fact(column, storable_text(value, 255), present)
        for column, value in (("name", profile.name), ("username", profile.username))
        if value
    ]
    former = contact.picture_url
    contact.picture_url = storable_text(profile.picture_url) or former
    shown = contact.shown_name
    learn(contact, facts)
    return (shown, former) != (contact.shown_name, contact.picture_url)


def _name_author(contact: Contact, conversation: Conversation | None) -> None:
    """The messages that came before the name get it."""
    if conversation and contact.shown_name:
        unnamed = Message.objects.filter(
            conversation_id=conversation.pk, author_kind=AuthorKind.CONTACT, author_name=""
        )
        unnamed.update(author_name=contact.shown_name[:255])


def _stale_after() -> timedelta:
    return timedelta(days=settings.PROFILE_STALE_DAYS)
