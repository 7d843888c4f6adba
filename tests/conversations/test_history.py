"""History and webhooks tell of the same messages, in any order: the end is what the webhooks alone had told."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as some
from hypothesis.extra.django import TestCase

from backend.businesses.models import Business
from backend.conversations.models import Contact, Conversation, HistoryPart, Message
from backend.conversations.record import Arrival, erase_contact, record_notices
from backend.feed.models import FeedEntry
from backend.integrations.models import ChannelIntegration
from backend.lib.storable import storable_text
from backend.platforms.port import (
    AnyNotice,
    Attachment,
    AttachmentType,
    DeliveryStatus,
    HistoryTold,
    MessageType,
)
from tests.conversations.conftest import Queue
from tests.conversations.said import (
    ANN,
    OWN_APP,
    at,
    deleted,
    echoed,
    edited,
    reacted,
    read_until,
    received,
    tell,
)
from tests.integrations.accounts import connected

LIVE: tuple[AnyNotice, ...] = (
    received("a", 1.5, text="Hello"),
    received("b", 2.5, type=MessageType.IMAGE, text="", payload={"image": {"id": "1"}}),
    echoed("c", 3.5, text="Welcome", app_id="77"),
    received("d", 4.5, text="Bye"),
)
ABOUT: tuple[AnyNotice, ...] = (
    edited("a", 5, "Hello!"),
    deleted("d", 6),
    reacted("c", 7, "\N{THUMBS UP SIGN}"),
    read_until(8),
)
# The same, as it is read back: whole minutes, no app, fewer words.
PAST: tuple[AnyNotice, ...] = (
    received("a", 1, text="Hello!", is_history=True),
    received("b", 2, text="", type=MessageType.UNKNOWN, is_history=True),
    echoed("c", 3, text="Welcome", is_history=True),
)
TIMES = ("id", "business_id", "integration_id", "conversation_id", "account_id", "created_at", "author_id")


def recall(integration: ChannelIntegration, *notices: AnyNotice) -> int:
    """Read the notices back as one page."""
    return record_notices([Arrival(integration, notice) for notice in notices], own_app_id=OWN_APP)


def state() -> Any:
    """Everything that people see, without what differs from run to run."""
    conversation = Conversation.objects.values(
        "unread_count",
        "status",
        "last_message_at",
        "last_inbound_at",
        "read_until",
        "last_message__external_id",
    )
    messages = Message.objects.order_by("external_id").values()
    told = [{name: value for name, value in row.items() if name not in TIMES} for row in messages]
    heard = FeedEntry.objects.filter(type="message.received").count()
    return list(conversation), told, heard, list(Contact.objects.values("name", "username"))


class TestAnyOrder(TestCase):
    @hypothesis_settings(max_examples=40)
    @given(order=some.permutations([*LIVE, *ABOUT, *PAST]), cuts=some.sets(some.integers(1, 10)))
    def test_the_end_is_the_same(self, order: list[AnyNotice], cuts: set[int]) -> None:
        business = Business.objects.create(id="one", name="One")
        page = connected(business, "MESSENGER")
        other = connected(Business.objects.create(id="two", name="Two"), "MESSENGER")
        edges = [0, *sorted(cuts), len(order)]
        for start, end in pairwise(edges):
            tell(page, *order[start:end])
        here = state()
        Message.objects.all().delete()
        Conversation.objects.all().delete()
        Contact.objects.all().delete()
        FeedEntry.objects.all().delete()
        tell(other, *(notice for notice in order if notice not in PAST))
        assert here == state()


@pytest.fixture
def settled(page: ChannelIntegration) -> Conversation:
    """Ann's conversation is read and closed."""
    tell(page, received("opening"))
    Conversation.objects.update(status="CLOSED", unread_count=0)
    FeedEntry.objects.all().delete()
    return Conversation.objects.get()


def test_it_alerts_nobody(page: ChannelIntegration, settled: Conversation) -> None:
    page_of: list[AnyNotice] = [received("x", -20, is_history=True), echoed("y", 20, is_history=True)]
    assert recall(page, *page_of, reacted("y", 20, "\N{THUMBS UP SIGN}")) == 2
    after = Conversation.objects.get()
    assert (after.status, after.unread_count, after.last_inbound_at) == ("CLOSED", 0, settled.last_inbound_at)
    assert after.last_message_at == at(20)
    assert list(FeedEntry.objects.values_list("type", flat=True)) == ["conversation.updated"]
    assert Message.objects.get(external_id="y").reactions
    assert recall(page, *page_of) == 0


