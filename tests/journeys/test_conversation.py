"""A message in, a reply out: the main job, on every platform."""

from __future__ import annotations

from typing import Any

import pytest

from backend.platforms.registry import PLATFORMS
from tests.journeys.conftest import Desk, Phone, Work

every_platform = pytest.mark.parametrize("platform", sorted(PLATFORMS))


@every_platform
def test_a_message_in_and_a_reply_out(owner: Desk, phone: Phone, work: Work, platform: str) -> None:
    owner.connect(platform)
    phone.write(platform, "Is it ä/ö \N{WAVING HAND SIGN}?")
    work()

    [conversation] = owner.conversations()
    assert conversation["platform"] == platform
    assert conversation["lastMessage"]["text"] == "Is it ä/ö \N{WAVING HAND SIGN}?"
    assert (conversation["unreadCount"], conversation["window"]["state"]) == (1, "OPEN")

    queued = owner.reply(conversation, "Yes, \N{THUMBS UP SIGN} ä")["message"]
    assert queued["status"] == "QUEUED"
    work()

    assert [item["text"] for item in phone.outbox(platform)] == ["Yes, \N{THUMBS UP SIGN} ä"]
    question, answer = owner.messages(conversation)
    assert (question["direction"], question["status"], question["author"]["kind"]) == (
        "INBOUND",
        "RECEIVED",
        "CONTACT",
    )
    assert answer["id"] == queued["id"]
    assert answer["status"] in ("SENT", "DELIVERED")
    assert answer["externalId"] == phone.outbox(platform)[0]["id"]
    assert answer["author"]["kind"] == "MEMBER"


@every_platform
def test_the_customer_reads_it(owner: Desk, phone: Phone, work: Work, platform: str) -> None:
    conversation = started(owner, phone, work, platform)
    for text in ("one", "two"):
        owner.reply(conversation, text)
    work()
    phone.post("/sim/inbound", platform=platform, kind="read")
    work()
    assert [m["status"] for m in owner.messages(conversation)[1:]] == ["READ", "READ"]


@every_platform
def test_a_tap_on_a_quick_reply_is_a_message(owner: Desk, phone: Phone, work: Work, platform: str) -> None:
    conversation = started(owner, phone, work, platform)
    kind = "button_reply" if platform == "WHATSAPP" else "quick_reply"
    phone.post("/sim/inbound", platform=platform, kind=kind)
    work()
    tapped = owner.messages(conversation)[-1]
    assert tapped["type"] == "REPLY"
    assert tapped["text"]


@every_platform
def test_every_other_kind_is_visible(owner: Desk, phone: Phone, work: Work, platform: str) -> None:
    """An honest placeholder or an item of the webhook events, and nothing that failed."""
    conversation = started(owner, phone, work, platform)
    owner.reply(conversation, "Here I am.")  # Reactions and receipts need something to speak of.
    work()
    for kind in phone.get("/sim/kinds")["kinds"][platform]:
        phone.post("/sim/inbound", platform=platform, kind=kind)
    work()
    events = owner.get("/api/webhook-events", limit=200)["webhookEvents"]
    assert {event["state"] for event in events} == {"done"}
    shown = owner.messages(conversation)
    assert all(message["type"] and message["sentAt"] for message in shown)
    assert {"IMAGE", "AUDIO", "VIDEO"} <= {message["type"] for message in shown}


@every_platform
def test_the_same_delivery_twice_in_any_order_and_in_one_post(
    owner: Desk, phone: Phone, work: Work, platform: str
) -> None:
    conversation = started(owner, phone, work, platform)
    phone.post("/sim/faults", duplicate=True, reorder=True, batch=5)
    texts = [f"message {number}" for number in range(12)]
    for text in texts:
        phone.post("/sim/inbound", platform=platform, kind="text", text=text)
    phone.post("/sim/faults")
    work()
    assert sorted(m["text"] for m in owner.messages(conversation)[1:]) == sorted(texts)
    assert owner.conversations()[0]["unreadCount"] == 1 + len(texts)


def test_a_long_text_becomes_several_messages_in_order(owner: Desk, phone: Phone, work: Work) -> None:
    conversation = started(owner, phone, work, "INSTAGRAM")
    text = " ".join(f"wörd{number}" for number in range(300))
    assert len(owner.reply(conversation, text)["messages"]) == 3
    work()
    sent = [item["text"] for item in phone.outbox("INSTAGRAM")]
    assert " ".join(sent) == text
    assert all(len(part.encode()) <= 1000 for part in sent)


def test_the_same_key_never_sends_twice(owner: Desk, phone: Phone, work: Work) -> None:
    conversation = started(owner, phone, work, "MESSENGER")
    first = owner.reply(conversation, "once", key="k1")
    work()
    again = owner.reply(conversation, "once", key="k1")
    assert again == first  # To the letter, though it was sent meanwhile.
    other = owner.reply(conversation, "else", 409, key="k1")
    assert other["code"] == "duplicate_request"
    work()
    assert len(phone.outbox()) == 1


def test_the_window_closes_after_a_day(owner: Desk, phone: Phone, work: Work, moved_clock: Work) -> None:
    conversation = started(owner, phone, work, "MESSENGER")
    phone.post("/sim/clock", advanceSeconds=24 * 3600 + 60)
    moved_clock()
    assert owner.conversations()[0]["window"]["state"] == "CLOSED"
    refused = owner.reply(conversation, "too late", 409)
    assert refused["code"] == "window_closed"
    assert refused["resolution"]
    assert phone.outbox() == []


def started(owner: Desk, phone: Phone, work: Work, platform: str, **way: Any) -> dict[str, object]:
    """A connected account to which its first customer has written."""
    owner.connect(platform, **way)
    phone.write(platform, "hello")
    work()
    conversation: dict[str, object] = owner.conversations()[0]
    return conversation
