"""What may be said, when, and that it is said once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from backend.conversations.models import AuthorKind, Conversation, Message, Submission
from backend.engine import lanes
from backend.integrations.models import ChannelIntegration, IntegrationStatus
from backend.lib import clock
from backend.lib.refusal import Refusal
from backend.platforms.port import DeliveryStatus
from backend.platforms.registry import PLATFORMS
from backend.sending import errors
from backend.sending.parts import Draft
from backend.sending.reply import queue_reply, retry
from tests.conftest import Cast
from tests.conversations.said import BEN, card, received, tell
from tests.integrations.accounts import connected
from tests.sending.conftest import Later, Reply, again, started

DAY = timedelta(hours=24)


def assert_refused(reply: Callable[[], object], error: type[Refusal]) -> Refusal:
    before = Message.objects.count(), Submission.objects.count()
    with pytest.raises(error) as caught:
        reply()
    assert (Message.objects.count(), Submission.objects.count()) == before
    assert caught.value.message
    return caught.value


def test_a_reply_is_a_queued_row_of_its_author(cast: Cast, conversation: Conversation, reply: Reply) -> None:
    (message,) = reply("Welcome")
    assert (message.delivery_status, message.text) == (DeliveryStatus.QUEUED, "Welcome")
    assert (message.author_kind, message.author_id) == (AuthorKind.MEMBER, str(cast.agent.user_id))
    assert message.author_name == cast.agent.user.name
    conversation.refresh_from_db()
    assert (conversation.last_message_id, conversation.unread_count) == (message.pk, 1)


def test_the_outbox_is_rung_after_the_commit(reply: Reply, django_capture_on_commit_callbacks: Any) -> None:
    rung: list[str] = []
    lanes.use_bell(rung.append)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            reply()
            assert not rung
    finally:
        lanes.use_bell(lambda _lane: None)
    assert rung == ["outbox", "signals"]  # Whoever replies has read.


# ---- when


def test_the_window_closes_after_a_day(reply: Reply, later: Later) -> None:
    later(DAY - timedelta(minutes=1))
    reply()
    later(DAY + timedelta(minutes=1))
    refusal = assert_refused(reply, errors.WindowClosed)
    assert refusal.code == "window_closed"
    assert refusal.resolution


def test_the_window_opens_again_with_the_next_message(
    page: ChannelIntegration, conversation: Conversation, reply: Reply, later: Later
) -> None:
    later(2 * DAY)
    tell(page, received("again", occurred_at=None))
    conversation.refresh_from_db()
    assert reply()


def test_the_business_does_not_open_the_window_itself(page: ChannelIntegration, reply: Reply) -> None:
    tell(page, received("of-ben", contact=BEN, type="SYSTEM"))
    theirs = Conversation.objects.get(contact__external_id="ben")
    assert_refused(lambda: reply(where=theirs), errors.WindowClosed)


@pytest.mark.parametrize(
    "status", [IntegrationStatus.DISCONNECTED, IntegrationStatus.PENDING, IntegrationStatus.ERROR]
)
def test_an_account_that_is_not_connected(conversation: Conversation, reply: Reply, status: str) -> None:
    conversation.integration.status = status
    assert assert_refused(reply, errors.NotConnected).code == "not_connected"


def test_an_account_that_was_replaced(conversation: Conversation, reply: Reply) -> None:
    conversation.integration.account_id = "another"
    assert assert_refused(reply, errors.AccountReplaced).code == "account_replaced"


# ---- what


def test_a_kind_that_cannot_be_sent(reply: Reply) -> None:
    refusal = assert_refused(lambda: reply(type="ORDER"), errors.Unsupported)
    assert "TEXT" in (refusal.resolution or "")


@pytest.mark.parametrize("text", ["", "\n" * 9000], ids=["nothing", "nothing but lines"])
def test_nothing_at_all(reply: Reply, text: str) -> None:
    refusal = assert_refused(lambda: reply(text), errors.NothingToSend)
    assert refusal.fields == {"text": [refusal.message]}


@pytest.mark.parametrize("platform_name", list(PLATFORMS))
def test_a_long_text_is_several_rows_in_order(cast: Cast, reply: Reply, platform_name: str) -> None:
    rivals = connected(cast.rival, platform_name)
    limit = PLATFORMS[platform_name].capabilities.text_limit
    words = [f"word{n}" for n in range(limit // 2)]
    rows = reply(" ".join(words), where=started(rivals))
    assert len(rows) > 2
    assert all(len(row.text) <= limit for row in rows)
    kept = Message.objects.filter(delivery_status=DeliveryStatus.QUEUED).order_by("id")
    assert " ".join(row.text for row in kept).split() == words
    assert list(Message.objects.due(rows[0].created_at)) == [rows[0]]


def test_only_the_first_row_quotes(page: ChannelIntegration, reply: Reply) -> None:
    target = Message.objects.get(external_id="opening")
    rows = reply("word " * 1000, reply_to_id=target.pk)
    assert [row.reply_to_external_id for row in rows] == ["opening", "", ""]


def test_a_target_of_another_conversation(page: ChannelIntegration, reply: Reply) -> None:
    tell(page, received("of-ben", contact=BEN))
    other = Message.objects.get(external_id="of-ben")
    for target in (other.pk, uuid4()):
        refusal = assert_refused(partial(reply, reply_to_id=target), errors.UnknownReplyTarget)
        assert refusal.fields
        assert "replyToId" in refusal.fields


def test_a_target_that_the_platform_does_not_know(reply: Reply) -> None:
    (queued,) = reply()
    assert_refused(lambda: reply(reply_to_id=queued.pk), errors.UnknownReplyTarget)


def test_words_that_no_database_takes(reply: Reply) -> None:
    (message,) = reply("a\x00b\ud83dc")
    assert again(message).text == "a\ufffdb?c"


# ---- once


def test_the_same_key_and_body_are_the_same_reply(conversation: Conversation, reply: Reply) -> None:
    first = reply("word " * 1000, key="k")
    assert reply("word " * 1000, key="k") == first
    assert Message.objects.filter(direction="OUTBOUND").count() == len(first) == 3
    conversation.integration.status = IntegrationStatus.DISCONNECTED
    assert reply("word " * 1000, key="k") == first  # It was accepted; what forbids a new one is no matter.


def test_the_same_key_and_another_body(reply: Reply) -> None:
    reply("one", key="k")
    refusal = assert_refused(lambda: reply("two", key="k"), errors.DuplicateRequest)
    assert refusal.code == "duplicate_request"


def test_the_same_key_in_another_conversation(page: ChannelIntegration, reply: Reply) -> None:
    reply("one", key="k")
    tell(page, received("of-ben", contact=BEN, occurred_at=None))
    other = Conversation.objects.get(contact__external_id="ben")
    assert_refused(lambda: reply("one", key="k", where=other), errors.DuplicateRequest)


def test_the_same_key_after_its_conversation_went_into_another_one(cast: Cast, reply: Reply) -> None:
    number, moment = connected(cast.business, "WHATSAPP"), clock.now()
    by_number, by_user = card("16505550101"), card("", "US.1")
    for contact in (by_number, by_user):
        tell(number, received(f"of-{contact.external_id}", contact=contact, occurred_at=moment))
    asked_of = Conversation.objects.select_related("integration").get(contact__external_id="US.1")
    first = reply("one", key="k", where=asked_of)
    tell(number, received("both", contact=card("16505550101", "US.1"), occurred_at=moment))
    merged = Conversation.objects.select_related("integration").get(integration=number)
    assert merged != asked_of
    assert reply("one", key="k", where=merged) == first
    assert_refused(lambda: reply("two", key="k", where=merged), errors.DuplicateRequest)


def test_keys_of_businesses_do_not_meet(cast: Cast, reply: Reply) -> None:
    theirs = started(connected(cast.rival, "MESSENGER"))
    reply("one", key="k")
    draft = Draft(type="TEXT", text="two")
    (message,) = queue_reply(theirs, draft, by=cast.stranger, idempotency_key="k")
    assert message.business_id == cast.rival.pk


def test_a_key_that_was_refused_can_be_used_again(conversation: Conversation, reply: Reply) -> None:
    conversation.integration.status = IntegrationStatus.DISCONNECTED
    assert_refused(lambda: reply(key="k"), errors.NotConnected)
    conversation.integration.status = IntegrationStatus.CONNECTED
    assert reply(key="k")


# ---- again


@pytest.fixture
def failed(reply: Reply) -> Message:
    (message,) = reply()
    columns = {"delivery_status": DeliveryStatus.FAILED, "error_code": "platform_refused", "attempts": 3}
    Message.objects.filter(pk=message.pk).update(**columns)
    return again(message)


def test_a_failed_message_is_tried_again(cast: Cast, failed: Message) -> None:
    retried = retry(failed, by=cast.agent)
    assert (retried.pk, retried.delivery_status) == (failed.pk, DeliveryStatus.QUEUED)
    assert (retried.attempts, retried.error_code) == (0, "")


@pytest.mark.parametrize("status", [s for s in DeliveryStatus if s != DeliveryStatus.FAILED])
def test_only_a_failed_one(cast: Cast, failed: Message, status: str) -> None:
    Message.objects.update(delivery_status=status)
    with pytest.raises(errors.NotRetryable):
        retry(again(failed), by=cast.agent)
    assert again(failed).delivery_status == status


def test_an_unknown_outcome_needs_a_word_more(cast: Cast, failed: Message) -> None:
    Message.objects.update(error_code="outcome_unknown")
    with pytest.raises(errors.ConfirmationNeeded):
        retry(again(failed), by=cast.agent)
    assert again(failed).delivery_status == DeliveryStatus.FAILED
    assert retry(again(failed), by=cast.agent, confirm=True).delivery_status == DeliveryStatus.QUEUED


def test_a_retry_has_the_rules_of_a_reply(cast: Cast, failed: Message, later: Later) -> None:
    later(DAY + timedelta(minutes=1))
    with pytest.raises(errors.WindowClosed):
        retry(again(failed), by=cast.agent)
