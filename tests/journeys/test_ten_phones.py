"""Ten customers on three platforms do every kind of thing that the simulator knows, in turn."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

import pytest

from backend.conversations.models import Attachment
from tests.journeys.conftest import Desk, Phone, Work

PHONES = {
    "INSTAGRAM": ["900000000000001", "900000000000002", "900000000000003"],
    "MESSENGER": ["7000000000000001", "7000000000000002", "7000000000000003"],
    "WHATSAPP": ["4915100000001", "4915100000002", "4915100000003", "4915100000004"],
}
# What the service does not subscribe to: it would show something under every message of the business.
UNHEARD = {"feedback"}
# Events of Messenger and Instagram that carry no id by which they could be found again.
NAMELESS = {("INSTAGRAM", "referral"), ("MESSENGER", "referral"), ("MESSENGER", "order")}
# What WhatsApp itself could not fetch, and what Instagram does not pass on.
WITHOUT_FILE = {"lost_media", "unsupported_type"}
Act = tuple[str, str, str, bool]


def turns(phone: Phone) -> list[Act]:
    """Everything, by two customers of the platform, one act of each after the other."""
    listed = phone.get("/sim/kinds")["kinds"]
    each = [
        [
            (platform, customer, kind, "messageId" in fields)
            for place, (kind, fields) in enumerate(listed[platform].items())
            if (place - turn) % len(customers) < 2
        ]
        for platform, customers in PHONES.items()
        for turn, customer in enumerate(customers)
    ]
    return [act for turn in zip_longest(*each) for act in turn if act is not None]


@pytest.fixture
def said(owner: Desk, phone: Phone, work: Work) -> dict[str, str]:
    """Who wrote to whom, after everybody did everything: customer to account."""
    for platform in PHONES:
        owner.connect(platform)
    places: dict[str, str] = {}
    for platform, customer, kind, is_about_one in turns(phone):
        # What is about a message needs one of the customer and one of the business.
        for act in ("text", "native_echo", kind) if is_about_one else (kind,):
            who = {"platform": platform, "from": customer, "kind": act}
            answer = phone.post("/sim/inbound", **who)
            assert "note" not in answer or act in UNHEARD, answer
        phone.delivered()
        places[customer] = answer["accountId"]
    work()
    return places


def test_everything_that_ten_customers_do_arrives(owner: Desk, phone: Phone, said: dict[str, str]) -> None:
    delivered = phone.get("/sim/deliveries")
    assert delivered["pending"] == 0
    assert {(row["state"], row["status"], row["attempts"]) for row in delivered["deliveries"]} == {
        ("delivered", 200, 1)
    }
    for state in ("received", "failed", "unrouted"):
        assert owner.get("/api/webhook-events", state=state)["webhookEvents"] == []

    conversations = {one["contact"]["externalId"]: one for one in owner.conversations(limit=200)}
    assert set(conversations) >= set(said)
    for customer, account in said.items():
        shown = phone.get("/sim/phone", accountId=account, customerId=customer)["messages"]
        kept = kept_messages(owner, conversations[customer])
        assert len(shown) > 20
        for message in shown:
            if (conversations[customer]["platform"], message["kind"]) not in NAMELESS:
                assert message["id"] in kept, message
                compare(message, kept[message["id"]])


def kept_messages(owner: Desk, conversation: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Every message of the conversation by the platform's id; each is there once."""
    path, rows = f"/api/conversations/{conversation['id']}/messages", []
    more: dict[str, Any] = {"limit": 200}
    while more:
        answer = owner.get(path, **more)
        rows += answer["messages"]
        more = {"limit": 200, "cursor": answer["nextCursor"]} if answer["nextCursor"] else {}
    kept = {row["externalId"]: row for row in rows}
    assert len(kept) == len(rows)
    return kept


def compare(seen: dict[str, Any], kept: dict[str, Any]) -> None:
    """What the customer sees of a message is what the business sees."""
    assert (kept["direction"] == "INBOUND") is seen["inbound"], seen
    assert bool(kept["deletedAt"]) is bool(seen["detail"].get("deleted")), seen
    assert bool(kept["editedAt"]) is bool(seen["detail"].get("edits")) or kept["deletedAt"], seen
    if seen["kind"] == "text" and not kept["deletedAt"]:
        assert kept["text"] == seen["text"]
    size = seen["detail"].get("size")
    if size and seen["kind"] not in WITHOUT_FILE:
        stored = Attachment.objects.filter(message_id=kept["id"], state="STORED")
        assert size in stored.values_list("file__size", flat=True), seen
    if emoji := seen["reacted"].get("customer"):
        assert emoji in [reaction["emoji"] for reaction in kept["reactions"]]
