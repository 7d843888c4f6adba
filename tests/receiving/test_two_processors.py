"""Two processors at once: one works and the other stands by, and what they write does not depend on which."""

from __future__ import annotations

import threading
from collections import defaultdict
from functools import partial
from pathlib import Path

import pytest
from django.db import OperationalError

from backend.conversations.models import Conversation, Message
from backend.engine.lanes import Lane
from backend.engine.locks import lock_maker
from backend.engine.threads import Engine
from backend.feed.models import FeedEntry, FeedHead
from backend.integrations.models import ChannelIntegration
from backend.receiving import process
from backend.receiving.models import EventState, WebhookEvent
from tests.receiving.bodies import item, told
from tests.side_by_side import side_by_side

pytestmark = pytest.mark.django_db(transaction=True)

DEADLINE = 60.0
HOT = 100  # Conversations in which everything happens.
EACH = 8  # Messages of each.
BATCH = 20


def fill(page: ChannelIntegration) -> None:
    """Everybody writes in turn, so that neighbours of one conversation lie in different batches."""
    bodies = [
        told(page, item(page, f"{n}", sender=f"contact-{contact}", second=n))
        for n in range(EACH)
        for contact in range(HOT)
    ]
    WebhookEvent.objects.bulk_create([WebhookEvent(body=body) for body in bodies])


def said_in_feed() -> dict[str, list[str]]:
    """What the feed says of each conversation, in its order."""
    text_of = {str(pk): text for pk, text in Message.objects.values_list("pk", "text")}
    said: dict[str, list[str]] = defaultdict(list)
    for entry in FeedEntry.objects.filter(type="message.received").order_by("number"):
        said[entry.data["conversationId"]].append(text_of[entry.data["messageId"]])
    return said


def assert_all_is_there(page: ChannelIntegration) -> None:
    assert set(WebhookEvent.objects.values_list("state", flat=True)) == {EventState.DONE}
    assert Message.objects.count() == HOT * EACH
    assert set(Conversation.objects.values_list("unread_count", flat=True)) == {EACH}
    numbers = list(FeedEntry.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))
    assert FeedHead.objects.get(business=page.business_id).last == len(numbers)


def test_no_inversion_in_the_feed(page: ChannelIntegration, tmp_path: Path) -> None:
    """Two workers, of which the one that works is stopped in the middle."""
    fill(page)
    turns: list[int] = []
    halfway, done = threading.Event(), threading.Event()

    def work(worker: int) -> bool:
        turns.append(worker)
        more = process.drain(BATCH)
        if len(turns) >= HOT * EACH // BATCH // 2:
            halfway.set()
        if not more:
            done.set()
        return more

    make_lock = lock_maker(tmp_path)
    lanes = [Lane("inbox", partial(work, worker), exclusive=True, look_every=0.05) for worker in (0, 1)]
    engines = [Engine([lane], make_lock) for lane in lanes]
    for engine in engines:
        engine.start()
    assert halfway.wait(DEADLINE)
    engines[turns[0]].stop(DEADLINE)
    assert done.wait(DEADLINE)
    engines[1 - turns[0]].stop(DEADLINE)
    assert set(turns) == {0, 1}
    assert turns == sorted(turns, key=turns.index)  # They never took turns: one, and then the other.
    assert_all_is_there(page)
    assert set(map(tuple, said_in_feed().values())) == {tuple(str(n) for n in range(EACH))}


def test_without_the_lock_nothing_is_doubled_or_lost(page: ChannelIntegration) -> None:
    """As when a holder is cut off and writes on for a moment. The order is the lock's; the rest is not."""
    fill(page)

    def work() -> None:
        while WebhookEvent.objects.filter(due_at__isnull=False).exists():
            try:
                process.drain(BATCH)
            except OperationalError:
                continue  # They were in each other's way; the lane looks again.

    side_by_side(work, work)
    assert_all_is_there(page)
