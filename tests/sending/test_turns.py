"""Whose message goes out next: nobody waits for the long queue of somebody else."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from backend.businesses.models import Business
from backend.conversations.models import Conversation, Direction, Message
from backend.conversations.models.outbox import Waiting, pick, waiting_accounts
from backend.integrations.models import ChannelIntegration
from backend.lib.clock import now
from backend.platforms.port import ContactCard
from backend.sending.crew import Crew
from backend.sending.lines import Line, line_of
from backend.sending.turns import LIST_FOR, Turns
from tests.conversations.said import received, tell
from tests.integrations.accounts import connected
from tests.sending.conftest import Platform

FREE = 4
DEADLINE = 20.0

Queue = Callable[..., list[UUID]]


@pytest.fixture
def queue(db: None) -> Queue:
    """Queue so many messages of a business, each in a conversation of its own; the earliest first."""

    def fill(name: str, count: int, platform: str = "MESSENGER") -> list[UUID]:
        business, _ = Business.objects.get_or_create(id=name, defaults={"name": name})
        integration = connected(business, platform)
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


def take(turns: Turns, free: int, *, share: int = FREE, in_hand: Sequence[Line] = ()) -> list[Waiting]:
    """What a look finds to send, with room for all of it."""
    if not in_hand or not turns.is_listed():
        turns.list_anew()
    wanted = turns.ask(free, share=share, in_hand=in_hand, room=lambda _line, most: most)
    with transaction.atomic():
        return turns.choose(pick(now(), wanted), free, share=share, in_hand=in_hand)


def owners(taken: list[Waiting]) -> list[str]:
    return [Message.objects.get(pk=each.id).business_id for each in taken]


def ids(taken: list[Waiting]) -> list[UUID]:
    return [each.id for each in taken]


def line(business: str) -> Line:
    """The way out of this business's account."""
    return line_of(ChannelIntegration.objects.get(business_id=business))


def test_whoever_is_alone_has_it_all(queue: Queue) -> None:
    messages = queue("big", 6)
    assert ids(take(Turns(), FREE)) == messages[:FREE]


def test_a_long_queue_holds_up_nobody(queue: Queue) -> None:
    queue("big", 20)
    (small,) = queue("small", 1)
    taken = take(Turns(), FREE)
    assert small in ids(taken)
    assert owners(taken).count("big") == FREE - 1


def test_accounts_of_a_business_take_turns(queue: Queue) -> None:
    queue("big", 20)
    (small,) = queue("big", 1, platform="INSTAGRAM")
    assert small in ids(take(Turns(), 2))


def test_with_one_place_they_take_turns(queue: Queue) -> None:
    for name in ("a", "b", "c"):
        queue(name, 3)
    turns, served = Turns(), []
    for _ in range(6):
        (message,) = take(turns, 1, share=1)
        served += owners([message])
        Message.objects.filter(pk=message.id).update(delivery_status="SENT")
    assert sorted(served[:3]) == ["a", "b", "c"]
    assert served[3:] == served[:3]


def test_who_has_much_in_hand_comes_later(queue: Queue) -> None:
    big, small = queue("big", 9), queue("small", 2)
    Message.objects.filter(pk__in=big[:3]).update(delivery_status="SENDING")
    taken = take(Turns(), 1, in_hand=[line("big")] * 3)
    assert ids(taken) == small[:1]


def test_nobody_has_more_than_their_share(queue: Queue) -> None:
    queue("big", 9)
    assert len(take(Turns(), FREE, share=3, in_hand=[line("big")] * 2)) == 1
    assert take(Turns(), FREE, share=2, in_hand=[line("big")] * 2) == []


def test_what_is_due_later_waits(queue: Queue) -> None:
    queue("later", 2)
    Message.objects.filter(business_id="later").update(due_at=now() + timedelta(hours=1))
    queue("now", 1)
    assert waiting_accounts(now()) == [line("now").integration_id]
    assert owners(take(Turns(), FREE)) == ["now"]


def test_a_look_asks_once_for_all(queue: Queue) -> None:
    for name in ("a", "b", "c", "d", "e", "f"):
        queue(name, 2)
    turns = Turns()
    with CaptureQueriesContext(connection) as asked:
        taken = take(turns, FREE)
    assert len(taken) == FREE
    statements = [query["sql"] for query in asked.captured_queries]
    # Who waits, their accounts, and what is next in each.
    assert len([each for each in statements if not each.startswith(("SAVEPOINT", "RELEASE", "BEGIN"))]) == 3


def test_whoever_comes_while_the_threads_are_busy_is_seen_in_a_moment(queue: Queue) -> None:
    """Thousands that wait are not counted again at every message that goes out."""
    at = [0.0]
    turns = Turns(clock=lambda: at[0])
    big = queue("big", 4)
    take(turns, 1)
    queue("small", 1)
    Message.objects.filter(pk=big[0]).update(delivery_status="SENDING")
    in_hand = [line("big")]
    assert owners(take(turns, 1, in_hand=in_hand)) == ["big"]
    at[0] += LIST_FOR * 2
    assert owners(take(turns, 1, in_hand=in_hand)) == ["small"]
    queue("late", 1)
    assert "late" in owners(take(turns, FREE))  # Nobody is busy: it is seen at once.


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
        deadline = time.monotonic() + DEADLINE
        while not small_sent.is_set() and time.monotonic() < deadline:
            crew.send_due()
        assert small_sent.is_set()
    finally:
        hanging.set()
        while crew.send_due():
            pass
    assert not Message.objects.filter(delivery_status="QUEUED").exists()
