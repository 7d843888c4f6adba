"""What is wrong is told apart: each fault has a check of its own, says what it is, and what to do and where."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from backend.connecting import token_life
from backend.feed.models import FeedEntry
from backend.integrations.models import ChannelIntegration, PersonChanged
from backend.platforms.registry import PLATFORMS
from backend.receiving.models import EventState, WebhookEvent
from tests.journeys.conftest import Desk, Phone, Work
from tests.journeys.test_token_life import DAY, pass_days

HOUR = 3_600
PAGE_PLATFORMS = ("INSTAGRAM", "MESSENGER")


def look_at(desk: Desk, platform: str) -> Any:
    return desk.post(f"/api/integrations/{desk.integration(platform)['id']}/test")


def failing(answer: Any) -> dict[str, Any]:
    """The checks that fail, by their code."""
    return {check["code"]: check for check in answer["checks"] if not check["ok"]}


def page_of(phone: Phone, desk: Desk, platform: str) -> dict[str, Any]:
    page_id = desk.integration(platform)["platformPageId"]
    page: dict[str, Any] = next(page for page in phone.world()["pages"] if page["id"] == page_id)
    return page


def person_behind(desk: Desk, platform: str) -> str:
    row = ChannelIntegration.objects.select_related("consent").get(platform=platform)
    return row.consent.user_id


@pytest.mark.parametrize("platform", sorted(PLATFORMS))
def test_where_all_is_well_everything_is_well(owner: Desk, phone: Phone, work: Work, platform: str) -> None:
    owner.connect(platform)
    phone.write(platform, "hello")
    work()
    answer = look_at(owner, platform)
    assert (answer["success"], failing(answer)) == (True, {})
    codes = [check["code"] for check in answer["checks"]]
    assert len(codes) == len(set(codes))
    assert {"webhooks_arrive", "app_webhook_address", "app_webhook_fields"} <= set(codes)
    assert owner.integration(platform)["lastWebhookAt"]


@pytest.mark.parametrize("platform", PAGE_PLATFORMS)
def test_meta_tells_that_a_person_took_a_permission_back(
    owner: Desk, phone: Phone, work: Work, platform: str
) -> None:
    owner.connect(platform)
    person = person_behind(owner, platform)
    phone.post("/sim/people", change="untickPermissions", userId=person, permissions=["pages_messaging"])
    change = {"field": "pages_messaging", "value": {"verb": "revoked"}}
    entry = {"id": person, "uid": person, "time": 1_772_479_800, "changes": [change]}
    phone.post("/sim/raw", body={"object": "permissions", "entry": [entry]})
    work()
    assert owner.integration(platform)["health"] == "ok", "nobody has looked yet"
    token_life.drain()
    row = owner.integration(platform)
    assert (row["status"], row["health"], row["lastErrorCode"]) == (
        "CONNECTED",
        "degraded",
        "permissions_granted",
    )
    assert not PersonChanged.objects.exists()


def test_what_is_told_of_people_whom_nobody_knows(owner: Desk, phone: Phone, work: Work) -> None:
    owner.connect("MESSENGER")
    bodies: list[Any] = [
        {"object": "permissions", "entry": [{"id": "4711", "changes": [{"field": "connected"}]}]}
    ]
    bodies += [{"object": "permissions", "entry": [{"changes": [{"field": "connected"}]}, 3]}]
    for body in bodies:
        phone.post("/sim/raw", body=body)
    work()
    token_life.drain()
    assert owner.integration("MESSENGER")["health"] == "ok"
    assert set(WebhookEvent.objects.values_list("state", flat=True)) == {EventState.DONE}


def test_the_switch_in_the_instagram_app(owner: Desk, phone: Phone) -> None:
    owner.connect("INSTAGRAM")
    account = owner.integration("INSTAGRAM")["platformAccountId"]
    phone.post("/sim/people", change="forbidMessageAccess", instagramId=account)
    failed = failing(look_at(owner, "INSTAGRAM"))
    assert list(failed) == ["message_access"]
    assert "Allow access to messages" in failed["message_access"]["resolution"]
    row = owner.integration("INSTAGRAM")
    assert (row["status"], row["lastErrorCode"]) == ("CONNECTED", "message_access")
    phone.post("/sim/people", change="allowMessageAccess", instagramId=account)
    assert look_at(owner, "INSTAGRAM")["success"]
    assert owner.integration("INSTAGRAM")["health"] == "ok"


def test_a_page_that_was_unlinked(owner: Desk, phone: Phone) -> None:
    owner.connect("INSTAGRAM")
    phone.post("/sim/people", change="unlinkInstagram", pageId=page_of(phone, owner, "INSTAGRAM")["id"])
    failed = failing(look_at(owner, "INSTAGRAM"))
    assert "account_linked" in failed
    assert "Link the Instagram account" in failed["account_linked"]["resolution"]
    assert owner.integration("INSTAGRAM")["status"] == "CONNECTED"


@pytest.mark.parametrize("platform", PAGE_PLATFORMS)
def test_missing_advanced_access(owner: Desk, phone: Phone, work: Work, platform: str) -> None:
    owner.connect(platform)
    phone.write(platform, "hello")
    work()
    phone.post("/sim/app", standardAccess=["pages_messaging", "instagram_manage_messages"])
    failed = failing(look_at(owner, platform))
    assert list(failed) == ["advanced_access"]
    assert "Standard Access" in failed["advanced_access"]["message"]
    assert "App Review" in failed["advanced_access"]["resolution"]


@pytest.mark.parametrize("platform", PAGE_PLATFORMS)
def test_an_app_in_development_mode_is_seen_by_its_silence(
    owner: Desk, phone: Phone, work: Work, moved_clock: Work, platform: str
) -> None:
    """Nothing at Meta tells the mode of an app, so that it can only be named as a cause."""
    owner.connect(platform)
    phone.write(platform, "heard")
    work()
    phone.post("/sim/clock", advanceSeconds=DAY)
    phone.post("/sim/app", developmentMode=True)
    phone.write(platform, "not heard")
    work()
    phone.post("/sim/clock", advanceSeconds=HOUR)
    moved_clock()
    failed = failing(look_at(owner, platform))
    assert list(failed) == ["webhooks_arrive"]
    assert "development mode" in failed["webhooks_arrive"]["resolution"]
    assert owner.integration(platform)["status"] == "CONNECTED"


@pytest.mark.parametrize("platform", sorted(PLATFORMS))
def test_a_webhook_that_points_elsewhere(owner: Desk, phone: Phone, platform: str) -> None:
    owner.connect(platform)
    words = PLATFORMS[platform].webhook_object
    phone.post("/sim/app", webhooks={words: {"callbackUrl": "https://old.example.test/hook?secret=abc"}})
    failed = failing(look_at(owner, platform))
    assert list(failed) == ["app_webhook_address"]
    assert "old.example.test/hook" in failed["app_webhook_address"]["message"]
    assert "abc" not in str(failed)
    phone.post("/sim/app", webhooks={words: {"active": False}})
    assert "switched off" in failing(look_at(owner, platform))["app_webhook_address"]["message"]


@pytest.mark.parametrize("platform", sorted(PLATFORMS))
def test_fields_that_the_app_lacks(owner: Desk, phone: Phone, platform: str) -> None:
    owner.connect(platform)
    phone.post("/sim/app", webhooks={PLATFORMS[platform].webhook_object: {"fields": ["messages"]}})
    failed = failing(look_at(owner, platform))
    assert list(failed) == ["app_webhook_fields"]
    assert "lack" in failed["app_webhook_fields"]["message"]


def test_a_number_whose_webhook_points_elsewhere(owner: Desk, phone: Phone) -> None:
    owner.connect("WHATSAPP")
    number = owner.integration("WHATSAPP")["metadata"]["phoneNumberId"]
    assert "own_webhook" in [check["code"] for check in look_at(owner, "WHATSAPP")["checks"]]
    elsewhere = "https://old.example.test/hook?token=abc"
    phone.post("/sim/whatsapp", change="number", phoneNumberId=number, webhookUrl=elsewhere)
    failed = failing(look_at(owner, "WHATSAPP"))
    assert list(failed) == ["own_webhook"]
    assert "old.example.test/hook" in failed["own_webhook"]["message"]
    assert "abc" not in str(failed)


def take_fields(phone: Phone, page: dict[str, Any], fields: str) -> None:
    params = {"access_token": page["accessToken"], "subscribed_fields": fields}
    assert phone.http.post(f"/{page['id']}/subscribed_apps", params=params).is_success


def test_fields_that_the_page_lacks_are_told_and_mended(owner: Desk, phone: Phone, moved_clock: Work) -> None:
    owner.connect("MESSENGER")
    page = page_of(phone, owner, "MESSENGER")
    take_fields(phone, page, "messages")
    failed = failing(look_at(owner, "MESSENGER"))
    assert list(failed) == ["webhook_fields"]
    assert "message_echoes" in failed["webhook_fields"]["message"]
    assert list(failing(look_at(owner, "MESSENGER"))) == ["webhook_fields"]  # A test changes nothing.
    pass_days(phone, moved_clock, 1)
    assert look_at(owner, "MESSENGER")["success"]
    assert owner.integration("MESSENGER")["lastError"] is None


@pytest.mark.parametrize(
    "spoil",
    [
        lambda phone, row: phone.post(
            "/sim/app", webhooks={"page": {"callbackUrl": "https://old.example.test/"}}
        ),
        lambda phone, row: phone.post("/sim/people", change="unlinkInstagram", pageId=row["platformPageId"]),
        lambda phone, row: phone.post(
            "/sim/people", change="forbidMessageAccess", instagramId=row["platformAccountId"]
        ),
    ],
    ids=["address", "link", "switch"],
)
def test_the_daily_look_mends_subscriptions_and_nothing_else(
    owner: Desk, phone: Phone, moved_clock: Work, spoil: Callable[[Phone, Any], Any]
) -> None:
    owner.connect("INSTAGRAM")
    spoil(phone, owner.integration("INSTAGRAM"))
    before = phone.http.get("/sim/app").json(), phone.world()["pages"]
    pass_days(phone, moved_clock, 1)
    assert (phone.http.get("/sim/app").json(), phone.world()["pages"]) == before
    assert owner.integration("INSTAGRAM")["status"] == "CONNECTED"


@pytest.mark.parametrize("platform", sorted(PLATFORMS))
def test_a_blip_in_one_look_hides_no_other(
    owner: Desk, phone: Phone, moved_clock: Work, platform: str
) -> None:
    owner.connect(platform)
    calls = len(look_at(owner, platform)["checks"])
    for _ in range(calls):
        phone.post("/sim/faults", graph={"outage": 1})
        answer = look_at(owner, platform)
        assert not answer["success"]
        assert len(failing(answer)) <= 2
        assert sum(check["ok"] for check in answer["checks"]) >= calls - 3
        row = owner.integration(platform)
        assert (row["status"], row["lastError"]) == ("CONNECTED", None)
    phone.post("/sim/faults")
    assert look_at(owner, platform)["success"]


def test_data_access_that_ends_is_said_in_time(
    owner: Desk, phone: Phone, moved_clock: Work, settings: Any, mailoutbox: list[Any]
) -> None:
    settings.NOTICE_EMAILS = True
    owner.connect("MESSENGER")
    phone.post("/sim/people", change="stayAway", userId=person_behind(owner, "MESSENGER"), days=16)
    pass_days(phone, moved_clock, 17)
    told = FeedEntry.objects.filter(type="integration.expiring").order_by("id")
    assert [(entry.data["what"], entry.data["days"]) for entry in told] == [
        ("dataAccess", days) for days in (14, 7, 3, 1)
    ]
    assert len(mailoutbox) == 4
    assert "confirmed" in mailoutbox[0].subject
    failed = failing(look_at(owner, "MESSENGER"))
    assert list(failed) == ["data_access"]
    assert owner.integration("MESSENGER")["status"] == "CONNECTED"


def test_several_at_once_are_looked_after_like_one_by_one(
    owner: Desk, phone: Phone, moved_clock: Work
) -> None:
    for platform in PLATFORMS:
        owner.connect(platform)
    phone.post("/sim/clock", advanceSeconds=2 * DAY)
    moved_clock()
    token_life.drain(token_life.at_once)
    for platform in PLATFORMS:
        health = owner.get(f"/api/integrations/{owner.integration(platform)['id']}/health")
        assert health["state"] == "ok", health
        assert health["checks"]


def test_the_row_says_whether_webhooks_are_subscribed(owner: Desk, phone: Phone, moved_clock: Work) -> None:
    owner.connect("MESSENGER")
    page = page_of(phone, owner, "MESSENGER")
    params = {"access_token": page["accessToken"]}
    assert phone.http.delete(f"/{page['id']}/subscribed_apps", params=params).is_success
    assert list(failing(look_at(owner, "MESSENGER"))) == ["webhook_subscribed"]
    row = owner.integration("MESSENGER")
    assert (row["webhookSubscribed"], "webhooks" in row["features"]) == (False, False)
    pass_days(phone, moved_clock, 1)
    row = owner.integration("MESSENGER")
    assert (row["webhookSubscribed"], "webhooks" in row["features"]) == (True, True)


@pytest.mark.parametrize("path", ["/api/webhooks/meta/", "/api/webhooks/messenger/0193f2a1-3c55-7d0e-8a41"])
def test_any_address_of_ours_will_do(owner: Desk, phone: Phone, settings: Any, path: str) -> None:
    owner.connect("MESSENGER")
    phone.post("/sim/app", webhooks={"page": {"callbackUrl": f"{settings.PUBLIC_URL}{path}"}})
    assert look_at(owner, "MESSENGER")["success"]
