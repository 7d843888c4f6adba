"""What is old goes, in small batches; what is not, and what people still wait for, stays."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.businesses import logins
from backend.businesses.models import RefreshToken
from backend.config.retention import Retention, event_limits
from backend.conversations.models import Message, Submission
from backend.engine.trimming import BATCH
from backend.feed.models import FeedEntry
from backend.integrations.models import ChannelIntegration
from backend.lib.clock import now
from backend.receiving import retention
from backend.receiving.models import AwaitedAccount, EventState, WebhookEvent, WebhookShare
from tests.api import rows
from tests.conftest import Cast


@pytest.fixture
def page(cast: Cast) -> ChannelIntegration:
    return rows.connected(cast.business)


def event(
    page: ChannelIntegration, days: float, state: str = EventState.DONE, **columns: Any
) -> WebhookEvent:
    """A delivery that came so many days ago, with a share."""
    columns = {"due_at": None, **columns}
    made = WebhookEvent.objects.create(
        body=b"{}", state=state, received_at=now() - timedelta(days=days), **columns
    )
    WebhookShare.objects.create(event=made, business_id=page.business_id, integration=page, state=state)
    AwaitedAccount.objects.create(event=made, platform="MESSENGER", account_id="elsewhere")
    return made


def swept() -> list[float]:
    """Drain the lane to its end; the rests that it took."""
    rests: list[float] = []
    lane = Retention(pause=rests.append)
    while lane.drain():
        pass
    return rests


def ids() -> list[int]:
    return list(WebhookEvent.objects.order_by("id").values_list("id", flat=True))


def test_old_events_go_with_their_shares(page: ChannelIntegration, settings: Any) -> None:
    settings.WEBHOOK_EVENT_RETENTION_DAYS, settings.FAILED_EVENT_RETENTION_DAYS = 30, 90
    event(page, 31)
    kept = [
        event(page, 31, EventState.FAILED),
        event(page, 31, EventState.UNROUTED),
        event(page, 31, EventState.RECEIVED, due_at=now()),
        event(page, 29),
    ]
    event(page, 91, EventState.FAILED)
    event(page, 91, EventState.UNROUTED)
    swept()
    assert ids() == [each.pk for each in kept]
    for referring in (WebhookShare, AwaitedAccount):
        assert sorted(referring.objects.values_list("event", flat=True)) == ids()


def test_what_is_kept_for_longer_does_not_hold_up_what_is_behind_it(page: ChannelIntegration) -> None:
    limits = event_limits(now())
    kept = [event(page, 60, EventState.UNROUTED).pk for _ in range(5)]
    for _ in range(5):
        event(page, 60)
    young = event(page, 1).pk
    passage = retention.Passage()
    steps = 1
    while passage.step(limits, batch=2):
        steps += 1
    assert ids() == [*kept, young]
    assert (steps, passage.position) == (6, 0), "and the next walk begins anew"


def test_what_was_put_back_meanwhile_stays(page: ChannelIntegration) -> None:
    waits = event(page, 31, EventState.DONE, due_at=now()).pk
    swept()
    assert ids() == [waits]


def test_while_the_inbox_is_behind_nothing_is_removed(page: ChannelIntegration) -> None:
    old = event(page, 31).pk
    waiting = [WebhookEvent(body=b"{}") for _ in range(retention.BEHIND + 1)]
    WebhookEvent.objects.bulk_create(waiting)
    assert swept() == []
    assert old in ids()
    WebhookEvent.objects.filter(pk=ids()[-1]).delete()
    swept()
    assert old not in ids()


def test_nothing_goes_where_the_settings_say_so(page: ChannelIntegration, settings: Any) -> None:
    settings.WEBHOOK_EVENT_RETENTION_DAYS = settings.FAILED_EVENT_RETENTION_DAYS = 0
    settings.FEED_RETENTION_DAYS = settings.IDEMPOTENCY_KEY_RETENTION_DAYS = 0
    event(page, 4000)
    event(page, 4000, EventState.FAILED)
    FeedEntry.objects.create(
        business_id=page.business_id, number=1, type="t", at=now() - timedelta(days=4000)
    )
    swept()
    assert (len(ids()), FeedEntry.objects.count()) == (2, 1)


def test_old_entries_and_keys_go_and_conversations_stay(page: ChannelIntegration) -> None:
    long_ago = now() - timedelta(days=31)
    row = rows.conversation(page, at=long_ago, created_at=long_ago)
    for at in (long_ago, now()):
        FeedEntry.objects.create(
            business_id=page.business_id, number=at.toordinal(), type="message.received", at=at
        )
        Submission.objects.create(
            business_id=page.business_id, key=str(at), conversation=row, body_hash="x", created_at=at
        )
    swept()
    assert FeedEntry.objects.get().at > long_ago
    assert Submission.objects.get().created_at > long_ago
    assert Message.objects.filter(conversation=row).exists()


def test_logins_that_are_over_go(cast: Cast) -> None:
    real = logins.real_now()
    for days in (-8, -6, 1):
        RefreshToken.objects.create(
            user=cast.owner.user, token_hash=str(days), expires_at=real + timedelta(days=days)
        )
        Session.objects.create(
            session_key=f"s{days}", session_data="", expire_date=real + timedelta(days=days)
        )
    swept()
    assert set(RefreshToken.objects.values_list("token_hash", flat=True)) == {"-6", "1"}
    assert list(Session.objects.values_list("session_key", flat=True)) == ["s1"]


def test_it_goes_in_batches_with_rests_between_them(page: ChannelIntegration) -> None:
    at = now() - timedelta(days=31)
    entries = [
        FeedEntry(business_id=page.business_id, number=number, type="t", at=at)
        for number in range(2 * BATCH + 1)
    ]
    FeedEntry.objects.bulk_create(entries)
    with CaptureQueriesContext(connection) as captured:
        rests = swept()
    deletes = [each["sql"] for each in captured if each["sql"].startswith('DELETE FROM "feed_feedentry"')]
    assert len(deletes) == 3
    assert len(rests) == 2
    assert all(0 < rest <= 1 for rest in rests)
    assert not FeedEntry.objects.exists()


def test_no_body_is_read_to_remove_it(page: ChannelIntegration) -> None:
    for _ in range(3):
        event(page, 31)
    with CaptureQueriesContext(connection) as captured:
        swept()
    assert not [each["sql"] for each in captured if '"body"' in each["sql"]]
    assert len([each for each in captured if each["sql"].startswith("DELETE")]) == 3


def test_the_walk_rests_for_an_hour(page: ChannelIntegration) -> None:
    lane = Retention(pause=lambda _seconds: None)
    walked: list[datetime] = []
    assert not lane.drain()
    assert lane.walk_at
    walked.append(lane.walk_at)
    event(page, 31)
    assert not lane.drain()
    assert ids(), "it has just looked"
    lane.walk_at = now()
    assert not lane.drain()
    assert not ids()
