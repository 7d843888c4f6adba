"""
Fills an outbox, in the product's own environment.

python -m benchmarks.sending.outbox '[{"platform": "WHATSAPP", "account": "1", "messages": 10, "people": 5}]'
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.config.settings")
django.setup()

from backend.businesses.models import Business
from backend.conversations.models import AuthorKind, Contact, Conversation, Direction, Message
from backend.integrations import vault
from backend.integrations.models import ChannelIntegration, IntegrationStatus
from backend.lib.clock import now
from backend.lib.secret import Secret

BATCH = 2_000


def fill(plan: dict[str, Any]) -> None:
    """One account of a business of its own, and what waits in its outbox: each person's messages in their order."""
    account = plan["account"]
    business = Business.objects.create(id=f"bench-{account}", name=account)
    integration = ChannelIntegration(
        business=business,
        platform=plan["platform"],
        status=IntegrationStatus.CONNECTED,
        account_id=account,
        platform_account_id=account,
        platform_page_id=None if plan["platform"] == "WHATSAPP" else account,
        metadata={"throughput": plan.get("level", "STANDARD")},
    )
    vault.put(integration, "access_token", Secret("EAAbench"))
    integration.save()
    contacts = [_contact(integration, f"{account}{number:05}") for number in range(plan["people"])]
    conversations = [_conversation(integration, contact) for contact in contacts]
    Contact.objects.bulk_create(contacts, batch_size=BATCH)
    Conversation.objects.bulk_create(conversations, batch_size=BATCH)
    messages = [_message(conversations[n % len(conversations)], n) for n in range(plan["messages"])]
    Message.objects.bulk_create(messages, batch_size=BATCH)


def _contact(integration: ChannelIntegration, name: str) -> Contact:
    return Contact(
        business_id=integration.business_id,
        integration=integration,
        account_id=integration.account_id or "",
        external_id=name,
        phone=name,
    )


def _conversation(integration: ChannelIntegration, contact: Contact) -> Conversation:
    return Conversation(
        business_id=integration.business_id,
        integration=integration,
        contact=contact,
        platform=integration.platform,
        account_id=integration.account_id or "",
        last_inbound_at=now(),
    )


def _message(conversation: Conversation, number: int) -> Message:
    return Message(
        business_id=conversation.business_id,
        integration_id=conversation.integration_id,
        conversation=conversation,
        account_id=conversation.account_id,
        direction=Direction.OUTBOUND,
        type="TEXT",
        text=f"{conversation.contact.external_id} {number:06}",
        delivery_status="QUEUED",
        author_kind=AuthorKind.MEMBER,
        due_at=now(),
    )


if __name__ == "__main__":
    for each in json.loads(sys.argv[1]):
        fill(each)
