"""Many at once: requests with one key, workers with one message, a pool with many conversations."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from backend.conversations.models import Conversation, Message, Submission
from backend.integrations.models import ChannelIntegration
from backend.lib.clock import now
from backend.platforms.port import ContactCard, DeliveryStatus
from backend.sending import deliver
from tests.conversations.said import received, tell
from tests.sending.conftest import Platform, Reply

pytestmark = pytest.mark.django_db(transaction=True)

CROWD = 6
DEADLINE = 20.0


def all_at_once(work: Callable[[], object]) -> list[object]:
    """The results of a crowd of threads that begin together."""
    start = threading.Barrier(CROWD, timeout=DEADLINE)

    def run(_: int) -> object:
        start.wait()
        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(CROWD) as pool:
        return list(pool.map(run, range(CROWD)))


def test_requests_with_the_same_key(conversation: Conversation, reply: Reply) -> None:
    answers = all_at_once(lambda: tuple(message.pk for message in reply("word " * 1000, key="k")))
    assert len(set(answers)) == 1
    assert Message.objects.filter(direction="OUTBOUND").count() == 3
    assert Submission.objects.count() == 1


def test_one_message_and_many_workers(platform: Platform, reply: Reply) -> None:
    (message,) = reply()
    all_at_once(lambda: deliver.drain(map))
    assert len(platform.asked) == 1
    assert Message.objects.get(pk=message.pk).attempts == 1


def test_one_claim_wins(reply: Reply) -> None:
    (message,) = reply()
    claims = all_at_once(lambda: Message.objects.claim(message.pk, now()))
    assert sorted(claims, key=bool) == [False] * (CROWD - 1) + [True]


def test_a_pool_keeps_the_order_of_each_conversation(
    page: ChannelIntegration, platform: Platform, reply: Reply
) -> None:
    cards = [ContactCard(external_id=f"contact{n}") for n in range(5)]
    tell(page, *(received(card.external_id, contact=card, occurred_at=None) for card in cards))
    texts = ["one", "two", "three"]
    for text in texts:
        for card in cards:
            reply(text, where=Conversation.objects.get(contact__external_id=card.external_id))
    while deliver.drain():
        pass
    assert set(Message.objects.filter(direction="OUTBOUND").values_list("delivery_status", flat=True)) == {
        DeliveryStatus.SENT
    }
    for card in cards:
        bodies = [body for body in platform.bodies() if body["recipient"]["id"] == card.external_id]
        assert [body["message"]["text"] for body in bodies] == texts
