"""What the platforms delivered, as the business sees it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from backend.integrations.models import ChannelIntegration
from backend.lib.clock import now
from backend.receiving.models import WebhookEvent, WebhookShare
from tests.api import rows
from tests.api.agreeing import AgreeingClient
from tests.conftest import Cast

ITEM = {
    "kind": "message_received",
    "word": "",
    "external_id": "m_1",
    "detail": "",
    "error": "",
    "payload": None,
}


def share(integration: ChannelIntegration, state: str = "done", **item: Any) -> WebhookShare:
    event = WebhookEvent.objects.create(body=b"{}", state=state, processed_at=now() + timedelta(seconds=1))
    return WebhookShare.objects.create(
        event=event,
        business_id=integration.business_id,
        integration=integration,
        state=state,
        items=[{**ITEM, **item}],
    )


def test_a_business_sees_its_own_share(cast: Cast, owner: AgreeingClient) -> None:
    mine = share(rows.connected(cast.business))
    share(rows.connected(cast.rival), external_id="m_secret")
    answer = owner.get("/api/webhook-events")
    [event] = answer.json()["webhookEvents"]
    assert (event["id"], event["platform"], event["state"]) == (str(mine.pk), "MESSENGER", "done")
    assert event["items"] == [
        {
            "kind": "message_received",
            "word": "",
            "externalId": "m_1",
            "detail": "",
            "error": "",
            "payload": None,
        }
    ]
    assert "m_secret" not in answer.content.decode()


def test_events_are_filtered_by_state(cast: Cast, owner: AgreeingClient) -> None:
    integration = rows.connected(cast.business)
    share(integration)
    broken = share(integration, "failed", error="It raised.", payload={"mid": "m_1"})
    [event] = owner.get("/api/webhook-events?state=failed").json()["webhookEvents"]
    assert (event["id"], event["items"][0]["payload"]) == (str(broken.pk), {"mid": "m_1"})
    assert len(owner.get("/api/webhook-events?state=").json()["webhookEvents"]) == 2
    assert owner.get("/api/webhook-events?state=unrouted").json()["webhookEvents"] == []
    refused = owner.get("/api/webhook-events?state=lost")
    assert (refused.status_code, list(refused.json()["fields"])) == (400, ["state"])


def test_events_are_paged(cast: Cast, owner: AgreeingClient, django_assert_num_queries: Any) -> None:
    integration = rows.connected(cast.business)
    made = [str(share(integration).pk) for _ in range(5)]
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        with django_assert_num_queries(2):
            answer = owner.get(f"/api/webhook-events?limit=2&cursor={cursor}").json()
        seen += [event["id"] for event in answer["webhookEvents"]]
        cursor = answer["nextCursor"]
    assert seen == made[::-1]


@pytest.mark.parametrize("cursor", ["x", "1", "F" * 15, "0" * 16])
def test_a_strange_cursor_is_refused(owner: AgreeingClient, cursor: str) -> None:
    assert owner.get(f"/api/webhook-events?cursor={cursor}").status_code == 400


def test_one_is_processed_again(cast: Cast, owner: AgreeingClient) -> None:
    broken = share(rows.connected(cast.business), "failed", error="It raised.")
    answer = owner.post(f"/api/webhook-events/{broken.pk}/replay")
    assert (answer.status_code, answer.json()["webhookEvent"]["state"]) == (202, "received")
    broken.event.refresh_from_db()
    assert (broken.event.state, broken.event.attempts) == ("received", 0)
    assert broken.event.due_at
    [shown] = owner.get("/api/webhook-events?state=received").json()["webhookEvents"]
    assert shown["id"] == str(broken.pk)


def test_nobody_replays_what_is_another_business_s(
    cast: Cast, owner: AgreeingClient, agent: AgreeingClient
) -> None:
    theirs = share(rows.connected(cast.rival), "failed")
    assert owner.post(f"/api/webhook-events/{theirs.pk}/replay").status_code == 404
    for strange in ("0", "x", "9" * 30, "1.5", "-1", "%D9%A3"):
        assert owner.post(f"/api/webhook-events/{strange}/replay").status_code == 404
    assert agent.post(f"/api/webhook-events/{theirs.pk}/replay").json()["code"] == "role_required"
    assert agent.post("/api/webhook-events/replay", {"state": "failed"}).json()["code"] == "role_required"
    theirs.event.refresh_from_db()
    assert theirs.event.state == "failed"


def test_all_that_failed_is_processed_again(cast: Cast, owner: AgreeingClient) -> None:
    integration = rows.connected(cast.business)
    fine, broken = share(integration), share(integration, "failed")
    answer = owner.post("/api/webhook-events/replay", {"state": "failed"}, format="json")
    assert answer.status_code == 202
    assert answer.json() == {"success": True, "replayed": 1, "more": False}
    fine.event.refresh_from_db()
    broken.event.refresh_from_db()
    assert (fine.event.state, broken.event.state) == ("done", "received")


@pytest.mark.parametrize("body", [{}, {"state": "done"}, {"state": "failed", "all": True}])
def test_only_what_failed_is_replayed_in_bulk(owner: AgreeingClient, body: dict[str, Any]) -> None:
    answer = owner.post("/api/webhook-events/replay", body, format="json")
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")
