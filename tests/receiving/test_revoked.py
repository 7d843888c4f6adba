"""The platform may say for days that our access has ended; only a word that is newer than the access counts."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from backend.businesses.trail import AuditEntry
from backend.integrations.models import ChannelIntegration
from backend.lib.clock import now
from backend.receiving import process
from backend.receiving.models import WebhookEvent
from tests.conftest import Cast
from tests.integrations.accounts import connected


def said_at(moment: datetime, event: str = "ACCOUNT_DELETED") -> bytes:
    """That our access to the WABA 102 ended."""
    change = {"field": "account_update", "value": {"event": event}}
    entry = {"id": "102", "time": int(moment.timestamp()), "changes": [change]}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()


@pytest.mark.parametrize(("said_after", "status"), [(-5, "CONNECTED"), (0, "ERROR"), (5, "ERROR")])
def test_an_old_word_does_not_end_a_newer_access(cast: Cast, said_after: int, status: str) -> None:
    number = connected(cast.business, "WHATSAPP", "555", wide_id="102")
    number.connected_at = (now() - timedelta(days=6)).replace(microsecond=700_000)
    number.save()
    body = said_at(number.connected_at + timedelta(days=said_after))
    WebhookEvent.objects.create(body=body)
    process.drain()
    assert ChannelIntegration.objects.get().status == status


def test_the_trail_tells_once_that_access_ended(cast: Cast) -> None:
    number = connected(cast.business, "WHATSAPP", "555", wide_id="102")
    for event in ("PARTNER_REMOVED", "PARTNER_REMOVED", "ACCOUNT_DELETED"):
        WebhookEvent.objects.create(body=said_at(now() + timedelta(minutes=1), event))
        process.drain()
    entry = AuditEntry.objects.get()
    assert (entry.business_id, entry.action, entry.target_id, entry.actor_kind) == (
        cast.business.pk,
        "integration.access_revoked",
        str(number.pk),
        "SYSTEM",
    )
    assert entry.detail == {"platform": "WHATSAPP", "accountId": "555", "reason": "PARTNER_REMOVED"}
