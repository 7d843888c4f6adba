"""The inbox of the frontend."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.conversations.models import Conversation
from backend.integrations.models import ChannelIntegration
from backend.lib.clock import now
from tests.api import rows
from tests.api.agreeing import AgreeingClient
from tests.conftest import Cast


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


def test_the_window_is_that_of_now(agent: AgreeingClient, messenger: ChannelIntegration) -> None:
    fresh, old = rows.conversation(messenger), rows.conversation(messenger, at=now() - timedelta(hours=25))
    silent = rows.conversation(messenger)
    Conversation.objects.filter(pk=silent.pk).update(last_inbound_at=None)
    windows = {row["id"]: row["window"] for row in agent.get("/api/conversations").json()["conversations"]}
    assert (windows[str(fresh.pk)]["state"], windows[str(fresh.pk)]["allowed"]) == ("OPEN", ["TEXT"])
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
    "query", ["platform=TELEGRAM", "status=open", "unread=1", "handler=ME", "limit=0", "limit=201", "limit=x",
              "limit=-1", "limit=1.5", "limit=99999999999", "limit=%D9%A3", "cursor=x", "cursor=" + "f" * 45,
              "cursor=" + "G" * 46, "q=%00", "q=" + "x" * 201],
)  # fmt: skip
def test_a_wrong_parameter_is_named(agent: AgreeingClient, query: str) -> None:
    answer = agent.get(f"/api/conversations?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")
    assert list(answer.json()["fields"]) == [query.partition("=")[0]]


@pytest.mark.parametrize("cursor", ["0" * 46, "f" * 46, "5" * 46])
def test_every_cursor_of_the_right_shape_is_a_place(agent: AgreeingClient, cursor: str) -> None:
    assert agent.get(f"/api/conversations?cursor={cursor}").status_code == 200


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


def test_pages_hold_every_row_once(cast: Cast, agent: AgreeingClient, messenger: ChannelIntegration) -> None:
    moment = now()
    # Several share a time: the id decides between them.
    expected = [
        str(rows.conversation(messenger, f"C{number}", at=moment - timedelta(seconds=number // 3)).pk)
        for number in range(10)
    ]
    rows.conversation(rows.connected(cast.rival), "Foreign")
    seen: list[str] = []
    cursor: str | None = ""
    pages = 0
    while cursor is not None:
        answer = agent.get(f"/api/conversations?limit=3&cursor={cursor}").json()
        seen += [row["id"] for row in answer["conversations"]]
        cursor, pages = answer["nextCursor"], pages + 1
    assert (len(seen), pages) == (10, 4)
    assert set(seen) == set(expected)
    times = {str(row.pk): row.last_message_at for row in Conversation.objects.all()}
    assert seen == sorted(seen, key=lambda pk: (times[pk], pk), reverse=True)


def test_a_list_costs_the_same_whatever_it_holds(
    agent: AgreeingClient, messenger: ChannelIntegration
) -> None:
    def statements(path: str) -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            agent.get(path)
        return [query["sql"] for query in captured]

    row = rows.conversation(messenger)
    one = len(statements("/api/conversations"))
    for _ in range(9):
        rows.conversation(messenger)
        rows.message(row, "More")
    many = statements("/api/conversations?limit=5")
    assert len(many) == one <= 3
    assert "COUNT(" not in "".join(many).upper()
    assert "access_token" not in "".join(many), "sealed columns stay in the table"
    assert len(statements(f"/api/conversations/{row.pk}/messages")) <= 4


def test_a_deep_page_is_found_by_the_index(agent: AgreeingClient, messenger: ChannelIntegration) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("reads SQLite's plan")
    for _ in range(3):
        rows.conversation(messenger)
    cursor = agent.get("/api/conversations?limit=1").json()["nextCursor"]
    with CaptureQueriesContext(connection) as captured:
        agent.get(f"/api/conversations?limit=1&cursor={cursor}")
    sql = captured[-1]["sql"]
    with connection.cursor() as database:
        plan = str(database.execute("EXPLAIN QUERY PLAN " + sql).fetchall())
    assert "conversations_newest_first (business_id=? AND (last_message_at,id)<(?,?))" in plan


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
