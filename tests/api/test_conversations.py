"""The inbox of the frontend."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest

from backend.conversations.models import Conversation, FormerConversation
from backend.integrations.models import ChannelIntegration
from backend.lib.clock import now
from tests.api import rows
from tests.api.agreeing import AgreeingClient
from tests.conftest import Cast, ClientOf


def listed(client: AgreeingClient, query: str = "") -> list[str]:
    answer = client.get(f"/api/conversations{query}")
    assert answer.status_code == 200, answer.content
    return [row["contact"]["name"] for row in answer.json()["conversations"]]


@pytest.fixture
def messenger(cast: Cast) -> ChannelIntegration:
    return rows.connected(cast.business)


def test_a_conversation_says_what_a_list_needs(agent: AgreeingClient, messenger: ChannelIntegration) -> None:
    row = rows.conversation(messenger, phone="4915112345678", unread_count=2)
    one = agent.get(f"/api/conversations/{row.pk}").json()["conversation"]
    assert one["contact"]["phone"] == "4915112345678"
    assert one["contact"]["username"] is None
    assert (one["platform"], one["accountId"]) == ("MESSENGER", messenger.account_id)
    assert one["integrationId"] == str(messenger.pk)
    assert one["lastMessage"]["text"] == "Hello"
    assert one["unreadCount"] == 2
    assert one["channel"] == {"status": "CONNECTED", "accountName": "My shop"}
    assert one["lastMessageAt"].endswith("Z")


def test_a_merged_one_is_found_by_its_former_id(
    agent: AgreeingClient, client_of: ClientOf, cast: Cast, messenger: ChannelIntegration
) -> None:
    """Whoever has it open, or writes an answer to it, has heard nothing of that yet."""
    row, former = rows.conversation(messenger), uuid4()
    FormerConversation.objects.create(id=former, conversation=row)
    url = f"/api/conversations/{former}"
    assert agent.get(url).json()["conversation"]["id"] == str(row.pk)
    assert agent.get(f"{url}/messages").json() == agent.get(f"/api/conversations/{row.pk}/messages").json()
    assert agent.post(f"{url}/read").json()["conversation"]["id"] == str(row.pk)
    sent = agent.post(f"{url}/messages", {"type": "TEXT", "text": "Hello"}, format="json")
    assert sent.status_code == 202, sent.content
    assert sent.json()["message"]["conversationId"] == str(row.pk)
    stranger = client_of(cast.stranger)
    assert stranger.get(url).status_code == 404
    assert stranger.get(f"{url}/messages").status_code == 404


def test_the_window_is_that_of_now(agent: AgreeingClient, messenger: ChannelIntegration) -> None:
    fresh, old = rows.conversation(messenger), rows.conversation(messenger, at=now() - timedelta(hours=25))
    silent = rows.conversation(messenger)
    Conversation.objects.filter(pk=silent.pk).update(last_inbound_at=None)
    windows = {row["id"]: row["window"] for row in agent.get("/api/conversations").json()["conversations"]}
    assert windows[str(fresh.pk)]["state"] == "OPEN"
    assert "TEXT" in windows[str(fresh.pk)]["allowed"]
    assert windows[str(old.pk)]["state"] == "CLOSED"
    assert windows[str(old.pk)]["closesAt"] is not None
    assert windows[str(silent.pk)] == {"state": "CLOSED", "closesAt": None, "allowed": []}


def test_a_conversation_of_a_former_account_is_closed(
    agent: AgreeingClient, messenger: ChannelIntegration
) -> None:
    row = rows.conversation(messenger)
    ChannelIntegration.objects.update(account_id="another")
    one = agent.get(f"/api/conversations/{row.pk}").json()["conversation"]
    assert (one["window"]["state"], one["accountId"]) == ("CLOSED", row.account_id)
    refused = agent.post(
        f"/api/conversations/{row.pk}/messages", {"type": "TEXT", "text": "Hi"}, format="json"
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "account_replaced")


def test_filters_add_up(cast: Cast, agent: AgreeingClient, messenger: ChannelIntegration) -> None:
    whatsapp = rows.connected(cast.business, "WHATSAPP")
    rows.conversation(messenger, "Anna", unread_count=1, handler="AI")
    rows.conversation(messenger, "Bert", status="CLOSED")
    rows.conversation(whatsapp, "Carl", unread_count=3)
    assert set(listed(agent)) == {"Anna", "Bert", "Carl"}
    assert set(listed(agent, "?platform=MESSENGER")) == {"Anna", "Bert"}
    assert listed(agent, "?status=CLOSED") == ["Bert"]
    assert set(listed(agent, "?unread=true")) == {"Anna", "Carl"}
    assert listed(agent, "?unread=false") == ["Bert"]
    assert listed(agent, "?handler=AI") == ["Anna"]
    assert listed(agent, "?platform=WHATSAPP&unread=true&status=OPEN&handler=HUMAN&q=car") == ["Carl"]
    assert set(listed(agent, "?platform=&status=&unread=&handler=&q=&colour=red")) == {"Anna", "Bert", "Carl"}


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("carla", ["Carla Ö. Größe"]),
        ("CARLA ö", ["Carla Ö. Größe"]),
        ("größe", ["Carla Ö. Größe"]),
        ("shop.fan", ["Bert"]),
        ("+49 (151) 1234-5678", ["Bert"]),
        ("5112345", ["Bert"]),
        ("100%", []),
        ("_", ["Under_score"]),
        ("'; --", []),
        ("zzz", []),
    ],
)
def test_people_are_found(
    agent: AgreeingClient, messenger: ChannelIntegration, search: str, found: list[str]
) -> None:
    rows.conversation(messenger, "Carla Ö. Größe")
    rows.conversation(messenger, "Bert", username="Shop.Fan", phone="4915112345678")
    rows.conversation(messenger, "Under_score")
    assert listed(agent, f"?q={quote(search)}") == found


def test_members_close_and_hand_over(agent: AgreeingClient, messenger: ChannelIntegration) -> None:
    row = rows.conversation(messenger, unread_count=4)
    path = f"/api/conversations/{row.pk}"
    one = agent.patch(path, {"status": "CLOSED"}, format="json").json()["conversation"]
    assert (one["status"], one["handler"]) == ("CLOSED", "HUMAN")
    one = agent.patch(path, {"handler": "AI"}, format="json").json()["conversation"]
    assert (one["status"], one["handler"]) == ("CLOSED", "AI")
    one = agent.post(f"{path}/read").json()["conversation"]
    assert one["unreadCount"] == 0
    assert agent.post(f"{path}/typing", {"on": True}, format="json").status_code == 200
    assert agent.get(path).json()["conversation"] == one


@pytest.mark.parametrize(
    "body", [{}, {"status": "SLEEPING"}, {"handler": None}, {"status": ["OPEN"]}, {"unreadCount": 3}]
)
def test_a_change_that_is_none_is_refused(
    agent: AgreeingClient, messenger: ChannelIntegration, body: dict[str, Any]
) -> None:
    row = rows.conversation(messenger)
    answer = agent.patch(f"/api/conversations/{row.pk}", body, format="json")
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")


@pytest.mark.parametrize("body", [{}, {"on": "true"}, {"on": 1}, {"on": None}])
def test_typing_is_a_boolean(
    agent: AgreeingClient, messenger: ChannelIntegration, body: dict[str, Any]
) -> None:
    row = rows.conversation(messenger)
    answer = agent.post(f"/api/conversations/{row.pk}/typing", body, format="json")
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["on"])


def test_a_contact_is_shown(agent: AgreeingClient, messenger: ChannelIntegration) -> None:
    row = rows.conversation(messenger, "Carla", external_id="7261948305512873")
    contact = agent.get(f"/api/contacts/{row.contact_id}").json()["contact"]
    assert (contact["name"], contact["externalId"]) == ("Carla", "7261948305512873")
    assert agent.get(f"/api/contacts/{uuid4()}").status_code == 404
