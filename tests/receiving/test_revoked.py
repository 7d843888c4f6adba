"""The platform may say for days that our access has ended; only a word that is newer than the access counts."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from backend.integrations.models import ChannelIntegration
from backend.lib.clock import now
from backend.receiving import process
from backend.receiving.models import WebhookEvent
from tests.conftest import Cast
from tests.integrations.accounts import connected


@pytest.mark.parametrize(("said_after", "status"), [(-5, "CONNECTED"), (5, "ERROR")])
def test_an_old_word_does_not_end_a_newer_access(cast: Cast, said_after: int, status: str) -> None:
    number = connected(cast.business, "WHATSAPP", "555", wide_id="102")
    number.connected_at = now() - timedelta(days=6)
    number.save()
    said_at = number.connected_at + timedelta(days=said_after)
    value = {"event": "ACCOUNT_DELETED"}
    entry = {
        "id": "102",
        "time": int(said_at.timestamp()),
        "changes": [{"field": "account_update", "value": value}],
    }
    body = json.dumps({"object": "whatsapp_business_account", "entry": [entry]})
    WebhookEvent.objects.create(body=body.encode())
    process.drain()
    assert ChannelIntegration.objects.get().status == status
