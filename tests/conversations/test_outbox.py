"""An own message and the news about it meet in any order, and are one row."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import timedelta

import pytest

from backend.conversations.models import AuthorKind, Conversation, Message, ParkedNotice
from backend.conversations.record import (
    record_abandoned,
    record_postponed,
    record_refused,
    record_retried,
    record_sent,
)
from backend.feed.models import FeedEntry
from backend.integrations.models import ChannelIntegration
from backend.lib.clock import now
from backend.platforms.errors import ContactUnreachable, OutcomeUnknown, PlatformWords
from backend.platforms.port import DeliveryStatus as S
from tests.conversations.conftest import Forgotten, Queue
from tests.conversations.said import ANN, OWN_APP, echoed, reacted, read_up_to, received, status, tell

SENDING = {"delivery_status": S.SENDING}


@pytest.fixture
def sending(queue: Queue) -> Message:
    """A reply that a worker is sending this moment."""
    return queue("Welcome", claimed_at=now(), **SENDING)


def only_outbound() -> Message:
    """The one row of the one message; a second one fails here."""
    return Message.objects.get(direction="OUTBOUND")


Step = Callable[[], None]


def steps_of(page: ChannelIntegration, message: Message, mark: str) -> list[Step]:
    """What happens around one send: our answer, its echo, and two statuses."""
    echo = echoed("wire", occurred_at=now(), text="Welcome", correlation_id=mark)
    return [
        lambda: record_sent(message.pk, "wire"),
        lambda: tell(page, echo),
        lambda: tell(page, status("wire", S.DELIVERED, correlation_id=mark)),
        lambda: tell(page, read_up_to("wire")),
    ]


@pytest.mark.parametrize("marked", [True, False], ids=["with our mark", "by its text"])
def test_answer_echo_and_statuses_in_any_order(
    page: ChannelIntegration, queue: Queue, forgotten: Forgotten, marked: bool
) -> None:
    for order in itertools.permutations(range(4)):
        with forgotten():
            message = queue("Welcome", claimed_at=now(), **SENDING)
            steps = steps_of(page, message, str(message.pk) if marked else "")
            for index in order:
                steps[index]()
                steps[index]() if index else None  # What comes over a webhook may come twice.
            row = only_outbound()
            assert (row.pk, row.external_id, row.delivery_status) == (message.pk, "wire", S.READ), order
            assert row.author_kind == AuthorKind.MEMBER
            assert not ParkedNotice.objects.exists()


def test_a_status_knows_the_message_by_our_mark(page: ChannelIntegration, sending: Message) -> None:
    tell(page, status("wire", S.DELIVERED, correlation_id=str(sending.pk)))
    row = only_outbound()
    assert (row.external_id, row.delivery_status) == ("wire", S.DELIVERED)


def test_an_echo_without_a_mark_that_came_first_is_taken_in(
    page: ChannelIntegration, conversation: Conversation, sending: Message
) -> None:
    tell(page, echoed("wire", occurred_at=now(), text="The platform changed the words"))
    tell(page, status("wire", S.DELIVERED), reacted("wire", 5, "❤"))
    record_sent(sending.pk, "wire")
    row = only_outbound()
    assert (row.pk, row.delivery_status) == (sending.pk, S.DELIVERED)
    assert row.reactions == [{"emoji": "❤", "by": "ann"}]
    conversation.refresh_from_db()
    assert conversation.last_message_id == row.pk


def test_a_status_that_names_id_and_mark_takes_the_echo_in(
    page: ChannelIntegration, conversation: Conversation, sending: Message
) -> None:
    tell(page, echoed("wire", occurred_at=now(), text="The platform changed the words"))
    tell(page, status("wire", S.DELIVERED, correlation_id=str(sending.pk)), received("next", 1))
    row = only_outbound()
    assert (row.pk, row.external_id, row.delivery_status) == (sending.pk, "wire", S.DELIVERED)


@pytest.mark.parametrize(
    "echo",
    [
        echoed("other", text="Something else"),
        echoed("other", text="Welcome", app_id="another app"),
        echoed("other", text="Welcome", correlation_id="mark of other software"),
    ],
    ids=["other words", "another app", "another mark"],
)
def test_what_others_wrote_is_a_message_of_its_own(
    page: ChannelIntegration, queue: Queue, echo: object
) -> None:
    ours = queue("Welcome", claimed_at=now(), **SENDING)
    tell(page, echo)  # type: ignore[arg-type]
    ours.refresh_from_db()
    assert ours.external_id is None
    assert Message.objects.get(external_id="other").author_kind == AuthorKind.EXTERNAL


def test_the_same_words_of_long_ago_are_not_ours(page: ChannelIntegration, sending: Message) -> None:
    tell(page, echoed("other", occurred_at=now() - timedelta(hours=2), text="Welcome", app_id=OWN_APP))
    assert Message.objects.filter(direction="OUTBOUND").count() == 2


def test_two_sends_of_the_same_words_take_an_echo_each(page: ChannelIntegration, queue: Queue) -> None:
    first, second = (queue("Welcome", claimed_at=now(), **SENDING) for _ in range(2))
    tell(page, echoed("wire-1", occurred_at=now()), echoed("wire-2", occurred_at=now()))
    record_sent(second.pk, "wire-2")
    record_sent(first.pk, "wire-1")
    rows = Message.objects.filter(direction="OUTBOUND").order_by("id")
    assert [(row.pk, row.external_id) for row in rows] == [(first.pk, "wire-1"), (second.pk, "wire-2")]


def test_a_refusal_is_kept_in_words(sending: Message) -> None:
    words = PlatformWords(code=551, user_message="This person isn't available.")
    record_refused(sending.pk, ContactUnreachable("Away.", words=words))
    row = only_outbound()
    assert (row.delivery_status, row.error_code) == (S.FAILED, "contact_unreachable")
    assert (row.error_message, row.error_platform_code) == (
        "Away. Meta says: This person isn't available.",
        551,
    )
    assert row.error_resolution == ContactUnreachable.default_resolution


def test_an_unknown_outcome_is_lifted_by_its_echo(page: ChannelIntegration, sending: Message) -> None:
    record_refused(sending.pk, OutcomeUnknown())
    assert only_outbound().error_code == "outcome_unknown"
    tell(page, echoed("wire", occurred_at=now()))
    row = only_outbound()
    assert (row.pk, row.delivery_status, row.error_code) == (sending.pk, S.SENT, "")


def test_a_refusal_after_the_proof_changes_nothing(page: ChannelIntegration, sending: Message) -> None:
    tell(page, echoed("wire", occurred_at=now()))
    record_refused(sending.pk, OutcomeUnknown())
    record_postponed(sending.pk, due_at=now())
    assert only_outbound().delivery_status == S.SENT


def test_a_message_that_waits_for_another_try_is_not_given_up(sending: Message) -> None:
    record_postponed(sending.pk, due_at=now())
    record_refused(sending.pk, OutcomeUnknown())
    row = only_outbound()
    assert (row.delivery_status, row.claimed_at) == (S.QUEUED, None)


def test_the_echo_of_a_try_taken_for_void_ends_the_next_one(
    page: ChannelIntegration, sending: Message
) -> None:
    record_postponed(sending.pk, due_at=now())
    tell(page, echoed("wire", occurred_at=now(), correlation_id=str(sending.pk)))
    assert only_outbound().delivery_status == S.SENT
    assert not Message.objects.due(now()).exists()


def test_a_claim_of_a_dead_worker_ends_as_unknown(queue: Queue) -> None:
    old, fresh = (queue(f"Hello {age}", claimed_at=now() - age, **SENDING) for age in (MINUTES, SECONDS))
    assert record_abandoned(before=now() - timedelta(minutes=1)) == 1
    old.refresh_from_db()
    fresh.refresh_from_db()
    assert (old.delivery_status, old.error_code) == (S.FAILED, "outcome_unknown")
    assert fresh.delivery_status == S.SENDING


MINUTES, SECONDS = timedelta(minutes=2), timedelta(seconds=5)


def test_the_answer_of_a_worker_given_up_still_counts(sending: Message) -> None:
    Message.objects.filter(pk=sending.pk).update(claimed_at=now() - MINUTES)
    record_abandoned(before=now() - timedelta(minutes=1))
    record_sent(sending.pk, "wire")
    row = only_outbound()
    assert (row.delivery_status, row.external_id, row.error_code) == (S.SENT, "wire", "")


def test_a_retry_starts_from_nothing(sending: Message) -> None:
    record_refused(sending.pk, ContactUnreachable("Away.", words=PlatformWords(code=551)))
    retried = record_retried(only_outbound())
    assert (retried.delivery_status, retried.attempts, retried.error_code) == (S.QUEUED, 0, "")
    assert (retried.error_platform_code, retried.external_id) == (None, None)
    assert list(Message.objects.due(now())) == [retried]


def test_an_early_reading_covers_the_message_whose_answer_was_late(
    page: ChannelIntegration, sending: Message
) -> None:
    watermark = status("", S.READ, watermark=now() + timedelta(milliseconds=1))
    tell(page, watermark)
    assert only_outbound().delivery_status == S.SENDING
    record_sent(sending.pk, "wire")
    assert only_outbound().delivery_status == S.READ


def test_the_newest_message_stands_in_the_list(
    page: ChannelIntegration, conversation: Conversation, sending: Message
) -> None:
    record_sent(sending.pk, "wire")
    tell(page, received("late", 1))
    conversation.refresh_from_db()
    row = only_outbound()
    assert (conversation.last_message_id, conversation.last_message_at) == (row.pk, row.sent_at)


def test_every_change_stands_in_the_feed(page: ChannelIntegration, sending: Message) -> None:
    FeedEntry.objects.all().delete()
    record_sent(sending.pk, "wire")
    tell(page, status("wire", S.DELIVERED), status("wire", S.DELIVERED, contact=ANN))
    entries = FeedEntry.objects.filter(type="message.status").order_by("id")
    assert [entry.data["status"] for entry in entries] == [S.SENT, S.DELIVERED]


def test_a_status_that_is_faster_than_the_answer_tells_no_time(
    page: ChannelIntegration, queue: Queue
) -> None:
    """Else what waited long in the outbox would be shown before what went out meanwhile."""
    queued_at, called_at = now() - timedelta(hours=1), now()
    message = queue("Welcome", claimed_at=called_at, created_at=queued_at, sent_at=queued_at, **SENDING)
    tell(page, status("wire", S.DELIVERED, correlation_id=str(message.pk)))
    record_sent(message.pk, "wire")
    assert only_outbound().sent_at == called_at


def test_a_file_without_words_is_not_taken_for_another(page: ChannelIntegration, queue: Queue) -> None:
    picture = queue("", type="IMAGE", claimed_at=now(), **SENDING)
    tell(page, echoed("film", occurred_at=now(), text="", type="VIDEO"))
    assert Message.objects.get(external_id="film").pk != picture.pk
    tell(page, echoed("picture", occurred_at=now(), text="", type="IMAGE"))
    assert Message.objects.get(external_id="picture").pk == picture.pk
