"""Somebody sent a message again: what comes late of the first attempt is not mistaken for the second, nor lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from backend.conversations.marks import Mark, mark_of, read_mark
from backend.conversations.models import AuthorKind, Conversation, Message
from backend.conversations.record import Refused, Sent, record_outcomes, record_retried
from backend.integrations.models import ChannelIntegration
from backend.lib.clock import now
from backend.lib.ids import new_id
from backend.platforms.errors import OutcomeUnknown
from backend.platforms.port import DeliveryStatus as S
from tests.conversations.conftest import Queue
from tests.conversations.said import OWN_APP, echoed, status, tell


@pytest.fixture
def again(queue: Queue) -> Message:
    """Nobody knows whether it arrived, and somebody sent it again; that waits in the outbox."""
    message = queue("Welcome", delivery_status=S.SENDING, claimed_at=now())
    record_outcomes([Refused(message.pk, OutcomeUnknown())])
    return record_retried(Message.objects.get(pk=message.pk))


def first(message: Message) -> str:
    return mark_of(message.pk, 0)


def second(message: Message) -> str:
    return mark_of(message.pk, 1)


def claim(message: Message) -> None:
    assert Message.objects.claim(message.pk, now())


def outbound() -> list[tuple[str | None, str]]:
    rows = Message.objects.filter(direction="OUTBOUND").order_by("external_id")
    return [(row.external_id, row.delivery_status) for row in rows]


def test_each_attempt_has_a_mark_of_its_own() -> None:
    own_id = new_id()
    marks = [mark_of(own_id, resends) for resends in range(3)]
    assert len(set(marks)) == 3
    assert [read_mark(mark) for mark in marks] == [Mark(own_id, resends) for resends in range(3)]


@pytest.mark.parametrize("text", ["", "corr-1", ".1", "x.1", "01a215d4-0e69-759b-8ffa-0177e6e9e5d0.x"])
def test_what_is_no_mark_of_ours(text: str) -> None:
    assert read_mark(text) is None


Proof = Callable[[Message], object]
PROOFS: dict[str, Proof] = {
    "an echo": lambda message: echoed("wire-1", occurred_at=now(), correlation_id=first(message)),
    "a status": lambda message: status("wire-1", S.DELIVERED, correlation_id=first(message)),
    "an echo without a mark": lambda message: echoed("wire-1", occurred_at=now(), app_id=OWN_APP),
}


@pytest.mark.parametrize("proof", PROOFS.values(), ids=PROOFS)
def test_proof_of_the_first_makes_the_second_needless(
    page: ChannelIntegration, again: Message, proof: Proof
) -> None:
    tell(page, proof(again))  # type: ignore[arg-type]
    ((external_id, word),) = outbound()
    assert external_id == "wire-1"
    assert word in (S.SENT, S.DELIVERED)
    assert not Message.objects.due(now()).exists()
    tell(page, status("wire-1", S.READ, correlation_id=first(again)))
    assert outbound() == [("wire-1", S.READ)]


@pytest.mark.parametrize("answered_first", [True, False])
def test_when_both_arrived_there_are_two(
    page: ChannelIntegration, conversation: Conversation, again: Message, answered_first: bool
) -> None:
    claim(again)
    answer = Sent(again.pk, "wire-2", called_at=now(), resends=1)
    late = status("wire-1", S.DELIVERED, correlation_id=first(again), occurred_at=now())
    if answered_first:
        record_outcomes([answer])
        tell(page, late)
    else:
        tell(page, late)
        record_outcomes([answer])
    tell(page, late, status("wire-2", S.READ, correlation_id=second(again)))
    assert outbound() == [("wire-1", S.DELIVERED), ("wire-2", S.READ)]
    twin = Message.objects.get(external_id="wire-1")
    assert (twin.text, twin.author_kind, twin.conversation_id) == (
        "Welcome",
        AuthorKind.MEMBER,
        conversation.pk,
    )
    assert Message.objects.get(pk=again.pk).external_id == "wire-2"


def test_an_echo_of_the_first_after_the_second_is_of_the_same_author(
    page: ChannelIntegration, again: Message
) -> None:
    claim(again)
    record_outcomes([Sent(again.pk, "wire-2", resends=1)])
    tell(page, echoed("wire-1", occurred_at=now(), correlation_id=first(again), app_id=OWN_APP))
    twin = Message.objects.get(external_id="wire-1")
    assert (twin.author_kind, twin.author_name) == (again.author_kind, again.author_name)


def test_that_the_first_failed_says_nothing_of_the_second(page: ChannelIntegration, again: Message) -> None:
    failed = status("wire-1", S.FAILED, correlation_id=first(again))
    tell(page, failed)
    assert Message.objects.get(pk=again.pk).delivery_status == S.QUEUED
    claim(again)
    tell(page, failed)
    assert Message.objects.get(pk=again.pk).delivery_status == S.SENDING
    record_outcomes([Sent(again.pk, "wire-2", resends=1)])
    tell(page, failed)
    assert outbound() == [("wire-2", S.SENT)]


def test_a_failure_of_a_message_that_was_sent_again_is_not_of_the_new_attempt(
    page: ChannelIntegration, queue: Queue
) -> None:
    """WhatsApp repeats a late refusal; the second attempt has gone out meanwhile."""
    message = queue("Welcome", delivery_status=S.SENT, external_id="wire-1")
    failed = status("wire-1", S.FAILED, correlation_id=str(message.pk))
    tell(page, failed)
    record_retried(Message.objects.get(pk=message.pk))
    claim(message)
    record_outcomes([Sent(message.pk, "wire-2", resends=1)])
    tell(page, failed)
    assert outbound() == [("wire-2", S.SENT)]


def test_an_answer_to_the_first_that_comes_after_the_second(again: Message) -> None:
    claim(again)
    record_outcomes([Sent(again.pk, "wire-2", resends=1)])
    record_outcomes([Sent(again.pk, "wire-1", resends=0)])
    assert outbound() == [("wire-1", S.SENT), ("wire-2", S.SENT)]


def test_an_answer_to_the_first_while_the_second_waits(again: Message) -> None:
    record_outcomes([Sent(again.pk, "wire-1", resends=0)])
    assert outbound() == [("wire-1", S.SENT)]


def test_the_end_of_an_older_claim_changes_nothing(queue: Queue) -> None:
    """A worker that was asleep wakes, and another one has the message by now."""
    message = queue("Welcome", delivery_status=S.SENDING, claimed_at=now())
    record_outcomes([Refused(message.pk, OutcomeUnknown(), claimed_at=message.created_at)])
    assert outbound() == [(None, S.SENDING)]
