"""What may go out when: by our books, by the platform's own word, and by the tag for a person's answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from backend.businesses.models import ApiKey
from backend.conversations.models import Conversation, Message
from backend.feed.models import FeedEntry
from backend.integrations.models import ChannelIntegration
from backend.lib.clock import now
from backend.platforms.errors import WindowClosed as TooLate
from backend.platforms.port import DeliveryFailure
from backend.platforms.port import DeliveryStatus as S
from backend.sending import errors
from backend.sending.parts import Draft
from backend.sending.reply import queue_reply
from tests.conftest import Cast
from tests.conversations.said import received, status, tell
from tests.integrations.accounts import connected
from tests.platforms.cast import refusal
from tests.sending.conftest import Later, Platform, Reply, again, started

DAY, MINUTE = timedelta(hours=24), timedelta(minutes=1)
SendAll = Callable[[], None]


@pytest.fixture
def granted(page: ChannelIntegration) -> ChannelIntegration:
    """The account may use the tag."""
    page.settings = {"humanAgent": True}
    page.save()
    return page


def at_hand(conversation: Conversation) -> Conversation:
    return Conversation.objects.select_related("integration").get(pk=conversation.pk)


def tags(platform: Platform) -> list[tuple[str, str | None]]:
    return [(body["messaging_type"], body.get("tag")) for body in platform.bodies()]


def test_within_a_day_no_tag_is_used_whatever_is_asked(
    granted: ChannelIntegration,
    conversation: Conversation,
    platform: Platform,
    reply: Reply,
    sent_off: SendAll,
) -> None:
    reply(where=at_hand(conversation), human_agent=True)
    sent_off()
    assert tags(platform) == [("RESPONSE", None)]


def test_what_a_person_says_within_a_week_carries_the_tag(
    granted: ChannelIntegration,
    conversation: Conversation,
    platform: Platform,
    reply: Reply,
    sent_off: SendAll,
    later: Later,
) -> None:
    later(DAY + MINUTE)
    with pytest.raises(errors.WindowClosed) as refused:
        reply(where=at_hand(conversation))
    assert "humanAgent" in (refused.value.resolution or "")
    reply(where=at_hand(conversation), human_agent=True)
    sent_off()
    assert tags(platform) == [("MESSAGE_TAG", "HUMAN_AGENT")]
    later(7 * DAY)
    with pytest.raises(errors.WindowClosed):
        reply(where=at_hand(conversation), human_agent=True)


def test_the_tag_is_chosen_at_the_moment_of_sending(
    granted: ChannelIntegration,
    conversation: Conversation,
    platform: Platform,
    reply: Reply,
    sent_off: SendAll,
    later: Later,
) -> None:
    later(DAY - MINUTE)
    (plain,) = reply("plain", where=at_hand(conversation))
    (tagged,) = reply("tagged", where=at_hand(conversation), human_agent=True)
    later(DAY + MINUTE)
    sent_off()
    assert (again(plain).delivery_status, again(plain).error_code) == (S.FAILED, "window_closed")
    assert again(tagged).delivery_status == S.SENT
    assert tags(platform) == [("MESSAGE_TAG", "HUMAN_AGENT")]


def test_without_the_grant_there_is_no_tag(conversation: Conversation, reply: Reply, later: Later) -> None:
    later(DAY + MINUTE)
    with pytest.raises(errors.WindowClosed) as refused:
        reply(where=at_hand(conversation), human_agent=True)
    assert refused.value.extra == {"allowed": []}


def test_a_program_is_no_person(
    cast: Cast, granted: ChannelIntegration, conversation: Conversation, later: Later
) -> None:
    key = ApiKey.objects.create(business=cast.business, name="Agent", kind="AI", scopes=["messages:send"])
    Conversation.objects.update(handler="AI")
    later(DAY + MINUTE)
    draft = Draft(type="TEXT", text="Hello", human_agent=True)
    with pytest.raises(errors.WindowClosed) as refused:
        queue_reply(at_hand(conversation), draft, by=key)
    assert "Hand the conversation to a person" in (refused.value.resolution or "")


def test_whatsapp_leaves_templates(cast: Cast, reply: Reply, later: Later) -> None:
    where = started(connected(cast.rival, "WHATSAPP"))
    later(DAY + MINUTE)
    with pytest.raises(errors.WindowClosed) as refused:
        reply(where=where)
    assert refused.value.extra == {"allowed": ["TEMPLATE"]}
    assert "template" in (refused.value.resolution or "")


# ---- the platform's own word


def test_a_refusal_as_too_late_closes_the_window_until_the_contact_writes(
    page: ChannelIntegration, conversation: Conversation, platform: Platform, reply: Reply, sent_off: SendAll
) -> None:
    reply(where=at_hand(conversation))
    platform.answers = [refusal(10, 2018278)]
    sent_off()
    with pytest.raises(errors.WindowClosed):
        reply(where=at_hand(conversation))
    told = FeedEntry.objects.filter(type="conversation.updated").order_by("-id").first()
    assert told is not None
    assert told.data["conversationId"] == str(conversation.pk)
    tell(page, received("again", occurred_at=now() + timedelta(seconds=1)))
    Conversation.objects.update(last_inbound_at=now() + timedelta(seconds=1))
    assert reply(where=at_hand(conversation))


def test_a_refusal_by_a_status_does_the_same(
    cast: Cast, platform: Platform, reply: Reply, sent_off: SendAll
) -> None:
    number = connected(cast.rival, "WHATSAPP")
    where = started(number)
    (message,) = reply(where=where)
    sent_off()
    FeedEntry.objects.all().delete()
    failure = DeliveryFailure(
        code=TooLate.code, message="Late.", resolution="A template.", platform_code=131047
    )
    tell(number, status("wire-1", S.FAILED, failure=failure, occurred_at=now()))
    assert (again(message).delivery_status, again(message).error_platform_code) == (S.FAILED, 131047)
    with pytest.raises(errors.WindowClosed) as refused:
        reply(where=at_hand(where))
    assert refused.value.extra == {"allowed": ["TEMPLATE"]}
    kinds = list(FeedEntry.objects.order_by("id").values_list("type", flat=True))
    assert kinds == ["message.status", "conversation.updated"]


def test_a_late_word_about_an_old_message_does_not_close_a_window_that_opened_since(
    cast: Cast, platform: Platform, reply: Reply, sent_off: SendAll
) -> None:
    number = connected(cast.rival, "WHATSAPP")
    where = started(number)
    (message,) = reply(where=where)
    sent_off()
    Message.objects.filter(pk=message.pk).update(claimed_at=now() - MINUTE)
    tell(number, received("since", occurred_at=now()))
    failure = DeliveryFailure(code=TooLate.code, message="Late.", resolution=None, platform_code=131047)
    tell(number, status("wire-1", S.FAILED, failure=failure, occurred_at=now()))
    assert reply(where=at_hand(where))
