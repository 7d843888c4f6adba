"""What the platform says on a call, and what becomes of it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import httpx2

from backend.lib.clock import now
from tests.api import rows
from tests.api.agreeing import AgreeingClient
from tests.conftest import Cast


def shown(owner: AgreeingClient, path: str) -> Any:
    return owner.get(path).json()["integration"]


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
    assert shown(owner, f"/api/integrations/{integration.pk}")["health"] == "reconnect"


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
    one = shown(owner, f"/api/integrations/{integration.pk}")
    assert (one["status"], one["accessToken"], one["pageAccessToken"]) == ("DISCONNECTED", None, None)
    assert owner.delete(f"/api/integrations/{integration.pk}").status_code == 200
    refused = owner.post(f"/api/integrations/{integration.pk}/refresh")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_connected")
    accounts = owner.get(f"/api/integrations/{integration.pk}/accounts")
    assert (accounts.status_code, accounts.json()["code"]) == (409, "not_connected")
