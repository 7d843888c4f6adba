"""Events of accounts that nobody had connected are routed by themselves once somebody connects them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.conversations.models import Contact, Conversation, Message
from backend.engine.lanes import use_bell
from backend.integrations.models import ChannelIntegration, IntegrationStatus
from backend.lib.clock import now
from backend.receiving import awaiting, process, replaying
from backend.receiving.models import AwaitedAccount, EventState, WebhookEvent
from tests.conftest import Cast
from tests.integrations.accounts import connected
from tests.receiving.bodies import EVENING, change, entry, event, item, told
from tests.receiving.conftest import Deliver


def texts() -> list[str]:
    return list(Message.objects.order_by("sent_at", "id").values_list("text", flat=True))


def states() -> list[str]:
    return list(WebhookEvent.objects.order_by("id").values_list("state", flat=True))


def become(status: IntegrationStatus, integration: ChannelIntegration) -> None:
    ChannelIntegration.objects.filter(pk=integration.pk).update(status=status)


def look() -> None:
    """What the two lanes do after a ring."""
    while awaiting.drain():
        pass
    while process.drain():
        pass


@pytest.fixture
def rung() -> Iterator[list[str]]:
    """The lanes that were rung."""
    lanes: list[str] = []
    use_bell(lanes.append)
    yield lanes
    use_bell(lambda _lane: None)


def test_they_are_recorded_once_the_account_is_connected(
    integration: ChannelIntegration, deliver: Deliver
) -> None:
    become(IntegrationStatus.PENDING, integration)
    deliver(*(told(integration, item(integration, str(n), second=n)) for n in range(3)))
    look()
    assert (states(), texts()) == ([EventState.UNROUTED] * 3, [])
    become(IntegrationStatus.CONNECTED, integration)
    look()
    assert (states(), texts()) == ([EventState.DONE] * 3, ["0", "1", "2"])
    assert not AwaitedAccount.objects.exists()


def test_the_inbox_is_rung(
    page: ChannelIntegration, deliver: Deliver, rung: list[str], django_capture_on_commit_callbacks: object
) -> None:
    become(IntegrationStatus.PENDING, page)
    deliver(told(page, item(page)))
    become(IntegrationStatus.CONNECTED, page)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        awaiting.drain()
    assert rung == ["inbox", "bulk"]


def test_one_delivery_for_two_accounts(cast: Cast, page: ChannelIntegration, deliver: Deliver) -> None:
    theirs = connected(cast.rival, "MESSENGER", status=IntegrationStatus.PENDING)
    both = event("MESSENGER", entry(page, [item(page, "ours")]), entry(theirs, [item(theirs, "theirs")]))
    deliver(both)
    assert (states(), texts()) == ([EventState.UNROUTED], ["ours"])
    Conversation.objects.update(unread_count=0)  # Read meanwhile.
    become(IntegrationStatus.CONNECTED, theirs)
    look()
    assert states() == [EventState.DONE]
    assert Message.objects.get(integration=theirs).text == "theirs"
    assert Message.objects.get(integration=page).text == "ours"
    assert Conversation.objects.get(integration=page).unread_count == 0


def test_each_of_two_accounts_is_waited_for(cast: Cast, deliver: Deliver) -> None:
    ours = connected(cast.business, "MESSENGER", status=IntegrationStatus.PENDING)
    theirs = connected(cast.rival, "MESSENGER", status=IntegrationStatus.PENDING)
    deliver(event("MESSENGER", entry(ours, [item(ours, "ours")]), entry(theirs, [item(theirs, "theirs")])))
    for integration, expected in ((theirs, {"theirs"}), (ours, {"theirs", "ours"})):
        become(IntegrationStatus.CONNECTED, integration)
        look()
        assert set(texts()) == expected
    assert states() == [EventState.DONE]


def test_an_event_of_a_whole_waba(cast: Cast, deliver: Deliver) -> None:
    number = connected(cast.business, "WHATSAPP", wide_id="9001", status=IntegrationStatus.PENDING)
    deliver(event("WHATSAPP", {"id": "9001", "changes": [{"field": "calls", "value": {"x": 1}}]}))
    assert states() == [EventState.UNROUTED]
    become(IntegrationStatus.CONNECTED, number)
    look()
    assert states() == [EventState.DONE]


def test_the_same_id_on_another_platform_is_another_account(cast: Cast, deliver: Deliver) -> None:
    page = connected(cast.business, "MESSENGER", "777", status=IntegrationStatus.PENDING)
    deliver(told(page, item(page)))
    connected(cast.business, "INSTAGRAM", "777")
    look()
    assert states() == [EventState.UNROUTED]


def test_what_is_older_moves_nothing_back(cast: Cast, deliver: Deliver) -> None:
    """It came first, and is recorded last: name, window and the newest message are those of the newer one."""
    number = connected(cast.business, "WHATSAPP", status=IntegrationStatus.PENDING)

    def said(text: str, name: str, second: int) -> bytes:
        one = change(number, [item(number, text, second=second)])
        one["value"]["contacts"] = [{"wa_id": "16505550001", "profile": {"name": name}}]
        return event("WHATSAPP", {"id": number.platform_account_id, "changes": [one]})

    deliver(said("older", "Ann before", 0))
    become(IntegrationStatus.CONNECTED, number)
    deliver(said("newer", "Ann now", 60))
    look()
    assert texts() == ["older", "newer"]
    conversation = Conversation.objects.get()
    assert conversation.last_message
    assert conversation.last_message.text == "newer"
    assert conversation.last_inbound_at
    assert conversation.last_inbound_at.timestamp() == EVENING + 60
    assert (conversation.unread_count, Contact.objects.get().name) == (2, "Ann now")


@pytest.mark.parametrize(("days", "expected"), [(6, ["Hello"]), (8, [])])
def test_they_wait_for_a_week(
    page: ChannelIntegration, deliver: Deliver, days: int, expected: list[str]
) -> None:
    become(IntegrationStatus.PENDING, page)
    deliver(told(page, item(page)))
    WebhookEvent.objects.update(received_at=now() - timedelta(days=days))
    become(IntegrationStatus.CONNECTED, page)
    look()
    assert texts() == expected
    assert not AwaitedAccount.objects.exists()


def test_a_look_at_nothing_costs_next_to_nothing(page: ChannelIntegration, deliver: Deliver) -> None:
    deliver(told(page, item(page)))
    with CaptureQueriesContext(connection) as captured:
        assert awaiting.drain() is False
    assert len(captured) <= 2


def test_an_event_that_was_replayed_by_hand_is_not_taken_again(
    page: ChannelIntegration, deliver: Deliver
) -> None:
    become(IntegrationStatus.PENDING, page)
    events = deliver(told(page, item(page)))
    become(IntegrationStatus.CONNECTED, page)
    replaying.replay(events)
    process.drain()
    attempts = WebhookEvent.objects.get().attempts
    look()
    assert (WebhookEvent.objects.get().attempts, texts()) == (attempts, ["Hello"])