def test_a_file_completes_its_placeholder(page: ChannelIntegration) -> None:
    placeholder = received("x", text="", type=MessageType.UNSUPPORTED, is_history=True)
    assert recall(page, placeholder) == 1
    file = replace(placeholder, type=MessageType.IMAGE, payload={"image": {"id": "7"}})
    recall(page, file)
    recall(page, placeholder)
    message = Message.objects.get()
    assert (message.type, message.payload, message.is_history) == ("IMAGE", {"image": {"id": "7"}}, True)
    assert Conversation.objects.get().unread_count == 0


PICTURE = Attachment(type=AttachmentType.IMAGE, media_id="7")
PLACEHOLDER = received("x", text="", type=MessageType.UNSUPPORTED, is_history=True)
ITS_FILE = replace(PLACEHOLDER, type=MessageType.IMAGE, attachments=(PICTURE,))


@pytest.mark.parametrize(
    "pages",
    [
        ((PLACEHOLDER,), (ITS_FILE,)),
        ((PLACEHOLDER, ITS_FILE),),
        ((ITS_FILE, PLACEHOLDER),),
        ((PLACEHOLDER,), (ITS_FILE,), (PLACEHOLDER, ITS_FILE)),
        ((ITS_FILE, ITS_FILE), (ITS_FILE,)),
    ],
    ids=["later", "together", "before", "again", "twice"],
)
def test_a_late_file_is_there_once(
    page: ChannelIntegration, pages: tuple[tuple[AnyNotice, ...], ...]
) -> None:
    for told_of in pages:
        recall(page, *told_of)
    message = Message.objects.get()
    assert (message.type, message.is_history) == ("IMAGE", True)
    assert [row.media_id for row in message.attachments.all()] == ["7"]


def test_history_shows_what_a_webhook_could_not(page: ChannelIntegration) -> None:
    """A message that can only be seen on the phone, until the phone hands it over."""
    tell(page, replace(PLACEHOLDER, is_history=False, text="Look at it in the app."))
    recall(page, PLACEHOLDER)
    assert Message.objects.get().text == "Look at it in the app."
    recall(page, ITS_FILE, ITS_FILE)
    message = Message.objects.get()
    assert (message.type, message.is_history) == ("IMAGE", False)
    assert [row.media_id for row in message.attachments.all()] == ["7"]
    assert Conversation.objects.get().unread_count == 1


def test_history_leaves_what_a_webhook_said(page: ChannelIntegration) -> None:
    said = replace(ITS_FILE, is_history=False, text="Our shop window")
    tell(page, said)
    recall(page, replace(said, is_history=True, text="Our shop"))
    message = Message.objects.get()
    assert (message.text, message.is_history) == ("Our shop window", False)
    assert message.attachments.count() == 1


def test_it_finds_our_own_message_again(page: ChannelIntegration, queue: Queue) -> None:
    """The answer to a send was lost; the platform's history proves that it was sent."""
    ours = queue("On its way", delivery_status=DeliveryStatus.FAILED, error_code="outcome_unknown")
    said_at = Message.objects.get(pk=ours.pk).sent_at
    assert recall(page, replace(echoed("m1", text="On its way", is_history=True), occurred_at=said_at)) == 0
    ours.refresh_from_db()
    assert (ours.external_id, ours.delivery_status, ours.author_kind) == ("m1", "SENT", "MEMBER")


def test_nobody_who_was_erased_comes_back(page: ChannelIntegration, settled: Conversation) -> None:
    assert erase_contact(settled.contact_id)
    assert recall(page, received("opening", is_history=True), echoed("y", 5, is_history=True)) == 0
    assert not Contact.objects.exists()


@pytest.mark.parametrize("text", ["plain", "nul \x00", "half \ud800", "written \\u0000"])
def test_a_part_of_any_words_is_kept(page: ChannelIntegration, text: str) -> None:
    content = {"messages": [{"text": {"body": text}, "number": 10**25}]}
    tell(page, HistoryTold(contact=ANN, content=content))
    (kept,) = HistoryPart.objects.values_list("content", flat=True)
    shown = kept["messages"][0]["text"]["body"]
    assert shown == storable_text(text)
