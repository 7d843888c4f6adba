"""Contacts from before there were aliases: each keeps its own id, and whoever is one person is merged as they write."""

from __future__ import annotations

from importlib import import_module

from django.apps import apps

from backend.conversations.models import Contact, ContactAlias, Conversation
from backend.integrations.models import ChannelIntegration
from tests.conversations.said import LONG, SHORT, USER, card, received, tell

fill = import_module("backend.conversations.migrations.0007_fill_contact_aliases").fill


def from_before(number: ChannelIntegration, phone: str, user_id: str = "") -> Contact:
    contact = Contact.objects.create(
        business=number.business,
        integration=number,
        account_id=number.account_id or "",
        external_id=phone,
        phone=phone,
        user_id=user_id,
    )
    Conversation.objects.create(
        business=number.business,
        integration=number,
        account_id=contact.account_id,
        platform="WHATSAPP",
        contact=contact,
    )
    return contact


def test_each_is_found_by_what_it_was_called(number: ChannelIntegration) -> None:
    first, second = from_before(number, LONG, USER), from_before(number, SHORT)
    other = from_before(number, "4915112345678")
    fill(apps, None)
    fill(apps, None)  # Safe to repeat.
    for contact in (first, second, other):
        contact.refresh_from_db()
    assert (sorted(first.aliases), second.aliases) == (sorted([LONG, USER]), [SHORT])
    assert other.aliases == ["4915112345678"]
    tell(number, received("m1", contact=card(SHORT)))
    assert Conversation.objects.count() == 2
    first.refresh_from_db()
    assert sorted(first.aliases) == sorted([LONG, SHORT, USER])
    assert ContactAlias.objects.filter(contact=first).count() == 3
