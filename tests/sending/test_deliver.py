"""Queued messages go out, each at most once, and what became of them is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from structlog.testing import capture_logs

from backend.conversations.models import Conversation, Message
from backend.integrations.models import ChannelIntegration, IntegrationStatus
from backend.lib.clock import now
from backend.lib.crypto import new_key
from backend.platforms.port import DeliveryStatus as S
from backend.sending import deliver
from backend.sending.backoff import JITTER, PAUSES
from backend.sending.models import Pace
from backend.sending.reply import retry
from tests.conftest import Cast
from tests.conversations.said import BEN, echoed, received, status, tell
from tests.integrations.accounts import ACCESS_TOKEN, PAGE_TOKEN, connected
from tests.platforms.cast import refusal
from tests.sending.conftest import Later, Platform, Reply, again, started

SendAll = Callable[[], None]


@pytest.mark.parametrize("name", ["INSTAGRAM", "MESSENGER", "WHATSAPP"])
def test_it_is_sent(cast: Cast, platform: Platform, reply: Reply, sent_off: SendAll, name: str) -> None:
    (message,) = reply("Welcome", where=started(connected(cast.rival, name)))
    sent_off()
    row = again(message)
    assert (row.delivery_status, row.external_id, row.attempts) == (S.SENT, "wire-1", 1)
    assert platform.texts() == ["Welcome"]
    token = ACCESS_TOKEN if name == "WHATSAPP" else PAGE_TOKEN
    assert platform.asked[0].headers["authorization"] == f"Bearer {token}"
    assert token not in str(platform.asked[0].url)


def test_a_refusal_is_final_and_explained(platform: Platform, reply: Reply, sent_off: SendAll) -> None:
    (message,) = reply()
    platform.answers = [refusal(10, 2018278)]
    with capture_logs() as lines:
        sent_off()
    row = again(message)
    assert (row.delivery_status, row.error_code, row.error_platform_code) == (S.FAILED, "window_closed", 10)
    (told,) = [line for line in lines if line["event"] == "outbox.refused"]
    assert (told["message_id"], told["platform_subcode"]) == (str(message.pk), 2018278)
    assert told["trace_id"] == "Atrace"
    assert row.error_message
    assert row.error_resolution
    assert row.conversation.integration.status == IntegrationStatus.CONNECTED
    assert len(platform.asked) == 1


def rate_limited(seconds: int) -> httpx2.Response:
    error = {"message": "(#613) Too many.", "code": 613}
    return httpx2.Response(400, json={"error": error}, headers={"Retry-After": str(seconds)})


PASSING: dict[str, httpx2.Response | Exception] = {
    "a passing fault": refusal(2, status=503, is_transient=True),
    "no connection": httpx2.ConnectError("refused"),
    "no connection in time": httpx2.ConnectTimeout("late"),
}


@pytest.mark.parametrize("answer", PASSING.values(), ids=PASSING)
def test_what_did_not_happen_is_tried_again(
    platform: Platform, reply: Reply, sent_off: SendAll, later: Later, answer: httpx2.Response | Exception
) -> None:
    (message,) = reply()
    platform.answers = [answer]
    sent_off()
    row = again(message)
    assert (row.delivery_status, row.attempts, row.claimed_at) == (S.QUEUED, 1, None)
    assert row.due_at
    assert abs(row.due_at - now() - PAUSES[0]) < timedelta(seconds=1.5)
    assert len(platform.asked) == 1
    later(PAUSES[0] + timedelta(seconds=1))
    sent_off()
    assert (again(message).delivery_status, again(message).attempts) == (S.SENT, 2)


def test_an_account_that_is_asked_to_slow_down_rests_and_no_try_is_used_up(
    page: ChannelIntegration, platform: Platform, reply: Reply, sent_off: SendAll, later: Later
) -> None:
    """All of the account waits as long as it was told, other conversations too; then everything goes out."""
    tell(page, received("of-ben", contact=BEN, occurred_at=now()))
    (message,) = reply("to Ann")
    platform.answers = [rate_limited(120)]
    sent_off()
    reply("to Ben", where=Conversation.objects.get(contact__external_id="ben"))
    later(timedelta(seconds=110))
    sent_off()
    assert platform.texts() == ["to Ann"]
    assert (again(message).delivery_status, again(message).attempts) == (S.QUEUED, 0)
    later(timedelta(seconds=120 * (1 + JITTER) + 1))
    sent_off()
    assert sorted(platform.texts()) == ["to Ann", "to Ann", "to Ben"]
    assert again(message).delivery_status == S.SENT
    assert not Pace.objects.filter(held_until__isnull=False).exists()


def test_another_account_does_not_rest_with_it(
    cast: Cast, platform: Platform, reply: Reply, sent_off: SendAll
) -> None:
    reply("slow")
    platform.answers = [rate_limited(120)]
    sent_off()
    reply("quick", where=started(connected(cast.rival, "MESSENGER")))
    sent_off()
    assert platform.texts() == ["slow", "quick"]


def test_a_message_that_fails_again_and_again_is_given_up(
    platform: Platform, reply: Reply, sent_off: SendAll, later: Later
) -> None:
    (message,) = reply()
    platform.answers = [httpx2.ConnectError("refused")] * (len(PAUSES) + 1)
    for attempt in range(len(PAUSES) + 1):
        later(attempt * timedelta(minutes=13))
        sent_off()
    row = again(message)
    assert (row.delivery_status, row.error_code) == (S.FAILED, "platform_unavailable")
    assert row.error_resolution.startswith("It is not tried again by itself")
    assert not platform.answers


def test_what_could_not_go_out_in_time_fails_for_all_to_see(
    settings: Any, cast: Cast, platform: Platform, reply: Reply, sent_off: SendAll, later: Later
) -> None:
    settings.SEND_WITHIN_HOURS = 2
    (tried,), (waiting,) = reply("one"), reply("two")
    Message.objects.filter(pk=tried.pk).update(due_at=now() + timedelta(hours=3))
    later(timedelta(hours=2, minutes=1))
    sent_off()
    deliver.rescue()
    for message in (tried, waiting):
        row = again(message)
        assert (row.delivery_status, row.error_code) == (S.FAILED, "not_sent_in_time")
        assert row.error_resolution
    assert not platform.asked
    retried = retry(again(waiting), by=cast.agent)
    sent_off()
    assert again(retried).delivery_status == S.SENT


UNHEARD: dict[str, httpx2.Response | Exception] = {
    "the answer was lost": httpx2.ReadError("closed"),
    "the answer was late": httpx2.ReadTimeout("late"),
    "a fault without words": httpx2.Response(502, text="<html>Bad gateway</html>"),
    "an answer that makes no sense": httpx2.Response(200, text="<html>Hello</html>"),
    "an answer without an id": httpx2.Response(200, json={"success": True}),
    "a fault of ours": ZeroDivisionError("ours"),
}


@pytest.mark.parametrize("answer", UNHEARD.values(), ids=UNHEARD)
def test_what_may_have_happened_is_never_repeated(
    platform: Platform, reply: Reply, sent_off: SendAll, later: Later, answer: httpx2.Response | Exception
) -> None:
    (message,) = reply()
    platform.answers = [answer]
    sent_off()
    later(timedelta(hours=5))
    sent_off()
    deliver.rescue()
    row = again(message)
    assert (row.delivery_status, row.error_code) == (S.FAILED, "outcome_unknown")
    assert row.error_resolution
    assert len(platform.asked) == 1


def test_late_proof_lifts_an_unknown_outcome(
    page: ChannelIntegration, platform: Platform, reply: Reply, sent_off: SendAll
) -> None:
    (message,) = reply("Welcome")
    platform.answers = [httpx2.ReadError("closed")]
    sent_off()
    tell(page, status("wire", S.DELIVERED), echoed("wire", occurred_at=now(), correlation_id=str(message.pk)))
    row = again(message)
    assert (row.delivery_status, row.external_id, row.error_code) == (S.DELIVERED, "wire", "")
    assert Message.objects.filter(direction="OUTBOUND").count() == 1


def test_a_dead_token_stops_the_integration_and_says_what_to_do(
    page: ChannelIntegration, platform: Platform, reply: Reply, sent_off: SendAll
) -> None:
    (message,) = reply()
    platform.answers = [refusal(190, 463, status=401)]
    sent_off()
    page.refresh_from_db()
    assert (again(message).delivery_status, again(message).error_code) == (S.FAILED, "reconnect_required")
    assert (page.status, page.last_error_code) == (IntegrationStatus.ERROR, "reconnect_required")
    assert page.last_error
    assert page.last_error_resolution
    assert page.last_error_at


def test_what_waits_behind_a_dead_token_fails_without_a_call(
    platform: Platform, reply: Reply, sent_off: SendAll
) -> None:
    _, second = reply("one"), reply("two")[0]
    platform.answers = [refusal(190, 463, status=401)]
    sent_off()
    assert (again(second).delivery_status, again(second).error_code) == (S.FAILED, "not_connected")
    assert len(platform.asked) == 1


def test_keys_that_do_not_open_the_token(
    settings: Any, platform: Platform, reply: Reply, sent_off: SendAll
) -> None:
    (message,) = reply()
    settings.ENCRYPTION_KEYS = f"k2:{new_key()}"
    sent_off()
    row = again(message)
    assert (row.delivery_status, row.error_code) == (S.FAILED, "secrets_unreadable")
    assert "ENCRYPTION_KEYS" in row.error_resolution
    assert not platform.asked


def test_the_rules_hold_at_the_moment_of_sending(
    page: ChannelIntegration, platform: Platform, reply: Reply, sent_off: SendAll, later: Later
) -> None:
    (message,) = reply()
    later(timedelta(hours=24, minutes=1))
    sent_off()
    assert (again(message).delivery_status, again(message).error_code) == (S.FAILED, "window_closed")
    assert not platform.asked


def test_an_account_that_was_replaced_meanwhile(platform: Platform, reply: Reply, sent_off: SendAll) -> None:
    (message,) = reply()
    ChannelIntegration.objects.update(account_id="another")
    sent_off()
    assert again(message).error_code == "account_replaced"
    assert not platform.asked


def test_a_claim_that_nobody_came_back_to(
    platform: Platform, reply: Reply, sent_off: SendAll, later: Later
) -> None:
    (message,) = reply()
    assert Message.objects.claim(message.pk, now())
    deliver.rescue()
    sent_off()
    assert again(message).delivery_status == S.SENDING
    later(deliver.LEASE + timedelta(seconds=1))
    deliver.rescue()
    sent_off()
    assert (again(message).delivery_status, again(message).error_code) == (S.FAILED, "outcome_unknown")
    assert not platform.asked


# ---- the order


def test_a_conversation_goes_out_in_order(platform: Platform, reply: Reply, sent_off: SendAll) -> None:
    reply(("word " * 1200).strip())
    reply("the end")
    sent_off()
    assert [len(text) for text in platform.texts()] == [1999, 1999, 1999, 7]


def test_the_second_waits_while_the_first_is_postponed(
    platform: Platform, reply: Reply, sent_off: SendAll, later: Later
) -> None:
    reply("first")
    reply("second")
    platform.answers = [httpx2.ConnectError("refused")]
    sent_off()
    assert platform.texts() == ["first"]
    later(PAUSES[0] + timedelta(seconds=1))
    sent_off()
    assert platform.texts() == ["first", "first", "second"]


def test_the_second_waits_while_the_first_is_being_sent(
    platform: Platform, reply: Reply, sent_off: SendAll
) -> None:
    (first,) = reply("first")
    reply("second")
    assert Message.objects.claim(first.pk, now())
    sent_off()
    assert not platform.asked


def test_the_second_goes_out_after_the_first_has_failed(
    platform: Platform, reply: Reply, sent_off: SendAll
) -> None:
    reply("first")
    reply("second")
    platform.answers = [refusal(100)]
    sent_off()
    assert platform.texts() == ["first", "second"]


def test_other_conversations_do_not_wait(
    page: ChannelIntegration, platform: Platform, reply: Reply, sent_off: SendAll
) -> None:
    tell(page, received("of-ben", contact=BEN, occurred_at=None))
    ben = Conversation.objects.get(contact__external_id="ben")
    reply("to Ann")
    reply("to Ben", where=ben)
    platform.answers = [httpx2.ConnectError("refused")]
    sent_off()
    assert platform.texts() == ["to Ann", "to Ben"]
    assert Message.objects.get(text="to Ben").delivery_status == S.SENT


def test_nothing_due_is_no_work(platform: Platform, reply: Reply) -> None:
    (message,) = reply()
    Message.objects.filter(pk=message.pk).update(due_at=now() + timedelta(minutes=1))
    assert deliver.drain(map) is False
    assert deliver.rescue() is False
