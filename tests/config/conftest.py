from __future__ import annotations

import pytest
from django.test import Client

from backend.businesses import audit
from backend.businesses.audit import Action
from backend.businesses.models import User
from backend.conversations.models import Conversation
from backend.lib.clock import now
from backend.receiving.models import SignatureRefusal, WebhookEvent, WebhookShare
from tests.api import rows
from tests.config.operators import EMAIL, SAID, logged_in
from tests.conftest import PASSWORD, Cast


@pytest.fixture
def operator(db: None) -> Client:
    User.objects.create_user(EMAIL, PASSWORD, is_staff=True)
    client = Client()
    assert logged_in(client)
    return client


@pytest.fixture
def kept(cast: Cast) -> Conversation:
    """One of everything that is shown."""
    integration = rows.connected(cast.business)
    row = rows.conversation(integration, SAID, username=SAID, external_id="24018")
    rows.message(row, SAID, payload={"title": SAID}, edits=[{"text": SAID}], external_id="m_4711")
    event = WebhookEvent.objects.create(body=SAID.encode(), state="failed", error="It raised.")
    item = {"kind": "message_received", "external_id": "m_1", "error": "", "payload": {"text": SAID}}
    WebhookShare.objects.create(
        event=event, business=cast.business, integration=integration, state="failed", items=[item]
    )
    audit.note(cast.business.pk, Action.TESTED, integration.pk, by=cast.owner)
    SignatureRefusal.objects.create(reason="no_signature", times=3, first_at=now(), last_at=now())
    return row
