"""Keyset pages: every row once, at the same cost however deep."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.conversations.models import Conversation
from backend.integrations.models import ChannelIntegration
from backend.lib.clock import now
from tests.api import rows
from tests.api.agreeing import AgreeingClient
from tests.conftest import Cast


@pytest.fixture
def messenger(cast: Cast) -> ChannelIntegration:
    return rows.connected(cast.business)


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
