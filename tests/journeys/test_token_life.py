"""A connected account stays connected for years, or says in time that it will not."""

from __future__ import annotations

from typing import Any

import pytest

from backend.connecting import token_life
from backend.feed.models import FeedEntry
from backend.integrations.models import ChannelIntegration
from backend.platforms.registry import PLATFORMS
from tests.journeys.conftest import Desk, Phone, Work

DAY = 86_400
every_platform = pytest.mark.parametrize("platform", sorted(PLATFORMS))


def pass_days(phone: Phone, moved_clock: Work, days: int) -> None:
    """Day by day, as the lane would live through them."""
    for _ in range(days):
        phone.post("/sim/clock", advanceSeconds=DAY)
        moved_clock()
        token_life.drain()


@every_platform
@pytest.mark.parametrize("days", [70, pytest.param(400, marks=pytest.mark.long)])
def test_after_its_token_should_have_died_it_still_works(
    owner: Desk, phone: Phone, work: Work, moved_clock: Work, platform: str, days: int
) -> None:
    owner.connect(platform)
    first = ChannelIntegration.objects.get().access_token
    pass_days(phone, moved_clock, days)
    row = owner.integration(platform)
    assert (row["status"], row["health"], row["lastError"]) == ("CONNECTED", "ok", None)
    assert ChannelIntegration.objects.get().access_token != first
    phone.write(platform, "still there?")
    work()
    owner.reply(owner.conversations()[0], "always")
    work()
    assert [item["text"] for item in phone.outbox(platform)] == ["always"]
    assert not FeedEntry.objects.filter(type="integration.expiring").exists()


def test_a_blip_changes_nothing(owner: Desk, phone: Phone, moved_clock: Work) -> None:
    owner.connect("WHATSAPP")
    phone.post("/sim/faults", graph={"outage": True})
    pass_days(phone, moved_clock, 35)
    row = owner.integration("WHATSAPP")
    assert (row["status"], row["lastError"]) == ("CONNECTED", None)
    phone.post("/sim/faults")
    pass_days(phone, moved_clock, 2)
    assert owner.integration("WHATSAPP")["tokenExpiresAt"] > row["tokenExpiresAt"]


def test_what_cannot_be_renewed_is_said_in_time(
    owner: Desk, phone: Phone, moved_clock: Work, settings: Any, mailoutbox: list[Any]
) -> None:
    settings.NOTICE_EMAILS = True
    owner.connect("WHATSAPP")
    phone.post("/sim/faults", graph={"outage": True})
    pass_days(phone, moved_clock, 59)
    told = FeedEntry.objects.filter(type="integration.expiring").order_by("id")
    assert [entry.data["days"] for entry in told] == [14, 7, 3, 1]
    assert len(mailoutbox) == 4
    assert sorted(mailoutbox[0].to) == ["admin@demo.test", "owner@demo.test"]
    assert "WhatsApp" in mailoutbox[0].subject


def test_a_dead_token_is_noticed_without_a_message(owner: Desk, phone: Phone, moved_clock: Work) -> None:
    owner.connect("MESSENGER")
    phone.post("/sim/faults", graph={"expireTokens": True})
    pass_days(phone, moved_clock, 1)
    row = owner.integration("MESSENGER")
    assert (row["status"], row["health"]) == ("ERROR", "reconnect")
    health = owner.get(f"/api/integrations/{row['id']}/health")
    assert health["state"] == "reconnect"
    failed = [check for check in health["checks"] if not check["ok"]]
    assert failed[0]["code"] == "token_valid"
    assert failed[0]["resolution"]
    assert failed[0]["at"].endswith("Z")


def test_a_lost_subscription_is_made_again(owner: Desk, phone: Phone, work: Work, moved_clock: Work) -> None:
    page = owner.connect("MESSENGER")["integration"]["platformAccountId"]
    token = next(each for each in phone.world()["pages"] if each["id"] == page)["accessToken"]
    assert phone.http.delete(f"/{page}/subscribed_apps", params={"access_token": token}).is_success
    pass_days(phone, moved_clock, 1)
    checks = owner.get(f"/api/integrations/{owner.integration('MESSENGER')['id']}/health")["checks"]
    assert all(check["ok"] for check in checks)
    phone.write("MESSENGER", "heard again", accountId=page)
    work()
    assert owner.conversations()[0]["lastMessage"]["text"] == "heard again"
