"""The settings page: what is shown of integrations, and what is never shown."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.integrations import vault
from backend.integrations.models import ChannelIntegration
from backend.lib.clock import now
from backend.lib.crypto import new_key
from backend.lib.secret import MASK
from tests.api import rows
from tests.api.agreeing import AgreeingClient
from tests.conftest import Cast


def shown(owner: AgreeingClient, integration: ChannelIntegration) -> dict[str, Any]:
    answer: dict[str, Any] = owner.get(f"/api/integrations/{integration.pk}").json()["integration"]
    return answer


def test_the_list_holds_every_integration_and_every_platform(cast: Cast, owner: AgreeingClient) -> None:
    rows.connected(cast.business)
    rows.connected(cast.rival, "WHATSAPP")
    answer = owner.get("/api/integrations").json()
    assert [row["platform"] for row in answer["integrations"]] == ["MESSENGER"]
    assert set(answer["platforms"]) == {"INSTAGRAM", "MESSENGER", "WHATSAPP"}
    messenger = answer["platforms"]["MESSENGER"]
    assert messenger["requiredPermissions"] == [
        "pages_messaging",
        "pages_read_engagement",
        "pages_manage_metadata",
    ]
    assert (messenger["configured"], messenger["connectFlow"]) == (True, "mock")
    assert messenger["capabilities"]["messageTypes"] == ["TEXT"]


def test_no_token_leaves_by_any_field(cast: Cast, owner: AgreeingClient) -> None:
    integration = rows.connected(cast.business)
    for path in ("/api/integrations", f"/api/integrations/{integration.pk}"):
        text = owner.get(path).content.decode()
        assert rows.TOKEN not in text
        assert str(integration.access_token) not in text
    one = shown(owner, integration)
    assert (one["accessToken"], one["pageAccessToken"], one["webhookSecret"]) == (MASK, MASK, MASK)
    assert one["refreshToken"] is None


def test_times_are_utc_with_z(cast: Cast, owner: AgreeingClient) -> None:
    integration = rows.connected(cast.business, token_expires_at=datetime(2025, 8, 18, 10, 30, tzinfo=UTC))
    assert shown(owner, integration)["tokenExpiresAt"] == "2025-08-18T10:30:00Z"


@pytest.mark.parametrize(
    ("columns", "health"),
    [
        ({}, "ok"),
        ({"last_error": "Slow"}, "degraded"),
        ({"status": "ERROR", "last_error": "Dead"}, "reconnect"),
        ({"status": "DISCONNECTED"}, "disconnected"),
        ({"status": "PENDING"}, "disconnected"),
    ],
)
def test_health_is_one_word(cast: Cast, owner: AgreeingClient, columns: dict[str, str], health: str) -> None:
    integration = rows.connected(cast.business)
    ChannelIntegration.objects.update(**columns)
    assert shown(owner, integration)["health"] == health


def test_a_lost_key_is_a_state_not_a_crash(cast: Cast, owner: AgreeingClient, settings: Any) -> None:
    vault.plant_canaries()
    integration = rows.connected(cast.business)
    settings.ENCRYPTION_KEYS = f"k2:{new_key()}"
    assert shown(owner, integration)["health"] == "reconnect"
    assert owner.get("/readyz").json()["vault"] == "unreadable"
    refused = owner.post(f"/api/integrations/{integration.pk}/refresh")
    assert (refused.status_code, refused.json()["code"]) == (409, "secrets_unreadable")
    tested = owner.post(f"/api/integrations/{integration.pk}/test").json()
    assert (tested["success"], tested["checks"][0]["code"]) == (False, "secrets_unreadable")


def test_the_list_costs_the_same_for_one_and_for_three(cast: Cast, owner: AgreeingClient) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            owner.get("/api/integrations")
        return len(captured)

    rows.connected(cast.business)
    one = statements()
    rows.connected(cast.business, "INSTAGRAM")
    rows.connected(cast.business, "WHATSAPP")
    assert statements() == one <= 4


def test_a_new_webhook_secret_is_shown_once(cast: Cast, owner: AgreeingClient) -> None:
    integration = rows.connected(cast.business)
    answer = owner.post(f"/api/integrations/{integration.pk}/webhook-secret").json()
    integration.refresh_from_db()
    kept = vault.take(integration, "webhook_secret")
    assert kept is not None
    assert kept.reveal() == answer["webhookSecret"] != rows.TOKEN
    assert answer["webhookUrl"] == f"http://localhost:8000/api/webhooks/messenger/{integration.pk}"
    assert shown(owner, integration)["webhookSecret"] == MASK


def test_an_action_without_a_body_takes_none(cast: Cast, owner: AgreeingClient) -> None:
    integration = rows.connected(cast.business)
    answer = owner.post(
        f"/api/integrations/{integration.pk}/webhook-secret", {"secret": "mine"}, format="json"
    )
    assert (answer.status_code, answer.json()["fields"]) == (
        400,
        {"secret": ["This field is not known here."]},
    )


def platform_answers(status: int, body: dict[str, Any]) -> httpx2.MockTransport:
    return httpx2.MockTransport(lambda request: httpx2.Response(status, json=body))


DEAD = {
    "error": {
        "message": "Error validating access token",
        "type": "OAuthException",
        "code": 190,
        "error_subcode": 460,
        "fbtrace_id": "AbC",
    }
}
AWAY = {"error": {"message": "Service temporarily unavailable", "type": "OAuthException", "code": 2}}


def test_what_the_platform_said_rides_along(cast: Cast, owner: AgreeingClient, settings: Any) -> None:
    settings.META_TRANSPORT = platform_answers(400, DEAD)
    integration = rows.connected(cast.business, token_expires_at=now() + timedelta(days=30))
    answer = owner.post(f"/api/integrations/{integration.pk}/refresh")
    body = answer.json()
    assert (answer.status_code, body["code"]) == (409, "reconnect_required")
    assert (body["platformCode"], body["platformSubcode"], body["traceId"]) == (190, 460, "AbC")
    assert rows.TOKEN not in json.dumps(body)
    assert shown(owner, integration)["health"] == "reconnect"


def test_a_platform_that_is_away_is_503(cast: Cast, owner: AgreeingClient, settings: Any) -> None:
    settings.META_TRANSPORT = platform_answers(503, AWAY)
    integration = rows.connected(cast.business, token_expires_at=now() + timedelta(days=30))
    answer = owner.post(f"/api/integrations/{integration.pk}/refresh")
    assert (answer.status_code, answer.json()["code"]) == (503, "platform_unavailable")
    assert int(answer.headers["Retry-After"]) >= 1


def test_a_failing_test_answers_200(cast: Cast, owner: AgreeingClient, settings: Any) -> None:
    settings.META_TRANSPORT = platform_answers(400, DEAD)
    integration = rows.connected(cast.business)
    answer = owner.post(f"/api/integrations/{integration.pk}/test")
    assert answer.status_code == 200
    body = answer.json()
    assert body["success"] is False
    assert body["details"] == {
        "platform": "MESSENGER",
        "accountName": "My shop",
        "webhookActive": False,
        "tokenValid": False,
    }
    assert any(not check["ok"] and check["resolution"] for check in body["checks"])


def test_disconnecting_keeps_the_row_without_its_tokens(
    cast: Cast, owner: AgreeingClient, settings: Any
) -> None:
    settings.META_TRANSPORT = platform_answers(200, {"success": True})
    integration = rows.connected(cast.business)
    answer = owner.delete(f"/api/integrations/{integration.pk}")
    assert answer.json() == {"success": True, "message": "Integration disconnected successfully"}
    one = shown(owner, integration)
    assert (one["status"], one["accessToken"], one["pageAccessToken"]) == ("DISCONNECTED", None, None)
    assert owner.delete(f"/api/integrations/{integration.pk}").status_code == 200
    refused = owner.post(f"/api/integrations/{integration.pk}/refresh")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_connected")
    accounts = owner.get(f"/api/integrations/{integration.pk}/accounts")
    assert (accounts.status_code, accounts.json()["code"]) == (409, "not_connected")


def test_outside_the_sandbox_there_is_no_mock(cast: Cast, owner: AgreeingClient, settings: Any) -> None:
    settings.SANDBOX = False
    assert owner.get("/api/integrations").json()["platforms"]["INSTAGRAM"]["connectFlow"] == "oauth"
    body = {"platform": "INSTAGRAM", "flow": "mock"}
    refused = owner.post("/api/integrations/connect", body, format="json")
    assert (refused.status_code, refused.json()["code"]) == (409, "mock_not_allowed")
    begun = owner.post("/api/integrations/connect", {"platform": "INSTAGRAM"}, format="json").json()
    assert begun["integration"]["status"] == "PENDING"
    assert begun["authorizationUrl"].startswith("http")


def test_a_platform_that_is_not_set_up_is_said(cast: Cast, owner: AgreeingClient, settings: Any) -> None:
    settings.META_APP_ID = ""
    assert owner.get("/api/integrations").json()["platforms"]["WHATSAPP"]["configured"] is False
    refused = owner.post("/api/integrations/connect", {"platform": "WHATSAPP"}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (409, "platform_not_configured")
