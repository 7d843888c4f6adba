"""Keyset pages: every row once, at the same cost however deep."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from backend.api.pagination import mark_of
from backend.businesses import keys
from backend.conversations.models import Conversation
from backend.integrations.models import ChannelIntegration
from backend.lib.clock import now
from backend.receiving.models import WebhookEvent, WebhookShare
from tests.api import rows
from tests.api.agreeing import AgreeingClient
from tests.conftest import Cast, ClientOf


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


@pytest.mark.parametrize("place", ["0" * 46, "f" * 46, "5" * 46])
def test_every_place_of_the_right_shape_is_one(agent: AgreeingClient, cast: Cast, place: str) -> None:
    cursor = place + mark_of(f"conversations of {cast.business.pk} () {Q()}")
    assert agent.get(f"/api/conversations?cursor={cursor}").status_code == 200


def test_a_cursor_is_of_its_list_alone(
    cast: Cast, owner: AgreeingClient, client_of: ClientOf, messenger: ChannelIntegration
) -> None:
    first, second = rows.conversation(messenger), rows.conversation(messenger)
    for row in (first, second):
        rows.message(row, "More")
    cursor = {
        path: owner.get(f"{path}{'&' if '?' in path else '?'}limit=1").json()["nextCursor"]
        for path in (
            "/api/conversations",
            "/api/conversations?unread=false",
            f"/api/conversations/{first.pk}/messages",
            f"/api/conversations/{second.pk}/messages",
        )
    }
    assert all(cursor.values())
    assert len(set(cursor.values())) == len(cursor)
    for path in cursor:
        for other, foreign in cursor.items():
            answer = owner.get(f"{path}{'&' if '?' in path else '?'}cursor={foreign}")
            assert answer.status_code == (200 if path == other else 400), (path, other)
            if path != other:
                assert list(answer.json()["fields"]) == ["cursor"]
    answer = client_of(cast.stranger).get(f"/api/conversations?cursor={cursor['/api/conversations']}")
    assert answer.status_code == 400, "nor is it a place in the list of another business"


@pytest.mark.parametrize("changed", ["status=OPEN", "q=Carla", "platform=MESSENGER", "handler=HUMAN"])
def test_a_cursor_is_of_its_filters(
    owner: AgreeingClient, messenger: ChannelIntegration, changed: str
) -> None:
    rows.conversation(messenger)
    rows.conversation(messenger)
    cursor = owner.get("/api/conversations?limit=1").json()["nextCursor"]
    assert owner.get(f"/api/conversations?cursor={cursor}&{changed}").status_code == 400
    own = owner.get(f"/api/conversations?limit=1&{changed}").json()["nextCursor"]
    assert owner.get(f"/api/conversations?cursor={own}&{changed}&limit=200").status_code == 200


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


# Who asks is one statement; what else there is stands here.
STATEMENTS = {
    "/api/conversations": 2,
    "/api/conversations?unread=true&status=OPEN": 2,
    "/api/conversations?q=carla": 2,
    "/api/conversations/{conversation}/messages": 4,  # Is it ours, the page, what its messages reply to.
    "/api/integrations": 3,  # The page, the health of them all.
    "/api/webhook-events": 2,
    "/api/webhook-events?state=failed": 2,
    "/api/api-keys": 2,
    "/api/audit": 2,
}


@pytest.mark.parametrize("path", STATEMENTS)
def test_a_list_costs_the_same_whatever_it_holds(
    cast: Cast, owner: AgreeingClient, messenger: ChannelIntegration, path: str
) -> None:
    def statements() -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            assert owner.get(path.replace("{conversation}", str(row.pk))).status_code == 200
        return [query["sql"] for query in captured]

    row = rows.conversation(messenger)
    row_of_each_list(cast, row, messenger)
    one = statements()
    for platform in ("INSTAGRAM", "WHATSAPP"):
        rows.conversation(rows.connected(cast.business, platform))
    for _ in range(9):
        row_of_each_list(cast, row, messenger)
    many = statements()
    assert (len(one), len(many)) == (STATEMENTS[path], STATEMENTS[path]), "\n".join(many)
    assert "COUNT(" not in "".join(many).upper()
    if path != "/api/integrations":
        assert "access_token" not in "".join(many), "sealed columns stay in the table"


def row_of_each_list(cast: Cast, row: Conversation, integration: ChannelIntegration) -> None:
    """One more of whatever is listed."""
    rows.conversation(integration)
    rows.message(row, "More", reply_to_external_id=str(row.last_message and row.last_message.external_id))
    keys.make_key(cast.owner, name="Bot", kind="AI", scopes=[])
    event = WebhookEvent.objects.create(body=b"{}", state="failed")
    WebhookShare.objects.create(event=event, business=cast.business, integration=integration, state="failed")


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
