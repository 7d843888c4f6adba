"""
What a shop has after a while: an account on WhatsApp, customers, and messages that were sent and are not read yet.

python -m benchmarks.stage MESSAGES, in the product's own environment; it prints a login for the API.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.config.settings")
django.setup()

from backend.businesses import logins
from backend.businesses.models import Business, Membership, Role, User
from backend.conversations.models import AuthorKind, Contact, ContactAlias, Conversation, Direction, Message
from backend.integrations.models import ChannelIntegration, IntegrationStatus
from backend.platforms.port import DeliveryStatus
from benchmarks.deliveries import (
    BUSINESS_ACCOUNT_ID,
    CONVERSATIONS,
    EVENING,
    PHONE_ID,
    WATCHED,
    customer,
    sent_id,
    user_id_of,
)

BATCH = 2_000
SENT_AT = datetime.fromtimestamp(EVENING - 60, UTC)


def set_up(messages: int) -> dict[str, str]:
    """Make everything; a login, and the conversation that is watched."""
    business = Business.objects.create(id="bench", name="Bench")
    user = User.objects.create_user("owner@bench.test", "no password is typed here", name="Owner")
    Membership.objects.create(business=business, user=user, role=Role.OWNER)
    integration = ChannelIntegration.objects.create(
        business=business,
        platform="WHATSAPP",
        status=IntegrationStatus.CONNECTED,
        account_id=PHONE_ID,
        platform_account_id=BUSINESS_ACCOUNT_ID,
    )
    names = [*(customer(number) for number in range(CONVERSATIONS)), WATCHED]
    contacts = [_contact(integration, name) for name in names]
    conversations = [_conversation(contact) for contact in contacts]
    Contact.objects.bulk_create(contacts, batch_size=BATCH)
    ContactAlias.objects.bulk_create(chain.from_iterable(map(_aliases, contacts)), batch_size=BATCH)
    Conversation.objects.bulk_create(conversations, batch_size=BATCH)
    Message.objects.bulk_create(_sent(conversations, messages), batch_size=BATCH)
    return {"token": logins.issue(user).access, "watched": str(conversations[-1].pk)}


def _contact(integration: ChannelIntegration, name: str) -> Contact:
    return Contact(
        business_id=integration.business_id,
        integration=integration,
        account_id=PHONE_ID,
        external_id=name,
        phone=name,
        name=f"Customer {name}",
        user_id=user_id_of(name),
        aliases=[name, user_id_of(name)],
        told_at={column: SENT_AT.isoformat() for column in ("external_id", "name", "phone", "user_id")},
    )


def _aliases(contact: Contact) -> Iterator[ContactAlias]:
    """What the platform has told of whoever was written to before."""
    for name in contact.aliases:
        yield ContactAlias(
            integration_id=contact.integration_id,
            account_id=PHONE_ID,
            external_id=name,
            contact=contact,
        )


def _conversation(contact: Contact) -> Conversation:
    return Conversation(
        business_id=contact.business_id,
        integration_id=contact.integration_id,
        contact=contact,
        platform="WHATSAPP",
        account_id=PHONE_ID,
        last_message_at=SENT_AT,
    )


def _sent(conversations: list[Conversation], count: int) -> Iterator[Message]:
    for number in range(count):
        conversation = conversations[number % CONVERSATIONS]
        yield Message(
            business_id=conversation.business_id,
            integration_id=conversation.integration_id,
            conversation=conversation,
            account_id=PHONE_ID,
            direction=Direction.OUTBOUND,
            type="TEXT",
            text=f"Your order {number} is on its way.",
            external_id=sent_id(number),
            delivery_status=DeliveryStatus.SENT,
            author_kind=AuthorKind.MEMBER,
            sent_at=SENT_AT,
        )


if __name__ == "__main__":
    sys.stdout.write(json.dumps(set_up(int(sys.argv[1]))))
