"""A connected account stays connected for years, or says in time that it will not."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from backend.businesses.audit import Action
from backend.businesses.trail import AuditEntry
from backend.connecting import token_life
from backend.connecting.models import Watch
from backend.connecting.watch import CLAIM_FOR
from backend.feed.models import FeedEntry
from backend.integrations.models import ChannelIntegration
from backend.lib.clock import now
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


@pytest.mark.parametrize("platform", ["INSTAGRAM", "MESSENGER"])
def test_a_page_outlives_the_login_behind_it(
    owner: Desk, phone: Phone, work: Work, moved_clock: Work, platform: str
) -> None:
    """Meta is away for two months: the login is over, the Page's own token is not, and messages go on."""
    owner.connect(platform)
    phone.post("/sim/faults", graph={"outage": True})
    pass_days(phone, moved_clock, 61)
    phone.post("/sim/faults")
    pass_days(phone, moved_clock, 1)
    row = owner.integration(platform)
    assert (row["status"], row["health"], row["lastErrorCode"]) == ("CONNECTED", "degraded", "login_valid")
    assert row["lastErrorResolution"]
    phone.write(platform, "still there?")
    work()
    owner.reply(owner.conversations()[0], "always")
    work()
    assert [item["text"] for item in phone.outbox(platform)] == ["always"]
    assert owner.connect(platform)["integration"]["health"] == "degraded"  # Mock: changes nothing.


def test_a_number_whose_token_died_waits_for_a_reconnect_and_keeps_what_is_written(
    owner: Desk, phone: Phone, work: Work, moved_clock: Work
) -> None:
    owner.connect("WHATSAPP")
    phone.post("/sim/faults", graph={"outage": True})
    pass_days(phone, moved_clock, 61)
    phone.post("/sim/faults")
    pass_days(phone, moved_clock, 1)
    assert owner.integration("WHATSAPP")["status"] == "ERROR"
    phone.write("WHATSAPP", "is this stored?")
    work()
    assert owner.conversations()[0]["lastMessage"]["text"] == "is this stored?"


def test_two_refreshers_at_once_renew_each_account_once(owner: Desk, phone: Phone, moved_clock: Work) -> None:
    for platform in PLATFORMS:
        owner.connect(platform)
    Watch.objects.update(renew_at=now() - timedelta(minutes=1), claimed_until=None)
    together = threading.Barrier(2)

    def refresh() -> None:
        together.wait(10)
        try:
            token_life.drain()
        finally:
            connection.close()

    threads = [threading.Thread(target=refresh) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    renewed = AuditEntry.objects.filter(action=Action.TOKEN_REFRESHED)
    assert sorted(str(entry.target_id) for entry in renewed) == sorted(
        str(pk) for pk in ChannelIntegration.objects.values_list("pk", flat=True)
    )
    assert not Watch.objects.filter(claimed_until__isnull=False).exists()


def test_a_refresher_that_is_killed_is_followed_by_another(
    owner: Desk, phone: Phone, moved_clock: Work
) -> None:
    """Its claim runs out: nothing waits for ever."""
    owner.connect("WHATSAPP")
    Watch.objects.update(renew_at=now() - timedelta(minutes=1), claimed_until=now() + CLAIM_FOR)
    token_life.drain()
    assert not AuditEntry.objects.filter(action=Action.TOKEN_REFRESHED).exists()
    phone.post("/sim/clock", advanceSeconds=int(CLAIM_FOR.total_seconds()) + 1)
    moved_clock()
    token_life.drain()
    assert AuditEntry.objects.filter(action=Action.TOKEN_REFRESHED).count() == 1
