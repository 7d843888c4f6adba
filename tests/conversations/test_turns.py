"""When it is an agent's turn, and what agents are told."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from backend.conversations.models import Conversation, Message
from backend.conversations.record import change_conversation, erase_contact, mark_read, tell_turns
from backend.conversations.record.turns import AT_MOST
from backend.feed.models import FeedEntry
from backend.integrations.models import ChannelIntegration
from backend.lib.clock import now
from backend.platforms.port import ContactCard, MessageType
from tests.conversations.conftest import Queue
from tests.conversations.said import BEN, deleted, echoed, edited, received, tell
from tests.conversations.test_history import recall

QUIET = timedelta(seconds=5)


def entries(kind: str) -> list[Any]:
    return list(FeedEntry.objects.filter(type=kind).order_by("number").values_list("data", flat=True))


def turns() -> list[list[str]]:
    """The texts of each turn."""
    return [[message["text"] for message in turn["messages"]] for turn in entries("conversation.turn")]


def hear(page: ChannelIntegration, *texts: str, **more: Any) -> None:
    known = Message.objects.count()
    tell(page, *(received(f"m{known + n}", known + n, text=text, **more) for n, text in enumerate(texts)))


def due_at() -> datetime | None:
    return Conversation.objects.get(contact__external_id="ann").turn_due_at


@pytest.fixture
def ai(page: ChannelIntegration) -> ChannelIntegration:
    """An account whose only conversation is answered by an AI."""
    tell(page, received("opening", text="opening"))
    Conversation.objects.update(handler="AI")
    FeedEntry.objects.all().delete()
    return page


@pytest.fixture
def patient(ai: ChannelIntegration) -> ChannelIntegration:
    """The same, where a contact is to be quiet for a while."""
    ai.settings = {"quietForSeconds": QUIET.total_seconds()}
    ai.save()
    return ai


def test_without_waiting_each_batch_is_a_turn(ai: ChannelIntegration) -> None:
    hear(ai, "Hi", "there")
    hear(ai, "Anybody?")
    assert turns() == [["Hi", "there"], ["Anybody?"]]
    assert due_at() is None
    types = list(FeedEntry.objects.order_by("number").values_list("type", flat=True))
    assert types[:4] == ["message.received", "message.received", "conversation.turn", "conversation.updated"]


def test_a_burst_is_one_turn(patient: ChannelIntegration) -> None:
    hear(patient, "Hi")
    first = due_at()
    hear(patient, "I have", "a question")
    last = due_at()
    assert first
    assert last
    assert first < last
    assert len(entries("message.received")) == 3  # Nobody waits for these.
    assert not tell_turns(last - timedelta(seconds=1))
    assert turns() == []
    tell_turns(last)
    tell_turns(last + timedelta(hours=1))
    assert turns() == [["Hi", "I have", "a question"]]
    hear(patient, "Still there?")
    tell_turns(now() + QUIET)
    assert turns()[1:] == [["Still there?"]]


def test_who_never_stops_is_answered(patient: ChannelIntegration) -> None:
    hear(patient, "Hi")
    began = Conversation.objects.get().turn_began_at
    assert began
    # As if this had been going on for long.
    Conversation.objects.update(turn_began_at=began - AT_MOST * QUIET)
    hear(patient, "and")
    assert due_at() == began
    tell_turns(now())
    assert turns() == [["opening", "Hi", "and"]]


def test_nobody_is_called_without_need(patient: ChannelIntegration, queue: Queue) -> None:
    """By standby, history, the platform itself, or by what was taken back, answered, or a person's."""
    hear(patient, "for another app", standby=True)
    hear(patient, "moved", type=MessageType.SYSTEM)
    recall(patient, received("old", text="old", is_history=True))
    tell(patient, echoed("e", text="ours"))
    assert due_at() is None
    hear(patient, "oops")
    tell(patient, deleted(f"m{Message.objects.count() - 1}", 60))
    tell_turns(now() + QUIET)
    hear(patient, "answered already")
    queue("Yes, it is.")
    tell_turns(now() + QUIET)
    hear(patient, "for a person")
    change_conversation(Conversation.objects.get(), handler="HUMAN")
    tell_turns(now() + QUIET)
    assert (turns(), due_at()) == ([], None)
    hear(patient, "to a person")
    assert due_at() is None


def test_whoever_was_erased_has_no_turn(patient: ChannelIntegration) -> None:
    hear(patient, "Hi")
    erase_contact(Conversation.objects.get().contact_id)
    tell_turns(now() + QUIET)
    assert [entry.type for entry in FeedEntry.objects.all()] == ["contact.erased"]


def test_other_changes_leave_the_time(patient: ChannelIntegration) -> None:
    hear(patient, "Hi")
    before = due_at()
    mark_read(Conversation.objects.get())
    tell(patient, received("b", contact=BEN), edited("m1", 9, "Hi!"))
    assert due_at() == before
    tell_turns(now() + QUIET)
    assert turns() == [["Hi!"]]


def test_what_is_told_is_enough_to_answer(ai: ChannelIntegration) -> None:
    """No other call is needed: the message, what it replies to, where it was said, and by whom."""
    card = ContactCard(external_id="ann", name="Ann", username="ann.a", phone="")
    asked = Message.objects.get(external_id="opening")
    place = {"location": {"latitude": 1.5, "longitude": 2.5}}
    said = received(
        "m1",
        1,
        text="Here",
        type=MessageType.LOCATION,
        contact=card,
        payload=place,
        reply_to_external_id="opening",
        referral={"source_id": "7"},
    )
    tell(ai, said)
    [heard], [turn] = entries("message.received"), entries("conversation.turn")
    conversation = Conversation.objects.get()
    message = heard["message"]
    assert heard["messageId"] == message["id"] == str(Message.objects.get(external_id="m1").pk)
    assert heard["conversationId"] == heard["conversation"]["id"] == str(conversation.pk)
    assert message["replyToId"] == str(asked.pk)
    assert (message["type"], message["text"], message["payload"]) == ("LOCATION", "Here", place)
    assert (message["referral"], message["attachments"]) == ({"source_id": "7"}, [])
    assert message["author"] == {"kind": "CONTACT", "id": str(conversation.contact_id), "name": "Ann"}
    assert message["sentAt"] == "2026-03-02T08:01:00Z"
    assert heard["conversation"]["platform"] == "MESSENGER"
    assert heard["conversation"]["handler"] == "AI"
    assert heard["conversation"]["window"] == {"state": "CLOSED", "closesAt": "2026-03-03T08:01:00Z"}
    contact = {"id": str(conversation.contact_id), "externalId": "ann"}
    assert heard["contact"] == {**contact, "name": "Ann", "username": "ann.a", "phone": None}
    assert turn["messages"] == [message]
    assert (turn["conversation"], turn["contact"]) == (heard["conversation"], heard["contact"])


def test_what_was_taken_back_at_once_is_not_told(ai: ChannelIntegration) -> None:
    tell(ai, received("m1", 1, text="oops"), deleted("m1", 2))
    [heard] = entries("message.received")
    assert heard["message"]["text"] == ""
    assert turns() == []
