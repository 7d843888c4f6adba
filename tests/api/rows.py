"""Rows as the flows would have left them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from backend.businesses.models import Business
from backend.conversations.models import Contact, Conversation, Message
from backend.integrations import vault
from backend.integrations.models import ChannelIntegration
from backend.lib.clock import now
from backend.lib.ids import new_text_id
from backend.lib.secret import Secret

TOKEN = "EAAclear0token0that0nobody0may0see"


def connected(business: Business, platform: str = "MESSENGER", **columns: Any) -> ChannelIntegration:
    """A connected integration with sealed tokens."""
    account_id = columns.pop("account_id", new_text_id())
    integration = ChannelIntegration(
        business=business,
        platform=platform,
        status="CONNECTED",
        account_id=account_id,
        platform_account_id=account_id,
        platform_account_name="My shop",
        features=["messaging", "webhooks"],
        webhook_subscribed=True,
        **columns,
    )
    for column in ("access_token", "page_access_token", "webhook_secret"):
        vault.put(integration, column, Secret(TOKEN))
    integration.save()
    return integration


def conversation(integration: ChannelIntegration, name: str = "Carla", **columns: Any) -> Conversation:
    """A conversation with one inbound message, a minute old."""
    at = columns.pop("at", now() - timedelta(minutes=1))
    account_id = integration.account_id or ""
    contact = Contact.objects.create(
        business_id=integration.business_id,
        integration=integration,
        account_id=account_id,
        external_id=columns.pop("external_id", new_text_id()),
        name=name,
        username=columns.pop("username", ""),
        phone=columns.pop("phone", ""),
    )
    row = Conversation.objects.create(
        business_id=integration.business_id,
        integration=integration,
        contact=contact,
        platform=integration.platform,
        account_id=account_id,
        last_inbound_at=at,
        last_message_at=at,
        **columns,
    )
    row.last_message = message(row, "Hello", sent_at=at)
    row.save()
    return row


def message(row: Conversation, text: str, **columns: Any) -> Message:
    """An inbound message, unless the columns say otherwise."""
    return Message.objects.create(
        **{
            "business_id": row.business_id,
            "integration_id": row.integration_id,
            "conversation": row,
            "account_id": row.account_id,
            "direction": "INBOUND",
            "type": "TEXT",
            "text": text,
            "external_id": f"m_{new_text_id()}",
            "delivery_status": "RECEIVED",
            "author_kind": "CONTACT",
            "author_id": str(row.contact_id),
            "author_name": row.contact.name,
            **columns,
        }
    )
