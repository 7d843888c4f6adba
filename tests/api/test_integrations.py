"""The settings page: what is shown of integrations, and what is never shown."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.integrations import vault
from backend.integrations.models import ChannelIntegration
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
    assert messenger["capabilities"]["messageTypes"] == ["TEXT", "MEDIA", "INTERACTIVE"]
    assert messenger["capabilities"]["interactive"]["QUICK_REPLIES"]["most"] == 13
    assert messenger["capabilities"]["media"]["IMAGE"]["maxBytes"] == 25 * 1024 * 1024


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


def test_instagram_can_be_connected_by_two_logins(cast: Cast, owner: AgreeingClient, settings: Any) -> None:
    platforms = owner.get("/api/integrations").json()["platforms"]
    by_page, by_itself = platforms["INSTAGRAM"]["logins"]
    assert (platforms["INSTAGRAM"]["login"], by_page["login"], by_itself["login"]) == (
        "facebook",
        "facebook",
        "instagram",
    )
    assert by_page["requirements"] == platforms["INSTAGRAM"]["requirements"]
    assert by_itself["requiredPermissions"] == [
        "instagram_business_basic",
        "instagram_business_manage_messages",
    ]
    assert not [words for words in by_itself["requirements"] if "Page" in words]
    assert [each["login"] for each in platforms["MESSENGER"]["logins"]] == ["facebook"]
    settings.INSTAGRAM_APP_ID = ""
    again = owner.get("/api/integrations").json()["platforms"]["INSTAGRAM"]
    assert (again["configured"], [each["configured"] for each in again["logins"]]) == (True, [True, False])


@pytest.mark.parametrize(
    ("platform", "login"), [("INSTAGRAM", "google"), ("INSTAGRAM", None), ("MESSENGER", "instagram")]
)
def test_a_login_that_is_not_offered_is_a_fault_of_its_field(
    cast: Cast, owner: AgreeingClient, platform: str, login: str | None
) -> None:
    body = {"platform": platform, "login": login}
    refused = owner.post("/api/integrations/connect", body, format="json")
    assert (refused.status_code, refused.json()["code"]) == (400, "validation_error")
    assert refused.json()["fields"]["login"]


def test_a_login_that_is_not_set_up_names_what_the_operator_has_to_set(
    cast: Cast, owner: AgreeingClient, settings: Any
) -> None:
    settings.INSTAGRAM_APP_SECRET = ""
    body = {"platform": "INSTAGRAM", "login": "instagram"}
    refused = owner.post("/api/integrations/connect", body, format="json")
    assert (refused.status_code, refused.json()["code"]) == (409, "platform_not_configured")
    assert "INSTAGRAM_APP_SECRET" in refused.json()["resolution"]
