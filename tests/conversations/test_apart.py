"""Businesses, accounts and people never mix, whatever ids they share."""

from __future__ import annotations

from backend.conversations.models import Contact, Conversation, Message
from backend.conversations.record import Arrival, mark_read, record_notices
from backend.feed.models import FeedEntry
from backend.integrations.models import ChannelIntegration
from backend.platforms.port import AnyNotice, DeliveryStatus
from tests.conftest import Cast
from tests.conversations.said import (
    BEN,
    OWN_APP,
    deleted,
    echoed,
    edited,
    reacted,
    read_until,
    received,
    status,
    tell,
)
from tests.integrations.accounts import connected

ABOUT_A_MESSAGE: list[AnyNotice] = [
    status("out", DeliveryStatus.READ),
    read_until(60),
    edited("in", 1, "Changed"),
    reacted("in", 2, "❤"),
    deleted("out", 3),
]


def test_two_businesses_with_the_same_ids(cast: Cast, page: ChannelIntegration) -> None:
    theirs = connected(cast.rival, "MESSENGER")
    both = [Arrival(each, notice) for notice in (received("in"), echoed("out")) for each in (page, theirs)]
    record_notices(both, own_app_id=OWN_APP)
    tell(page, *ABOUT_A_MESSAGE)
    for business, text, read in ((cast.business, "Changed", True), (cast.rival, "Hello", False)):
        inbound = Message.objects.of(business.pk).get(external_id="in")
        outbound = Message.objects.of(business.pk).get(external_id="out")
        assert inbound.text == text
        assert (outbound.delivery_status == DeliveryStatus.READ) is read
        assert bool(inbound.reactions) is bool(outbound.deleted_at) is read
        assert Contact.objects.of(business.pk).get().conversation.unread_count == 1
        assert FeedEntry.objects.filter(business=business, type="message.received").count() == 2
    assert not FeedEntry.objects.filter(business=cast.rival, type="message.updated").exists()


def test_a_former_account_of_the_same_integration(page: ChannelIntegration) -> None:
    tell(page, received("in"), echoed("out"))
    former = Conversation.objects.get()
    page.account_id = "another-account"
    page.save()
    tell(page, received("in"), echoed("out"), *ABOUT_A_MESSAGE)
    current = Conversation.objects.exclude(pk=former.pk).get()
    assert (former.messages.count(), current.messages.count()) == (2, 2)
    assert former.messages.get(external_id="in").text == "Hello"
    assert former.messages.get(external_id="out").delivery_status == DeliveryStatus.SENT
    assert current.messages.get(external_id="in").text == "Changed"
    assert current.messages.get(external_id="out").delivery_status == DeliveryStatus.READ


def test_what_waits_for_a_message_waits_for_that_of_its_account(cast: Cast, page: ChannelIntegration) -> None:
    theirs = connected(cast.rival, "MESSENGER")
    tell(theirs, edited("in", 1, "Changed"), received("opening"))
    tell(page, received("in"))
    assert Message.objects.of(cast.business.pk).get().text == "Hello"
    tell(theirs, received("in"))
    assert Message.objects.of(cast.rival.pk).get(external_id="in").text == "Changed"


def test_our_mark_in_the_mouth_of_another_account(cast: Cast, page: ChannelIntegration) -> None:
    theirs = connected(cast.rival, "MESSENGER")
    tell(page, echoed("out"))
    ours = Message.objects.get()
    tell(theirs, status("x", DeliveryStatus.READ, correlation_id=str(ours.pk)))
    ours.refresh_from_db()
    assert (ours.delivery_status, ours.external_id) == (DeliveryStatus.SENT, "out")


def test_a_reading_covers_its_own_contact_only(page: ChannelIntegration) -> None:
    tell(page, echoed("to-ann"), echoed("to-ben", contact=BEN))
    tell(page, read_until(60, contact=BEN))
    read = Message.objects.filter(delivery_status=DeliveryStatus.READ)
    assert [message.external_id for message in read] == ["to-ben"]


def test_unread_starts_again_after_reading(page: ChannelIntegration) -> None:
    tell(page, received("m1"), received("m2", 1))
    conversation = mark_read(Conversation.objects.get())
    assert conversation.unread_count == 0
    tell(page, received("m1"), received("m3", 2))
    conversation.refresh_from_db()
    assert conversation.unread_count == 1


def test_a_new_message_opens_what_was_closed_and_an_echo_does_not(page: ChannelIntegration) -> None:
    tell(page, received("m1"))
    Conversation.objects.update(status="CLOSED")
    tell(page, echoed("m2", 1))
    assert Conversation.objects.get().status == "CLOSED"
    tell(page, received("m3", 2))
    assert Conversation.objects.get().status == "OPEN"


def test_the_news_of_the_platform_are_nothing_to_answer(page: ChannelIntegration) -> None:
    tell(page, received("m1", type="SYSTEM"))
    conversation = Conversation.objects.get()
    assert (conversation.unread_count, conversation.last_inbound_at) == (0, None)
