"""What waits in each lane, and the figures of it: for whoever may see them, at a cost that never grows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.checks import run_checks
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from backend.api.backlogs import LANES
from backend.lib.clock import now
from backend.receiving.models import EventState, SignatureRefusal, WebhookEvent
from tests.api import rows
from tests.api.agreeing import AgreeingClient
from tests.api.test_door_counters import figures
from tests.conftest import Cast

TOKEN = "a-token-of-the-one-who-scrapes"


@pytest.fixture
def production(settings: Any) -> None:
    settings.SANDBOX, settings.METRICS_TOKEN = False, TOKEN


def scraped(client: AgreeingClient) -> dict[str, float]:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    return figures(answer.content)


def waiting(at: datetime, seconds: float, **columns: Any) -> WebhookEvent:
    due = at - timedelta(seconds=seconds)
    return WebhookEvent.objects.create(body=b"{}", received_at=due, due_at=due, **columns)


# --- who may see them ---


@pytest.mark.django_db
@pytest.mark.parametrize(
    "given", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x", "Bearer é"]
)
def test_strangers_see_nothing(production: None, nobody: AgreeingClient, given: str) -> None:
    answer = nobody.get("/metrics", headers={"Authorization": given.encode().decode("latin-1")})
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
    assert b"gateway_" not in answer.content


def test_nor_does_a_member(production: None, owner: AgreeingClient) -> None:
    assert owner.get("/metrics").status_code == 401


@pytest.mark.django_db
def test_who_knows_the_token_does(production: None, nobody: AgreeingClient) -> None:
    answer = nobody.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    assert TOKEN.encode() not in answer.content


@pytest.mark.django_db
def test_without_a_token_it_is_closed_in_production(
    production: None, nobody: AgreeingClient, settings: Any
) -> None:
    settings.METRICS_TOKEN = ""
    for given in ("Bearer ", "Bearer x"):
        assert nobody.get("/metrics", headers={"Authorization": given}).status_code == 401
    settings.SANDBOX = True
    assert nobody.get("/metrics").status_code == 200
    settings.METRICS_TOKEN = TOKEN
    assert nobody.get("/metrics").status_code == 401


def test_a_short_token_is_refused_at_the_start(production: None, settings: Any) -> None:
    settings.METRICS_TOKEN = "short"
    assert any("METRICS_TOKEN" in message.msg for message in run_checks())
    settings.METRICS_TOKEN = ""
    assert not any("METRICS_TOKEN" in message.msg for message in run_checks())


# --- what they say ---


@pytest.mark.django_db
def test_the_inbox_tells_how_much_waits_and_how_long(nobody: AgreeingClient) -> None:
    present = now()
    waiting(present, 90)
    waiting(present, 5, state=EventState.FAILED)
    waiting(present, -60, state=EventState.FAILED)  # Its next try is in a minute.
    WebhookEvent.objects.create(body=b"{}", state=EventState.UNROUTED, due_at=None)
    found = scraped(nobody)
    assert found["gateway_lane_waiting['inbox']"] == 2
    assert 90 <= found["gateway_lane_oldest_seconds['inbox']"] < 100
    assert found["gateway_webhook_events['failed']"] == 2
    assert found["gateway_webhook_events['unrouted']"] == 1
    ready = nobody.get("/readyz").json()
    assert ready["ready"] is True, "a backlog alone never makes it fail"
    assert set(ready["lanes"]) == set(LANES)
    assert ready["lanes"]["inbox"]["waiting"] == 2
    assert ready["lanes"]["inbox"]["oldestSeconds"] >= 90
    assert ready["lanes"]["outbox"] == {"waiting": 0, "oldestSeconds": 0.0}


def test_integrations_and_refusals_are_counted(cast: Cast, nobody: AgreeingClient) -> None:
    rows.connected(cast.business)
    rows.connected(cast.rival)
    present = now()
    SignatureRefusal.objects.create(reason="no_signature", times=12, first_at=present, last_at=present)
    found = scraped(nobody)
    assert found["gateway_integrations['CONNECTED', 'MESSENGER']"] == 2
    assert found["gateway_signature_refusals_total['no_signature']"] == 12
    assert found["gateway_unreadable_keys"] == 0
    assert found["gateway_database_up"] == 1
    assert any(name.startswith("process_") for name in found)


@pytest.mark.django_db
def test_answers_of_the_api_are_counted(nobody: AgreeingClient) -> None:
    def count(found: dict[str, float]) -> float:
        return found.get("gateway_api_requests_total['404', 'GET']", 0)

    before = scraped(nobody)
    nobody.get("/api/nothing")
    nobody.generic("BREW", "/api/nothing")
    after = scraped(nobody)
    assert count(after) == count(before) + 1
    assert after["gateway_api_seconds_count"] == before["gateway_api_seconds_count"] + 3
    assert not any("BREW" in name for name in after), "whatever is sent, there are only so many series"


# --- what they cost ---


@pytest.mark.django_db
def test_looking_costs_the_same_whatever_waits(nobody: AgreeingClient) -> None:
    def statements(path: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert nobody.get(path).status_code == 200
        assert all(" LIMIT " in each["sql"] for each in captured if "COUNT(*)" in each["sql"]), (
            "counts have an end"
        )
        return len(captured)

    few = [statements(path) for path in ("/metrics", "/readyz")]
    WebhookEvent.objects.bulk_create([WebhookEvent(body=b"{}") for _ in range(50)])
    assert [statements(path) for path in ("/metrics", "/readyz")] == few


@pytest.mark.django_db
def test_without_a_database_the_process_tells_of_itself(nobody: AgreeingClient) -> None:
    with _away():
        found = scraped(nobody)
        ready = nobody.get("/readyz")
    assert found["gateway_database_up"] == 0
    assert "gateway_door_stored_total" in found
    assert "gateway_lane_waiting['inbox']" not in found
    assert (ready.status_code, ready.json()["code"], ready.json()["ready"]) == (
        503,
        "service_unavailable",
        False,
    )


def _away() -> Any:
    def refuse(*_args: Any) -> Iterator[None]:
        raise OperationalError("the database is away")

    return connection.execute_wrapper(refuse)
