"""Deliveries of every kind that the three platforms send: the cases of their tests, each time of new messages."""

from __future__ import annotations

import json
import re
from pathlib import Path

from backend.businesses.models import Business
from backend.integrations.models import ChannelIntegration, IntegrationStatus

CASES = Path(__file__).parents[1] / "tests" / "platforms" / "payloads"
# Platform -> the account that its cases are of, and the WABA or Page around it.
ACCOUNTS = {
    "MESSENGER": ("100000000000001", "100000000000001"),
    "INSTAGRAM": ("17841400000000000", "17841400000000000"),
    "WHATSAPP": ("106540352242922", "102290129340398"),
}
PEOPLE = 200
MESSAGE_ID = re.compile(r'("(?:mid|message_id|original_message_id)": "|"id": "wamid)([^"]*)"')
PERSON = re.compile(r'"(?:2000000000000011|900000000000021|16505551234)"')


def connect_all() -> None:
    """The three accounts, each of a business of its own."""
    for platform, (account_id, wide) in ACCOUNTS.items():
        business = Business.objects.create(id=f"mix-{platform.lower()}", name=platform)
        ChannelIntegration.objects.create(
            business=business,
            platform=platform,
            status=IntegrationStatus.CONNECTED,
            account_id=account_id,
            platform_account_id=wide,
        )


def mixed(count: int) -> list[bytes]:
    """So many deliveries, each kind as often as the others. Raises ValueError where there are no cases."""
    paths = sorted(CASES.glob("*/*.json"))
    if not paths:
        raise ValueError(f"no cases below {CASES}")
    texts = [json.dumps(json.loads(path.read_text())["payload"]) for path in paths]
    return [_renewed(texts[number % len(texts)], number).encode() for number in range(count)]


def _renewed(text: str, number: int) -> str:
    """The delivery as it is of another message and another person."""
    text = MESSAGE_ID.sub(rf'\g<1>\g<2>.{number}"', text)
    return PERSON.sub(f'"{20_000_000_000 + number % PEOPLE}"', text)
