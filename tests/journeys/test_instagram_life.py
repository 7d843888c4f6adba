"""An account that came by Instagram Login, after it is connected: messages, tokens, tests, and its end."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from backend.connecting.models import Consent
from backend.feed.models import FeedEntry
from backend.integrations.models import ChannelIntegration
from backend.lib.clock import now
from backend.receiving import erasing
from backend.receiving.models import WebhookEvent
from tests.journeys.conftest import Desk, Phone, Work
from tests.journeys.test_instagram_login import connected, lone, subscribed, talk
from tests.journeys.test_token_life import DAY, pass_days


@pytest.fixture
def account(owner: Desk, phone: Phone) -> dict[str, Any]:
    """An account without a Page, connected."""
    found = lone(phone)
    connected(owner, phone, found)
    return found


def path_of(owner: Desk) -> str:
    return f"/api/integrations/{owner.integration('INSTAGRAM')['id']}"


def failing(owner: Desk) -> list[str]:
    tested = owner.post(f"{path_of(owner)}/test")
    return [check["code"] for check in tested["checks"] if not check["ok"]]


# ---- receiving


@pytest.mark.parametrize("signer", ["instagram", "meta"])
@pytest.mark.parametrize("name", ["id", "appScopedId"])
def test_a_delivery_names_the_account_by_either_id_signed_by_either_app(
    owner: Desk, phone: Phone, work: Work, account: dict[str, Any], signer: str, name: str
) -> None:
    talk(owner, phone, work, account, "first")
    [before] = owner.conversations()
    phone.post("/sim/raw", signer=signer, body=delivery(account[name], before["contact"]["externalId"]))
    work()
    [after] = owner.conversations()
    assert after["id"] == before["id"]
    assert [message["text"] for message in owner.messages(after)][-1] == "by this id"
    [event] = [e for e in owner.get("/api/webhook-events")["webhookEvents"] if "m-raw" in json.dumps(e)]
    assert event["state"] == "done"


def delivery(entry_id: str, customer: str) -> dict[str, Any]:
    at = int(now().timestamp() * 1000)
    message = {"mid": "m-raw", "text": "by this id"}
    item = {"sender": {"id": customer}, "recipient": {"id": entry_id}, "timestamp": at, "message": message}
    return {"object": "instagram", "entry": [{"id": entry_id, "time": at, "messaging": [item]}]}


def test_an_erased_person_leaves_what_names_the_account_by_its_second_id(
    owner: Desk, phone: Phone, work: Work, account: dict[str, Any]
) -> None:
    talk(owner, phone, work, account, "first")
    [conversation] = owner.conversations()
    customer = conversation["contact"]["externalId"]
    body = delivery(account["appScopedId"], customer)
    phone.post("/sim/raw", signer="instagram", body=body)
    work()
    owner.delete(f"/api/contacts/{conversation['contact']['id']}")
    while erasing.drain():
        pass
    phone.post("/sim/raw", signer="instagram", body=body)
    work()
    stored = b"".join(bytes(body) for body in WebhookEvent.objects.values_list("body", flat=True))
    assert customer.encode() not in stored
    assert owner.conversations() == []


# ---- the life of its token


@pytest.mark.parametrize("days", [30, 59, 61, pytest.param(400, marks=pytest.mark.long)])
def test_it_stays_connected(
    owner: Desk, phone: Phone, work: Work, moved_clock: Work, account: dict[str, Any], days: int
) -> None:
    pass_days(phone, moved_clock, days)
    row = owner.integration("INSTAGRAM")
    assert (row["status"], row["health"], row["lastError"]) == ("CONNECTED", "ok", None)
    talk(owner, phone, work, account, "still there?")
    assert not FeedEntry.objects.filter(type="integration.expiring").exists()


def test_it_is_renewed_at_half_of_its_life(
    owner: Desk, phone: Phone, moved_clock: Work, account: dict[str, Any]
) -> None:
    first = owner.integration("INSTAGRAM")["tokenExpiresAt"]
    pass_days(phone, moved_clock, 26)
    assert owner.integration("INSTAGRAM")["tokenExpiresAt"] == first
    pass_days(phone, moved_clock, 8)
    assert owner.integration("INSTAGRAM")["tokenExpiresAt"] > first


@pytest.mark.parametrize("days", [59, 61])
def test_without_a_renewal_it_dies_after_sixty_days(
    owner: Desk, phone: Phone, moved_clock: Work, account: dict[str, Any], days: int
) -> None:
    phone.post("/sim/clock", advanceSeconds=days * DAY)  # Nobody worked meanwhile.
    moved_clock()
    if days < 60:
        assert owner.post(f"{path_of(owner)}/refresh")["expiresAt"]
        return
    assert owner.post(f"{path_of(owner)}/refresh", expect=409)["code"] == "reconnect_required"
    row = owner.integration("INSTAGRAM")
    assert (row["status"], row["health"], row["lastErrorCode"]) == (
        "ERROR",
        "reconnect",
        "reconnect_required",
    )
    assert connected(owner, phone, account)["status"] == "CONNECTED"
    assert owner.integration("INSTAGRAM")["health"] == "ok"


def test_its_end_is_told_in_time(
    owner: Desk, phone: Phone, moved_clock: Work, account: dict[str, Any]
) -> None:
    phone.post("/sim/faults", graph={"outage": True})
    pass_days(phone, moved_clock, 59)
    told = FeedEntry.objects.filter(type="integration.expiring").order_by("id")
    assert [entry.data["days"] for entry in told] == [14, 7, 3, 1]


def test_a_token_of_today_is_fresh_and_one_of_yesterday_is_renewed(
    owner: Desk, phone: Phone, moved_clock: Work, account: dict[str, Any]
) -> None:
    before = owner.integration("INSTAGRAM")
    kept = ChannelIntegration.objects.get().access_token
    answer = owner.post(f"{path_of(owner)}/refresh")
    assert (answer["success"], answer["expiresAt"]) == (True, before["tokenExpiresAt"])
    tomorrow = datetime.fromisoformat(before["tokenExpiresAt"]) - timedelta(days=59)
    assert "fresh" in answer["message"]
    assert f"{tomorrow:%d %B %Y}" in answer["message"]
    assert ChannelIntegration.objects.get().access_token == kept
    assert owner.integration("INSTAGRAM")["lastError"] is None

    phone.post("/sim/clock", advanceSeconds=DAY + 600)
    moved_clock()
    answer = owner.post(f"{path_of(owner)}/refresh")
    assert answer["message"] == "Token refreshed successfully"
    assert answer["expiresAt"] > before["tokenExpiresAt"]
    assert ChannelIntegration.objects.get().access_token != kept


def test_a_dead_token_is_never_called_fresh(
    owner: Desk, phone: Phone, work: Work, account: dict[str, Any]
) -> None:
    talk(owner, phone, work, account, "hello")
    phone.post("/sim/faults", graph={"expireTokens": True})
    owner.reply(owner.conversations()[0], "are you there?")
    work()
    assert owner.integration("INSTAGRAM")["status"] == "ERROR"
    assert owner.post(f"{path_of(owner)}/refresh", expect=409)["code"] == "reconnect_required"


# ---- how it stands


def test_a_test_finds_nothing_wrong(owner: Desk, phone: Phone, account: dict[str, Any]) -> None:
    tested = owner.post(f"{path_of(owner)}/test")
    assert (tested["success"], tested["message"]) == (True, "Connection test successful")
    assert tested["details"] == {
        "platform": "INSTAGRAM",
        "accountName": account["name"],
        "webhookActive": True,
        "tokenValid": True,
    }


@pytest.mark.parametrize(
    ("change", "failed"),
    [("forbidMessageAccess", ["message_access"]), ("becomePersonal", ["account_reachable"])],
)
def test_what_its_owner_changed_is_told_apart(
    owner: Desk, phone: Phone, account: dict[str, Any], change: str, failed: list[str]
) -> None:
    phone.post("/sim/people", change=change, instagramId=account["id"])
    assert failing(owner) == failed
    health = owner.get(f"{path_of(owner)}/health")
    assert health["state"] == "degraded"
    assert all(check["resolution"] for check in health["checks"] if not check["ok"])


def test_a_permission_that_was_taken_back_is_named(
    owner: Desk, phone: Phone, account: dict[str, Any]
) -> None:
    missing = "instagram_business_manage_messages"
    phone.post("/sim/people", change="untickPermissions", instagramId=account["id"], permissions=[missing])
    tested = owner.post(f"{path_of(owner)}/test")
    [found] = [check for check in tested["checks"] if check["code"] == "permissions_granted"]
    assert (found["ok"], missing in found["message"]) == (False, True)


def test_a_lost_subscription_is_made_again(
    owner: Desk, phone: Phone, work: Work, moved_clock: Work, account: dict[str, Any]
) -> None:
    edge = f"/instagram/graph-host/{account['id']}/subscribed_apps"
    phone.http.delete(edge, params={"access_token": account["accessToken"]})
    pass_days(phone, moved_clock, 1)
    assert owner.integration("INSTAGRAM")["health"] == "ok"
    talk(owner, phone, work, account, "heard again")


# ---- its end


def test_disconnecting_tells_instagram(
    owner: Desk, phone: Phone, work: Work, account: dict[str, Any]
) -> None:
    talk(owner, phone, work, account, "hello")
    owner.delete(path_of(owner))
    row = owner.integration("INSTAGRAM")
    assert (row["status"], row["accessToken"], row["tokenExpiresAt"]) == ("DISCONNECTED", None, None)
    assert subscribed(phone, account) == []
    assert owner.reply(owner.conversations()[0], "anyone?", 409)["code"] == "not_connected"
    again = connected(owner, phone, account)
    assert again["id"] == row["id"]
    talk(owner, phone, work, account, "back again")
    assert len(owner.conversations()) == 1


def test_the_app_is_removed_in_instagram(
    owner: Desk, phone: Phone, work: Work, account: dict[str, Any]
) -> None:
    assert Consent.objects.get().user_id == account["appScopedId"]
    assert phone.post("/sim/people", change="removeApp", instagramId=account["id"])["status"] == 200
    row = owner.integration("INSTAGRAM")
    assert (row["status"], row["lastErrorCode"], row["accessToken"]) == ("ERROR", "reconnect_required", None)
    connected(owner, phone, account)
    talk(owner, phone, work, account, "back again")


def test_the_account_asks_to_be_forgotten(
    owner: Desk, rival: Desk, phone: Phone, account: dict[str, Any]
) -> None:
    rival.connect("INSTAGRAM", login="instagram")
    answered = phone.post("/sim/people", change="requestDeletion", instagramId=account["id"])
    assert answered["status"] == 200
    row = owner.integration("INSTAGRAM")
    assert (row["status"], row["accessToken"], row["webhookSecret"]) == ("DISCONNECTED", None, None)
    assert rival.integration("INSTAGRAM")["status"] == "CONNECTED"
    assert subscribed(phone, account) == []
    assert not ChannelIntegration.objects.filter(app_scoped_id=account["appScopedId"]).exists()
    assert not Consent.objects.filter(user_id=account["appScopedId"]).exists()
    page = APIClient().get(json.loads(answered["response"])["url"].removeprefix("http://localhost:8000"))
    assert "Your data was deleted." in page.content.decode()


def test_who_leaves_at_facebook_has_not_left_here(owner: Desk, phone: Phone, work: Work) -> None:
    row = owner.connect("INSTAGRAM", login="instagram")["integration"]
    phone.post("/sim/remove-app", userId=phone.world()["users"][0]["id"])
    assert owner.integration("INSTAGRAM")["status"] == "CONNECTED"
    talk(owner, phone, work, {"id": row["platformAccountId"]}, "still here")
