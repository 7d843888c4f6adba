"""Webhook events as Meta writes them, short to write, for an account of each platform."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from itertools import count

from backend.integrations.models import ChannelIntegration
from backend.lib.json_types import JSONObject

EVENING = 1_772_479_800  # Seconds; some evening of 2026.
_messages = count(1)


def fresh_message_id() -> str:
    """A message's id that no other test row has."""
    return f"m_{next(_messages):09d}"


def page_item(
    integration: ChannelIntegration, text: str, message_id: str, sender: str, second: int
) -> JSONObject:
    return {
        "sender": {"id": sender},
        "recipient": {"id": integration.account_id},
        "timestamp": (EVENING + second) * 1000,
        "message": {"mid": message_id, "text": text},
    }


def whatsapp_item(
    _integration: ChannelIntegration, text: str, message_id: str, sender: str, second: int
) -> JSONObject:
    return {
        "from": sender,
        "id": message_id,
        "timestamp": str(EVENING + second),
        "type": "text",
        "text": {"body": text},
    }


WRITERS: dict[str, Callable[[ChannelIntegration, str, str, str, int], JSONObject]] = {
    "INSTAGRAM": page_item,
    "MESSENGER": page_item,
    "WHATSAPP": whatsapp_item,
}
OBJECTS = {"INSTAGRAM": "instagram", "MESSENGER": "page", "WHATSAPP": "whatsapp_business_account"}


def item(
    integration: ChannelIntegration,
    text: str = "Hello",
    *,
    message_id: str = "",
    sender: str = "16505550001",
    second: int = 0,
) -> JSONObject:
    """One message of a contact."""
    write = WRITERS[integration.platform]
    return write(integration, text, message_id or fresh_message_id(), sender, second)


def change(integration: ChannelIntegration, items: Sequence[object]) -> JSONObject:
    """A change of WhatsApp that holds these items."""
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"phone_number_id": integration.account_id, "display_phone_number": "1"},
        "messages": list(items),
    }
    return {"field": "messages", "value": value}


def entry(integration: ChannelIntegration, *groups: Sequence[object]) -> JSONObject:
    """An entry; each group is a change of its own where the platform has changes."""
    if integration.platform == "WHATSAPP":
        changes = [change(integration, group) for group in groups]
        return {"id": integration.platform_account_id, "changes": changes}
    items = [each for group in groups for each in group]
    return {"id": integration.account_id, "time": EVENING * 1000, "messaging": items}


def event(platform: str, *entries: object) -> bytes:
    return json.dumps({"object": OBJECTS[platform], "entry": list(entries)}).encode()


def told(integration: ChannelIntegration, *items: object) -> bytes:
    """One delivery with these items in one entry."""
    return event(integration.platform, entry(integration, items))
