"""People leave: the one who connected the account, and the customer who wrote to it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from backend.connecting.models import Consent
from backend.platforms.registry import PLATFORMS
from backend.receiving import erasing
from backend.receiving.models import WebhookEvent
from tests.journeys.conftest import Desk, Phone, Work

every_platform = pytest.mark.parametrize("platform", sorted(PLATFORMS))


def owner_of(phone: Phone) -> str:
    """The person at Meta who owns what the mock flow connects."""
    return str(phone.world()["users"][0]["id"])


@every_platform
def test_the_app_is_removed_and_connected_again(owner: Desk, phone: Phone, work: Work, platform: str) -> None:
    owner.connect(platform)
    phone.write(platform, "hello")
    work()
    assert phone.post("/sim/remove-app", userId=owner_of(phone))["status"] == 200
    row = owner.integration(platform)
    assert (row["status"], row["lastErrorCode"], row["accessToken"]) == ("ERROR", "reconnect_required", None)
    assert row["lastErrorResolution"]
    refused = owner.reply(owner.conversations()[0], "still there?", 409)
    assert refused["code"] == "not_connected"
    owner.connect(platform)
    assert owner.integration(platform)["status"] == "CONNECTED"
    owner.reply(owner.conversations()[0], "back again")
    work()
    assert [item["text"] for item in phone.outbox(platform)] == ["back again"]


@every_platform
def test_the_person_is_forgotten(owner: Desk, rival: Desk, phone: Phone, work: Work, platform: str) -> None:
    owner.connect(platform)
    rival.connect(platform)
    phone.write(platform, "hello", accountId=account_of(owner, platform))
    work()
    answered = phone.post("/sim/request-deletion", userId=owner_of(phone))
    assert answered["status"] == 200
    said = json.loads(answered["response"])
    row = owner.integration(platform)
    assert (row["status"], row["accessToken"], row["webhookSecret"]) == ("DISCONNECTED", None, None)
    assert rival.integration(platform)["status"] == "CONNECTED"
    assert not Consent.objects.filter(user_id=owner_of(phone)).exists()
    assert len(owner.conversations()) == 1  # The shop's, not the person's.
    page = APIClient().get(said["url"].removeprefix("http://localhost:8000"))
    assert page.status_code == 200
    assert "Your data was deleted." in page.content.decode()
    assert said["confirmation_code"] in page.content.decode()


def account_of(desk: Desk, platform: str) -> str:
    row = desk.integration(platform)
    account: str = row["metadata"]["phoneNumberId"] if platform == "WHATSAPP" else row["platformAccountId"]
    return account


@every_platform
def test_a_customer_is_erased_and_writes_anew(owner: Desk, phone: Phone, work: Work, platform: str) -> None:
    owner.connect(platform)
    phone.write(platform, "my secret is 4711")
    work()
    conversation: dict[str, Any] = owner.conversations()[0]
    owner.reply(conversation, "we keep your secret")
    work()
    phone.post("/sim/inbound", platform=platform, kind="read")
    work()
    assert owner.delete(f"/api/contacts/{conversation['contact']['id']}")["success"] is True
    while erasing.drain():
        pass
    stored = b"".join(bytes(body) for body in WebhookEvent.objects.values_list("body", flat=True))
    assert b"4711" not in stored
    assert conversation["contact"]["externalId"].encode() not in stored
    assert owner.conversations() == []
    assert owner.get("/api/webhook-events")["webhookEvents"] == []

    deliveries = phone.get("/sim/deliveries", bodies=1)["deliveries"]
    for delivery in deliveries:  # Meta repeats itself.
        phone.post("/sim/raw", body={"object": delivery["object"], "entry": delivery["entry"]})
    work()
    assert owner.conversations() == []

    phone.write(platform, "hello again")
    work()
    [anew] = owner.conversations()
    assert anew["id"] != conversation["id"]
    assert [message["text"] for message in owner.messages(anew)] == ["hello again"]
