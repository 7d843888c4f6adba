"""By Instagram Login an account has two ids, and so has our app; a delivery may name either."""

from __future__ import annotations

from typing import Any

import pytest

from backend.conversations.models import AuthorKind, Conversation, Message
from backend.integrations.models import ChannelIntegration, IntegrationStatus
from backend.lib.clock import now
from backend.receiving.models import EventState, WebhookShare
from tests.conftest import Cast
from tests.integrations.accounts import connected, fresh_account_id
from tests.receiving.bodies import entry, event, item, told
from tests.receiving.conftest import Deliver

SECOND = "9100000000000007"
CUSTOMER = "16505550001"


@pytest.fixture
def by_itself(cast: Cast) -> ChannelIntegration:
    """An account that came by Instagram Login."""
    integration = connected(cast.business, "INSTAGRAM")
    integration.login, integration.app_scoped_id = "instagram", SECOND
    integration.save()
    return integration


def named(integration: ChannelIntegration, name: str) -> ChannelIntegration:
    """The account, as whoever writes the delivery calls it."""
    return ChannelIntegration(platform=integration.platform, account_id=name)


def test_either_id_is_the_same_conversation(by_itself: ChannelIntegration, deliver: Deliver) -> None:
    first, second = named(by_itself, by_itself.account_id or ""), named(by_itself, SECOND)
    done = deliver(told(first, item(first, "one")), told(second, item(second, "two", second=1)))
    assert [each.state for each in done] == [EventState.DONE, EventState.DONE]
    assert Conversation.objects.get().account_id == by_itself.account_id
    assert list(Message.objects.order_by("sent_at").values_list("text", flat=True)) == ["one", "two"]
    assert WebhookShare.objects.filter(integration_id=by_itself.pk).count() == 2


def test_the_same_message_by_both_ids_is_one(by_itself: ChannelIntegration, deliver: Deliver) -> None:
    for name in (by_itself.account_id or "", SECOND):
        own = named(by_itself, name)
        deliver(told(own, item(own, "once", message_id="m_same")))
    assert Message.objects.get().text == "once"


def test_both_ids_in_one_delivery(by_itself: ChannelIntegration, deliver: Deliver) -> None:
    entries = [
        entry(own, [item(own, text, second=second)])
        for second, (own, text) in enumerate(
            [(named(by_itself, SECOND), "one"), (by_itself, "two"), (named(by_itself, SECOND), "three")]
        )
    ]
    (done,) = deliver(event("INSTAGRAM", *entries))
    assert done.state == EventState.DONE
    assert list(Message.objects.order_by("sent_at").values_list("text", flat=True)) == ["one", "two", "three"]


@pytest.mark.parametrize("status", [IntegrationStatus.DISCONNECTED, IntegrationStatus.PENDING])
def test_of_an_account_that_is_not_connected_it_waits(
    by_itself: ChannelIntegration, deliver: Deliver, status: str
) -> None:
    ChannelIntegration.objects.update(status=status)
    own = named(by_itself, SECOND)
    (done,) = deliver(told(own, item(own)))
    assert done.state == EventState.UNROUTED
    assert not Message.objects.exists()


def test_the_second_id_of_one_is_nobody_elses(
    by_itself: ChannelIntegration, cast: Cast, deliver: Deliver
) -> None:
    other = connected(cast.rival, "INSTAGRAM", fresh_account_id())
    own = named(by_itself, SECOND)
    deliver(told(own, item(own)))
    assert Conversation.objects.get().integration_id == by_itself.pk != other.pk


def echo_of(integration: ChannelIntegration, app_id: str) -> bytes:
    said = {"mid": "m_sent", "is_echo": True, "app_id": int(app_id), "text": "Yes, it is"}
    at = int(now().timestamp() * 1000)
    raw = {
        "sender": {"id": integration.account_id},
        "recipient": {"id": CUSTOMER},
        "timestamp": at,
        "message": said,
    }
    return event("INSTAGRAM", {"id": integration.account_id, "time": at, "messaging": [raw]})


@pytest.mark.parametrize("setting", ["META_APP_ID", "INSTAGRAM_APP_ID", "INSTAGRAM_META_APP_ID"])
def test_an_echo_that_is_quicker_than_its_answer_is_ours_by_any_id_of_our_app(
    by_itself: ChannelIntegration, deliver: Deliver, settings: Any, setting: str
) -> None:
    settings.INSTAGRAM_META_APP_ID = "770000000000001"
    deliver(told(by_itself, item(by_itself, "Is it there?", sender=CUSTOMER)))
    sending(Conversation.objects.get(), "Yes, it is")
    deliver(echo_of(by_itself, getattr(settings, setting)))
    mine = Message.objects.get(direction="OUTBOUND")
    assert (mine.external_id, mine.author_kind) == ("m_sent", AuthorKind.MEMBER)


def test_an_echo_of_another_app_is_a_message_of_its_own(
    by_itself: ChannelIntegration, deliver: Deliver
) -> None:
    deliver(told(by_itself, item(by_itself, "Is it there?", sender=CUSTOMER)))
    sending(Conversation.objects.get(), "Yes, it is")
    deliver(echo_of(by_itself, "26390203743090"))
    assert Message.objects.filter(direction="OUTBOUND").count() == 2


def sending(conversation: Conversation, text: str) -> Message:
    """A reply whose answer has not come yet."""
    return Message.objects.create(
        business_id=conversation.business_id,
        integration_id=conversation.integration_id,
        conversation=conversation,
        account_id=conversation.account_id,
        direction="OUTBOUND",
        type="TEXT",
        text=text,
        delivery_status="SENDING",
        author_kind=AuthorKind.MEMBER,
        claimed_at=now(),
        sent_at=now(),
    )
