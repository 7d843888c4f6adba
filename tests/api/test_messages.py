"""What is said, and replies."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from backend.conversations.models import Conversation, Message
from backend.integrations.models import ChannelIntegration
from backend.lib.clock import now
from tests.api import rows
from tests.api.agreeing import AgreeingClient
from tests.conftest import Cast


@pytest.fixture
def conversation(cast: Cast) -> Conversation:
    return rows.conversation(rows.connected(cast.business))


def reply(client: AgreeingClient, row: Conversation, key: str | None = None, **body: Any) -> Any:
    headers = {"Idempotency-Key": key} if key is not None else {}
    body = {"type": "TEXT", "text": "Hi", **body}
    return client.post(f"/api/conversations/{row.pk}/messages", body, format="json", headers=headers)


def test_messages_come_newest_first_by_the_platforms_time(
    agent: AgreeingClient, conversation: Conversation
) -> None:
    late = rows.message(conversation, "late", sent_at=now() - timedelta(hours=2))
    rows.message(conversation, "now", sent_at=now())
    answer = agent.get(f"/api/conversations/{conversation.pk}/messages").json()
    assert [message["text"] for message in answer["messages"]] == ["now", "Hello", "late"]
    assert answer["messages"][-1]["id"] == str(late.pk)
    assert answer["nextCursor"] is None


def test_a_message_says_everything(agent: AgreeingClient, conversation: Conversation) -> None:
    first = conversation.last_message
    assert first is not None
    rows.message(
        conversation,
        "answer",
        sent_at=now(),
        direction="OUTBOUND",
        delivery_status="FAILED",
        author_kind="MEMBER",
        reply_to_external_id=first.external_id,
        reactions=[{"emoji": "👍", "by": "123"}],
        edits=[{"text": "before", "at": "2025-06-19T10:30:00Z"}],
        error_code="outcome_unknown",
        error_message="Nobody knows.",
        error_platform_code=131000,
        referral={"source": "ADS"},
        payload={"any": ["thing"]},
    )
    shown = agent.get(f"/api/conversations/{conversation.pk}/messages?limit=1").json()["messages"][0]
    assert shown["replyToId"] == str(first.pk)
    assert shown["error"] == {
        "code": "outcome_unknown",
        "message": "Nobody knows.",
        "resolution": None,
        "platformCode": 131000,
    }
    assert (shown["author"]["kind"], shown["reactions"][0]["emoji"]) == ("MEMBER", "👍")
    assert (shown["referral"], shown["payload"]) == ({"source": "ADS"}, {"any": ["thing"]})
    assert shown["attachments"] == []


def test_a_reply_is_queued(agent: AgreeingClient, cast: Cast, conversation: Conversation) -> None:
    answer = reply(agent, conversation, text="  Hello\nö 👋  ")
    assert answer.status_code == 202
    message = answer.json()["message"]
    assert (message["status"], message["direction"], message["text"]) == (
        "QUEUED",
        "OUTBOUND",
        "  Hello\nö 👋  ",
    )
    assert message["author"] == {"kind": "MEMBER", "id": str(cast.agent.user_id), "name": "Agent"}
    assert answer.json()["messages"] == [message]


def test_a_long_text_becomes_several_messages(agent: AgreeingClient, conversation: Conversation) -> None:
    answer = reply(agent, conversation, text="word " * 1000).json()
    assert len(answer["messages"]) == 3
    assert answer["message"] == answer["messages"][0]
    assert all(len(message["text"]) <= 2000 for message in answer["messages"])


def test_the_same_key_sends_once(agent: AgreeingClient, conversation: Conversation) -> None:
    first, again = (reply(agent, conversation, key="order-1") for _ in range(2))
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json() == again.json()
    other = reply(agent, conversation, key="order-1", text="Something else")
    assert (other.status_code, other.json()["code"]) == (409, "duplicate_request")
    assert reply(agent, conversation, key="order-2").json()["message"]["id"] != first.json()["message"]["id"]
    assert Message.objects.filter(direction="OUTBOUND").count() == 2


@pytest.mark.parametrize("key", ["", "x" * 256, "with space", "umlaut-ü"])
def test_a_strange_key_is_refused(agent: AgreeingClient, conversation: Conversation, key: str) -> None:
    answer = reply(agent, conversation, key=key)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["Idempotency-Key"])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": " \n\t"}, "text"),
        ({"text": None}, "text"),
        ({"text": 5}, "text"),
        ({"text": "x" * 20_001}, "text"),
        ({"text": "a\x00b"}, "text"),
        ({"type": "FAX"}, "type"),
        ({"replyToId": "m_123"}, "replyToId"),
        ({"replyToId": 5}, "replyToId"),
        ({"replyToId": str(uuid4())}, "replyToId"),
        ({"humanAgent": "yes"}, "humanAgent"),
        ({"mediaIds": []}, "mediaIds"),
    ],
)
def test_a_wrong_reply_is_refused_and_nothing_is_queued(
    agent: AgreeingClient, conversation: Conversation, body: dict[str, Any], field: str
) -> None:
    answer = reply(agent, conversation, **body)
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")
    assert list(answer.json()["fields"]) == [field]
    assert not Message.objects.filter(direction="OUTBOUND").exists()


def test_a_reply_names_what_it_answers(agent: AgreeingClient, conversation: Conversation) -> None:
    target = str(conversation.last_message_id)
    assert reply(agent, conversation, replyToId=target).json()["message"]["replyToId"] == target


def test_a_closed_window_is_said(agent: AgreeingClient, conversation: Conversation) -> None:
    Conversation.objects.update(last_inbound_at=now() - timedelta(hours=24))
    answer = reply(agent, conversation)
    assert (answer.status_code, answer.json()["code"], answer.json()["allowed"]) == (409, "window_closed", [])


def test_a_disconnected_account_sends_nothing(agent: AgreeingClient, conversation: Conversation) -> None:
    ChannelIntegration.objects.update(status="DISCONNECTED")
    answer = reply(agent, conversation)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_connected")


def failed(conversation: Conversation, code: str) -> Message:
    return rows.message(
        conversation,
        "again",
        direction="OUTBOUND",
        external_id=None,
        delivery_status="FAILED",
        author_kind="MEMBER",
        error_code=code,
        error_message="No.",
    )


def test_a_failed_message_is_tried_again(agent: AgreeingClient, conversation: Conversation) -> None:
    row = failed(conversation, "platform_refused")
    answer = agent.post(f"/api/messages/{row.pk}/retry")
    assert answer.status_code == 202
    assert (answer.json()["message"]["status"], answer.json()["message"]["error"]) == ("QUEUED", None)
    twice = agent.post(f"/api/messages/{row.pk}/retry")
    assert (twice.status_code, twice.json()["code"]) == (409, "not_retryable")


def test_an_unknown_outcome_needs_a_confirmation(agent: AgreeingClient, conversation: Conversation) -> None:
    row = failed(conversation, "outcome_unknown")
    path = f"/api/messages/{row.pk}/retry"
    for body in ({}, {"confirm": False}):
        refused = agent.post(path, body, format="json")
        assert (refused.status_code, refused.json()["code"]) == (409, "outcome_unknown")
    assert agent.post(path, {"confirm": "true"}, format="json").status_code == 400
    assert agent.post(path, {"confirm": True}, format="json").status_code == 202
