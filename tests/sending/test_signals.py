"""Reading and typing: shown once, in a lane of their own, and never in the way of messages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from backend.conversations import record
from backend.conversations.models import Conversation, DueSignal, Showing
from backend.conversations.models.signals import LEASE
from backend.integrations.models import ChannelIntegration
from backend.lib.clock import now
from backend.sending import receipts, signals
from tests.conftest import Cast
from tests.conversations.said import BEN, received, tell
from tests.integrations.accounts import connected
from tests.platforms.cast import refusal
from tests.sending.conftest import Later, Platform, Reply

Show = Callable[[], None]


@pytest.fixture
def show(platform: Platform) -> Show:
    """Show everything that is due now."""

    def drain_all() -> None:
        while signals.drain(map):
            pass

    return drain_all


@pytest.fixture
def opened(cast: Cast, conversation: Conversation) -> Callable[[], None]:
    """The agent opens the conversation, which the contact is to see."""
    conversation.integration.settings = {"readPolicy": "ON_OPEN"}
    conversation.integration.save()
    return lambda: opens(cast, conversation)


def opens(cast: Cast, conversation: Conversation) -> None:
    row = Conversation.objects.select_related("integration", "last_message").get(pk=conversation.pk)
    receipts.mark_read(row, by=cast.agent)


def actions(platform: Platform) -> list[str]:
    return [body["sender_action"] for body in platform.bodies()]


def test_a_reading_is_told_again_only_after_news(
    page: ChannelIntegration, platform: Platform, opened: Show, show: Show
) -> None:
    for _ in range(3):
        opened()
        show()
    assert actions(platform) == ["mark_seen"]
    tell(page, received("news", occurred_at=now()))
    opened()
    show()
    assert actions(platform) == ["mark_seen", "mark_seen"]


def test_it_stands_alone_in_its_request(platform: Platform, opened: Show, show: Show) -> None:
    opened()
    show()
    assert platform.bodies() == [{"recipient": {"id": "ann"}, "sender_action": "mark_seen"}]


@pytest.mark.parametrize(
    "trouble",
    [refusal(2, status=500, is_transient=True), httpx2.ConnectError("down"), httpx2.ReadTimeout("late")],
    ids=["envelope", "connect", "lost"],
)
def test_a_reading_is_tried_until_it_is_shown(
    platform: Platform, opened: Show, show: Show, later: Later, trouble: Any
) -> None:
    platform.answers = [trouble, trouble]
    opened()
    show()
    assert len(platform.asked) == 1
    for minute in (1, 2, 3):
        later(timedelta(minutes=minute))
        show()
    assert len(platform.asked) == 3


def test_a_refused_reading_is_given_up_and_no_message_minds(
    platform: Platform, opened: Show, show: Show, sent_off: Show, reply: Reply
) -> None:
    platform.answers = [refusal(100)]
    opened()
    show()
    show()
    assert len(platform.asked) == 1
    reply("Still here")
    sent_off()
    assert platform.bodies()[-1]["message"]["text"] == "Still here"


def test_a_throttled_account_waits_and_no_other_does(
    cast: Cast, platform: Platform, opened: Show, show: Show, page: ChannelIntegration, later: Later
) -> None:
    tell(page, received("of ben", contact=BEN, occurred_at=now()))
    other = connected(cast.business, "INSTAGRAM")
    other.settings = {"readPolicy": "ON_OPEN"}
    other.save()
    opened()
    show_after = platform.answers = [httpx2.Response(429, json={"error": {"code": 4, "message": "Slower"}})]
    opens(cast, Conversation.objects.get(contact__external_id="ben"))
    tell(other, received("elsewhere", occurred_at=now()))
    opens(cast, Conversation.objects.get(integration=other))
    show()
    assert show_after == []
    assert sum(f"/{page.account_id}/" in str(request.url) for request in platform.asked) in (1, 2)
    assert any(f"/{other.platform_page_id}/" in str(request.url) for request in platform.asked)
    later(timedelta(minutes=5))
    show()
    assert not DueSignal.objects.filter(due_at__isnull=False).exists()


def test_two_workers_show_it_once(opened: Show) -> None:
    opened()
    signal = DueSignal.objects.get()
    assert DueSignal.objects.claim(signal.pk, now()) is not None
    assert DueSignal.objects.claim(signal.pk, now()) is None


def test_what_a_dead_worker_had_claimed_is_shown_by_another(
    platform: Platform, opened: Show, show: Show
) -> None:
    opened()
    DueSignal.objects.update(claimed_at=now() - LEASE - timedelta(seconds=1))
    show()
    assert actions(platform) == ["mark_seen"]


def test_a_wish_that_comes_while_one_is_shown_is_not_lost(
    page: ChannelIntegration, platform: Platform, opened: Show, show: Show
) -> None:
    opened()
    claimed = DueSignal.objects.claim(DueSignal.objects.get().pk, now())
    assert claimed is not None
    tell(page, received("meanwhile", occurred_at=now() + timedelta(seconds=1)))
    opened()
    record.signal_done(claimed)
    show()
    assert actions(platform) == ["mark_seen"]


def test_typing_that_is_late_is_not_shown(
    cast: Cast, conversation: Conversation, platform: Platform, show: Show, later: Later
) -> None:
    receipts.set_typing(conversation, True, by=cast.agent)
    later(signals.TYPING_GOOD_FOR + timedelta(seconds=2))
    show()
    assert platform.asked == []
    assert not DueSignal.objects.filter(due_at__isnull=False).exists()


def test_typing_is_tried_no_longer_than_it_is_true(
    cast: Cast, conversation: Conversation, platform: Platform, show: Show, later: Later
) -> None:
    platform.answers = [httpx2.ConnectError("down")] * 9
    receipts.set_typing(conversation, True, by=cast.agent)
    for seconds in range(0, 120, 3):
        later(timedelta(seconds=seconds))
        show()
    assert len(platform.asked) == 2


def test_it_is_said_again_while_it_lasts(
    cast: Cast, conversation: Conversation, platform: Platform, show: Show, later: Later
) -> None:
    for seconds in (0, 1, 2, 6, 7, 12):
        later(timedelta(seconds=seconds))
        receipts.set_typing(conversation, True, by=cast.agent)
        show()
    assert actions(platform) == ["typing_on"] * 3


def test_nothing_is_shown_of_an_account_that_was_left(
    conversation: Conversation, platform: Platform, opened: Show, show: Show
) -> None:
    opened()
    ChannelIntegration.objects.update(status="DISCONNECTED")
    show()
    assert platform.asked == []
    assert DueSignal.objects.get(kind=Showing.READ).due_at is None


def test_an_account_in_error_shows_it_after_the_reconnect(
    platform: Platform, opened: Show, show: Show, later: Later
) -> None:
    opened()
    ChannelIntegration.objects.update(status="ERROR")
    show()
    assert platform.asked == []
    ChannelIntegration.objects.update(status="CONNECTED")
    later(timedelta(minutes=1))
    show()
    assert actions(platform) == ["mark_seen"]
