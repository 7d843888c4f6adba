"""Whose message goes out next: nobody waits for the long queue of somebody else."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.businesses.models import Business
from backend.conversations.models import Conversation, Direction, Message
from backend.lib.clock import now
from backend.platforms.port import ContactCard
from backend.sending.deliver import Crew
from backend.sending.turns import LIST_FOR, Turns
from tests.conversations.said import received, tell
from tests.integrations.accounts import connected
from tests.sending.conftest import Platform

FREE = 4
DEADLINE = 20.0

Queue = Callable[[str, int], list[UUID]]


@pytest.fixture
def queue(db: None) -> Queue:
    """Queue so many messages of a business, each in a conversation of its own; the earliest first."""

    def fill(name: str, count: int) -> list[UUID]:
        business, _ = Business.objects.get_or_create(id=name, defaults={"name": name})
        integration = connected(business, "MESSENGER")
        cards = [ContactCard(external_id=f"{name}{number}") for number in range(count)]
        tell(integration, *(received(card.external_id, contact=card, occurred_at=now()) for card in cards))
        conversations = Conversation.objects.filter(integration=integration).order_by("pk")
        messages = [_queued(conversation) for conversation in conversations]
        Message.objects.bulk_create(messages)
        return [message.pk for message in messages]

    return fill


def _queued(conversation: Conversation) -> Message:
    return Message(
        business_id=conversation.business_id,
        integration_id=conversation.integration_id,
        conversation=conversation,
        account_id=conversation.account_id,
        direction=Direction.OUTBOUND,
        type="TEXT",
        text=conversation.business_id,
        delivery_status="QUEUED",
        sent_at=now(),
        due_at=now(),
    )


def owners(taken: list[tuple[UUID, str]]) -> list[str]:
    return [business for _, business in taken]


def test_whoever_is_alone_has_it_all(queue: Queue) -> None:
    messages = queue("big", 6)
    taken = Turns().take(FREE, share=FREE, in_hand={})
    assert [message for message, _ in taken] == messages[:FREE]


def test_a_long_queue_holds_up_nobody(queue: Queue) -> None:
    queue("big", 20)
    (small,) = queue("small", 1)
    taken = Turns().take(FREE, share=FREE, in_hand={})
    assert (small, "small") in taken
    assert owners(taken).count("big") == FREE - 1


def test_with_one_place_they_take_turns(queue: Queue) -> None:
    for name in ("a", "b", "c"):
        queue(name, 3)
    turns, served = Turns(), []
    for _ in range(6):
        ((message, business),) = turns.take(1, share=1, in_hand={})
        served.append(business)
        Message.objects.filter(pk=message).update(delivery_status="SENT")
    assert served == ["a", "b", "c"] * 2


def test_who_has_much_in_hand_comes_later(queue: Queue) -> None:
    big, small = queue("big", 9), queue("small", 2)
    turns = Turns()
    in_hand = dict.fromkeys(big[:3], "big")
    taken = turns.take(2, share=FREE, in_hand=in_hand)
    assert (small[0], "small") in taken
    assert not {message for message, _ in taken} & set(in_hand)


def test_nobody_has_more_than_their_share(queue: Queue) -> None:
    big = queue("big", 9)
    in_hand = dict.fromkeys(big[:2], "big")
    assert len(Turns().take(FREE, share=3, in_hand=in_hand)) == 1
    assert Turns().take(FREE, share=2, in_hand=in_hand) == []


def test_what_is_due_later_waits(queue: Queue) -> None:
    queue("later", 2)
    Message.objects.filter(business_id="later").update(due_at=now() + timedelta(hours=1))
    queue("now", 1)
    assert Message.objects.waiting_businesses(now()) == ["now"]
    assert owners(Turns().take(FREE, share=FREE, in_hand={})) == ["now"]


def test_a_look_asks_once_for_each_that_it_serves(queue: Queue) -> None:
    for name in ("a", "b", "c", "d", "e", "f"):
        queue(name, 2)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        taken = Turns().take(FREE, share=FREE, in_hand={})
    assert len(taken) == FREE
    assert len(asked) == 1 + FREE


def test_whoever_comes_while_the_threads_are_busy_is_seen_in_a_moment(queue: Queue) -> None:
    """Thousands that wait are not counted again at every message that goes out."""
    at = [0.0]
    turns = Turns(clock=lambda: at[0])
    big = queue("big", 4)
    turns.take(1, share=FREE, in_hand={})
    queue("small", 1)
    in_hand = {big[0]: "big"}
    assert owners(turns.take(1, share=FREE, in_hand=in_hand)) == ["big"]
    at[0] += LIST_FOR * 2
    assert owners(turns.take(1, share=FREE, in_hand=in_hand)) == ["small"]
    queue("late", 1)
    assert "late" in owners(turns.take(FREE, share=FREE, in_hand={}))  # Nobody is busy: it is seen at once.


@pytest.mark.django_db(transaction=True)
def test_a_platform_that_hangs_for_one_answers_another(
    queue: Queue, platform: Platform, settings: Any
) -> None:
    """The big one's calls hang; the small one's message goes out all the same."""
    hanging, small_sent = threading.Event(), threading.Event()

    def answer(request: httpx2.Request) -> httpx2.Response:
        if b'"small"' in request.content:
            small_sent.set()
        else:
            assert hanging.wait(DEADLINE)
        return platform.accept(f"wire-{request.content!r}"[:200])

    settings.META_TRANSPORT = httpx2.MockTransport(answer)
    queue("big", 20)
    crew = Crew(FREE)
    try:
        crew.send_due()
        queue("small", 1)
        crew.send_due()
        assert small_sent.wait(DEADLINE)
    finally:
        hanging.set()
        while crew.send_due():
            pass
    assert not Message.objects.filter(delivery_status="QUEUED").exists()
