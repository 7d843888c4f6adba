"""An AI and people answer in the same conversation, and do not talk over one another."""

from __future__ import annotations

import time
from typing import Any

import pytest
from rest_framework.test import APIClient

from backend.conversations.models import Conversation, Message
from tests.journeys.conftest import Desk, Phone, Work
from tests.journeys.test_conversation import every_platform, started

PAGE_INBOX = 26390203743090
KEY = {
    "name": "Support bot",
    "scopes": ["conversations:read", "conversations:write", "messages:send"],
    "actor": "AI",
}


@pytest.fixture
def bot(owner: Desk) -> Desk:
    """A program that answers by itself."""
    key = owner.post("/api/api-keys", KEY, 201)["key"]
    return Desk(APIClient(headers={"Authorization": f"Bearer {key}"}))


def handler(desk: Desk) -> str:
    return str(desk.conversations()[0]["handler"])


def hand(desk: Desk, conversation: dict[str, Any], to: str, expect: int = 200) -> Any:
    answer = desk.client.patch(f"/api/conversations/{conversation['id']}", {"handler": to}, format="json")
    assert answer.status_code == expect, answer.content
    return answer.json()


@every_platform
def test_people_take_over_and_hand_back(
    owner: Desk, bot: Desk, phone: Phone, work: Work, platform: str
) -> None:
    conversation = started(owner, phone, work, platform)
    assert conversation["handler"] == "AI"
    assert bot.reply(conversation, "I am a bot")["message"]["author"] == {
        "kind": "AI",
        "id": owner.get("/api/api-keys")["apiKeys"][0]["id"],
        "name": "Support bot",
    }
    work()
    assert handler(owner) == "AI"

    owner.reply(conversation, "Now it is me")
    assert handler(owner) == "HUMAN"
    refused = bot.reply(conversation, "Me too", 409)
    assert refused["code"] == "handled_by_human"
    assert refused["resolution"]
    assert hand(bot, conversation, "AI", 409)["code"] == "handled_by_human"

    hand(owner, conversation, "AI")
    bot.reply(conversation, "Thank you")
    work()
    sent = [item["text"] for item in phone.outbox(platform)]
    assert sent == ["I am a bot", "Now it is me", "Thank you"]


def test_a_bot_may_call_for_a_person(owner: Desk, bot: Desk, phone: Phone, work: Work) -> None:
    conversation = started(owner, phone, work, "MESSENGER")
    hand(bot, conversation, "HUMAN")
    assert handler(owner) == "HUMAN"


def test_what_a_bot_had_queued_is_not_sent_after_a_person_took_over(
    owner: Desk, bot: Desk, phone: Phone, work: Work
) -> None:
    conversation = started(owner, phone, work, "MESSENGER")
    bot.reply(conversation, "In a moment a bot would have said")
    owner.reply(conversation, "A person is faster")
    work()
    of_bot, of_person = owner.messages(conversation)[1:]
    assert (of_bot["status"], of_bot["error"]["code"]) == ("FAILED", "handled_by_human")
    assert of_bot["error"]["resolution"]
    assert of_person["status"] in ("SENT", "DELIVERED")
    assert [item["text"] for item in phone.outbox()] == ["A person is faster"]
    for desk in (owner, bot):
        assert desk.post(f"/api/messages/{of_bot['id']}/retry", {}, 409)["code"] == "handled_by_human"


def test_an_answer_in_the_native_app_takes_over(owner: Desk, bot: Desk, phone: Phone, work: Work) -> None:
    conversation = started(owner, phone, work, "MESSENGER")
    written_in_the_inbox(phone, conversation, "I am on it")
    work()
    assert handler(owner) == "HUMAN"
    echo = owner.messages(conversation)[-1]
    assert (echo["text"], echo["author"]["kind"]) == ("I am on it", "EXTERNAL")
    assert bot.reply(conversation, "So am I", 409)["code"] == "handled_by_human"


def test_the_policy_may_leave_the_conversation_to_the_bot(
    owner: Desk, bot: Desk, phone: Phone, work: Work
) -> None:
    conversation = started(owner, phone, work, "MESSENGER")
    path = f"/api/integrations/{conversation['integrationId']}"
    owner.client.patch(path, {"settings": {"humanReplyTakesOver": False}}, format="json")
    written_in_the_inbox(phone, conversation, "Just a word")
    owner.reply(conversation, "And another one")
    work()
    assert handler(owner) == "AI"
    bot.reply(conversation, "I go on")
    work()
    assert phone.outbox()[-1]["text"] == "I go on"


def test_other_programs_may_always_write(owner: Desk, phone: Phone, work: Work) -> None:
    conversation = started(owner, phone, work, "MESSENGER")
    key = owner.post("/api/api-keys", {**KEY, "name": "Shop", "actor": "SERVICE"}, 201)["key"]
    shop = Desk(APIClient(headers={"Authorization": f"Bearer {key}"}))
    assert handler(owner) == "HUMAN"  # No AI, and a shop is none.
    assert shop.reply(conversation, "Your parcel is on its way")["message"]["author"]["kind"] == "SERVICE"
    work()
    assert Message.objects.filter(author_kind="SERVICE", delivery_status="FAILED").count() == 0
    assert Conversation.objects.get().handed_at is None


def written_in_the_inbox(phone: Phone, conversation: dict[str, Any], text: str) -> None:
    """Somebody answers in the Page's own inbox; Meta echoes it."""
    message = {"mid": f"m_{text}", "text": text, "is_echo": True, "app_id": PAGE_INBOX}
    people = {
        "sender": {"id": conversation["accountId"]},
        "recipient": {"id": conversation["contact"]["externalId"]},
    }
    present = int(time.time() * 1000)
    item = {**people, "timestamp": present, "message": message}
    entry = {"id": conversation["accountId"], "time": present, "messaging": [item]}
    phone.post("/sim/raw", body={"object": "page", "entry": [entry]})
    phone.delivered()
