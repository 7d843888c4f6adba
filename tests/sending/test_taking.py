"""What one look takes out of the outbox: as much as each account and each person may be sent, and no more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise

import pytest

from backend.conversations.models import Conversation, Direction, Message
from backend.conversations.record import record_outcomes
from backend.integrations.models import ChannelIntegration
from backend.lib.clock import now
from backend.platforms.port import ContactCard
from backend.platforms.port import DeliveryStatus as S
from backend.sending.breaker import Breaker
from backend.sending.models import Pace
from backend.sending.paces import Wish
from backend.sending.pacing import AHEAD, SHARE
from backend.sending.taking import Taker, Taking
from backend.sending.turns import Turns
from tests.conftest import Cast
from tests.conversations.said import received, tell
from tests.integrations.accounts import connected
from tests.sending.conftest import Later, Platform, Reply, started

SendAll = Callable[[], None]
BURST = 45


@pytest.fixture
def number(cast: Cast) -> ChannelIntegration:
    return connected(cast.rival, "WHATSAPP")


def queue(integration: ChannelIntegration, count: int, **columns: object) -> list[Message]:
    """A message to each of so many people."""
    cards = [ContactCard(external_id=f"4917000{number:05}") for number in range(count)]
    tell(
        integration, *(received(f"in-{card.external_id}", contact=card, occurred_at=now()) for card in cards)
    )
    messages = [
        Message(
            business_id=where.business_id,
            integration_id=where.integration_id,
            conversation=where,
            account_id=where.account_id,
            direction=Direction.OUTBOUND,
            text="Hello",
            delivery_status=S.QUEUED,
            due_at=now(),
            **({"type": "TEXT"} | columns),
        )
        for where in Conversation.objects.filter(integration=integration).order_by("pk")[:count]
    ]
    return Message.objects.bulk_create(messages)


def take(ahead: float = AHEAD, lacking: dict[str, Wish] | None = None) -> Taking:
    return Taker(Turns(), Breaker(), ahead=ahead).take(64, share=64, in_hand=(), lacking=lacking)


def moments(taking: Taking) -> list[float]:
    return sorted(moment for those in taking.moments.values() for moment in those)


def statuses() -> dict[str, int]:
    words = Message.objects.filter(direction="OUTBOUND").values_list("delivery_status", flat=True)
    return {word: list(words).count(word) for word in set(words)}


def test_an_account_gets_moments_a_quarter_of_a_second_ahead(number: ChannelIntegration) -> None:
    """What has no moment yet is left where it is, for whoever comes next."""
    queue(number, 50)
    taking = take()
    taken = len(taking.messages)
    assert taken == int(AHEAD * 80 * SHARE) + 1
    assert statuses() == {S.SENDING: taken, S.QUEUED: 50 - taken}
    gaps = [later - earlier for earlier, later in pairwise(moments(taking))]
    assert gaps == pytest.approx([1 / (80 * SHARE)] * len(gaps), rel=0.01)


def test_a_second_worker_has_later_moments(number: ChannelIntegration) -> None:
    queue(number, 30)
    Pace.objects.create(key=f"WHATSAPP:{number.account_id}", next_at=0)
    first, second = take(ahead=0.05), take(ahead=100.0)
    assert len(first.messages) + len(second.messages) == 30
    assert max(moments(first)) < min(moments(second))


def test_works_that_have_lost_their_moments_come_first(number: ChannelIntegration) -> None:
    queue(number, 50)
    key = f"WHATSAPP:{number.account_id}"
    taking = take(lacking={key: Wish(5, 1 / (80 * SHARE))})
    assert len(taking.moments[key]) == len(taking.messages) + 5 == int(AHEAD * 80 * SHARE) + 1


def test_a_number_at_high_throughput_is_faster(number: ChannelIntegration) -> None:
    number.metadata = {"throughput": "HIGH"}
    number.save()
    queue(number, 50)
    assert len(take().messages) == 50


def test_one_person_gets_no_more_than_whatsapp_takes(
    number: ChannelIntegration, platform: Platform, reply: Reply, sent_off: SendAll, later: Later
) -> None:
    where = started(number)
    for count in range(BURST + 2):
        reply(f"message {count}", where=where)
    sent_off()
    assert len(platform.asked) == BURST
    waiting = Message.objects.filter(delivery_status=S.QUEUED).order_by("id").first()
    assert waiting is not None
    assert waiting.due_at is not None
    assert timedelta(0) < waiting.due_at - now() <= timedelta(seconds=6)
    assert waiting.attempts == 0
    later(timedelta(seconds=7))
    sent_off()
    assert len(platform.asked) == BURST + 1


def test_audio_has_a_line_of_its_own_and_does_not_hold_up_texts(cast: Cast) -> None:
    page = connected(cast.rival, "MESSENGER")
    queue(page, 12, type="AUDIO")
    (text,) = Message.objects.filter(pk=queue(page, 13)[-1].pk)
    taken = {each.attempt.message.pk: each for each in take().messages}
    assert text.pk in taken
    heavy = [each for each in taken.values() if each.attempt.message.type == "AUDIO"]
    assert len(heavy) == int(AHEAD * 10 * SHARE) + 1
    assert Message.objects.filter(
        type="AUDIO", delivery_status=S.QUEUED, due_at__gt=now()
    ).count() == 12 - len(heavy)


def test_what_was_not_tried_goes_back_and_has_used_up_nothing(number: ChannelIntegration) -> None:
    queue(number, 3)
    record_outcomes([each.attempt.give_back() for each in take().messages])
    assert statuses() == {S.QUEUED: 3}
    assert set(Message.objects.filter(direction="OUTBOUND").values_list("attempts", "claimed_at")) == {
        (0, None)
    }
    assert len(take().messages) == 3
