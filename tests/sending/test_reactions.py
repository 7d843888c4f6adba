"""Reactions: the last wish counts, each is tried at most once, and a person's conversation is left to them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import product
from typing import Any

import httpx2
import pytest

from backend.businesses import keys
from backend.conversations import record
from backend.conversations.marks import reaction_mark
from backend.conversations.models import Conversation, DueReaction, Message
from backend.conversations.models.signals import LEASE
from backend.integrations.models import ChannelIntegration
from backend.lib.clock import now
from backend.platforms.errors import OutcomeUnknown
from backend.platforms.port import DeliveryChanged, DeliveryStatus
from backend.sending import reactions
from backend.sending.errors import HandledByHuman
from tests.conftest import Cast
from tests.conversations.said import status, tell
from tests.platforms.cast import refusal
from tests.sending.conftest import Later, Platform

THUMB, FIRE = "\N{THUMBS UP SIGN}", "\N{FIRE}"
React = Callable[[str | None], Message]


@pytest.fixture
def question(conversation: Conversation) -> Message:
    return Message.objects.select_related("conversation__integration").get(conversation=conversation)


@pytest.fixture
def react(cast: Cast, question: Message) -> React:
    return lambda emoji: reactions.queue_reaction(question, emoji, by=cast.agent)


@pytest.fixture
def sent_off(platform: Platform) -> Callable[[], None]:
    def drain_all() -> None:
        while reactions.drain(map):
            pass

    return drain_all


def shown(question: Message) -> list[tuple[str, str]]:
    question.refresh_from_db()
    return [(each["emoji"], each["state"]) for each in question.reactions]


def test_whatever_is_wished_and_sent_in_between_the_last_wish_is_the_end(
    question: Message, platform: Platform, react: React, sent_off: Callable[[], None]
) -> None:
    on_their_side: str | None = None
    for wishes in product((THUMB, FIRE, None), repeat=3):
        for pauses in product((True, False), repeat=2):
            for wish, pause in zip(wishes, (*pauses, True), strict=True):
                react(wish)
                if pause:
                    sent_off()
            for body in platform.bodies():
                on_their_side = body["payload"].get("reaction")
            platform.asked.clear()
            assert on_their_side == wishes[-1]
            assert shown(question) == ([(wishes[-1], "SENT")] if wishes[-1] else [])
    assert DueReaction.objects.count() == 0


def test_an_outage_only_delays_it(
    question: Message, platform: Platform, react: React, sent_off: Callable[[], None], later: Later
) -> None:
    platform.answers = [refusal(2, status=500, is_transient=True), httpx2.ConnectError("down")]
    react(THUMB)
    for minute in range(4):
        later(timedelta(minutes=minute))
        sent_off()
    assert len(platform.asked) == 3
    assert shown(question) == [(THUMB, "SENT")]


@pytest.mark.parametrize("lost", [httpx2.ReadTimeout("late"), httpx2.Response(502, text="?")], ids=repr)
def test_a_lost_answer_is_never_repeated(
    question: Message, platform: Platform, react: React, sent_off: Callable[[], None], later: Later, lost: Any
) -> None:
    platform.answers = [lost]
    react(THUMB)
    sent_off()
    later(timedelta(hours=1))
    sent_off()
    assert len(platform.asked) == 1
    assert shown(question) == [(THUMB, "FAILED")]
    assert question.reactions[0]["error"]["code"] == "outcome_unknown"


def proof(question: Message, emoji: str) -> DeliveryChanged:
    return status(
        "wire", DeliveryStatus.SENT, occurred_at=now(), correlation_id=reaction_mark(question.pk, emoji)
    )


@pytest.mark.parametrize("emoji", [THUMB, None])
def test_a_status_proves_what_nobody_knew(
    page: ChannelIntegration,
    question: Message,
    platform: Platform,
    react: React,
    sent_off: Callable[[], None],
    emoji: str | None,
) -> None:
    if emoji is None:
        react(THUMB)
        sent_off()
    platform.answers = [httpx2.ReadTimeout("late")]
    react(emoji)
    sent_off()
    assert shown(question) == [(THUMB, "FAILED")]
    tell(page, proof(question, FIRE), status("wire", DeliveryStatus.SENT, correlation_id="reaction:x"))
    assert shown(question) == [(THUMB, "FAILED")]
    tell(page, proof(question, emoji or ""))
    assert shown(question) == ([(THUMB, "SENT")] if emoji else [])
    assert not any(each.get("error") for each in question.reactions)


@pytest.mark.parametrize("emoji", [THUMB, None])
def test_a_status_may_come_before_the_answer_is_lost(
    page: ChannelIntegration, question: Message, react: React, emoji: str | None
) -> None:
    if emoji is None:
        react(THUMB)
        due = DueReaction.objects.claim(question.pk, now())
        assert due is not None
        record.record_reaction_sent(due)
    react(emoji)
    tell(page, proof(question, emoji or ""))
    assert DueReaction.objects.exists()  # Nobody has called yet: this was said of another one.
    due = DueReaction.objects.claim(question.pk, now())
    assert due is not None
    tell(page, proof(question, emoji or ""))
    record.record_reaction_failed(due, OutcomeUnknown())
    assert shown(question) == ([(THUMB, "SENT")] if emoji else [])
    assert not DueReaction.objects.exists()


def test_what_a_dead_worker_had_claimed_is_not_repeated(
    question: Message, platform: Platform, react: React, sent_off: Callable[[], None]
) -> None:
    react(THUMB)
    long_ago = now() - LEASE - timedelta(seconds=1)
    DueReaction.objects.update(claimed_at=long_ago, wanted_at=long_ago - timedelta(seconds=1))
    sent_off()
    assert platform.asked == []
    assert shown(question) == [(THUMB, "FAILED")]


def test_a_wish_after_the_worker_died_is_tried(
    question: Message, platform: Platform, react: React, sent_off: Callable[[], None]
) -> None:
    react(THUMB)
    DueReaction.objects.update(claimed_at=now() - LEASE - timedelta(seconds=1))
    react(FIRE)
    sent_off()
    assert shown(question) == [(FIRE, "SENT")]


def test_a_wish_that_comes_while_one_is_sent_is_not_lost(
    question: Message, platform: Platform, react: React, sent_off: Callable[[], None]
) -> None:
    react(THUMB)
    claimed = DueReaction.objects.claim(question.pk, now())
    assert claimed is not None
    assert DueReaction.objects.claim(question.pk, now()) is None
    react(FIRE)
    record.record_reaction_sent(claimed)
    assert shown(question) == [(FIRE, "QUEUED")]
    sent_off()
    assert shown(question) == [(FIRE, "SENT")]


def test_an_ai_leaves_a_persons_conversation_alone(
    cast: Cast, question: Message, platform: Platform, sent_off: Callable[[], None]
) -> None:
    key, _ = keys.make_key(cast.owner, name="Bot", kind="AI", scopes=["messages:send"])
    with pytest.raises(HandledByHuman):
        reactions.queue_reaction(question, THUMB, by=key)
    conversation = question.conversation
    record.change_conversation(conversation, handler="AI")
    reactions.queue_reaction(question, THUMB, by=key)
    record.change_conversation(conversation, handler="HUMAN")
    sent_off()
    assert platform.asked == []
    assert shown(question) == [(THUMB, "FAILED")]
    assert question.reactions[0]["error"]["code"] == "handled_by_human"
