"""Who answers: the latest decision counts, in whatever order we hear of them."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from backend.businesses import keys
from backend.conversations.models import AuthorKind, Conversation, Message
from backend.conversations.record import Author, Part, change_conversation, record_queued
from backend.integrations.models import ChannelIntegration
from backend.lib.clock import now
from backend.platforms.port import AnyNotice
from tests.conftest import Cast
from tests.conversations.said import BEN, OWN_APP, echoed, received, tell
from tests.integrations.accounts import connected

BY_AI = Author(kind=AuthorKind.AI, id="k", name="Bot")


@pytest.fixture
def answered_by_ai(page: ChannelIntegration) -> ChannelIntegration:
    page.settings = {"newConversationHandler": "AI"}
    page.save()
    return page


def handler() -> str:
    return Conversation.objects.get().handler


def ago(minutes: float) -> dict[str, Any]:
    return {"occurred_at": now() - timedelta(minutes=minutes)}


def test_a_new_conversation_is_the_ais_where_the_business_has_one(
    cast: Cast, page: ChannelIntegration
) -> None:
    tell(page, received("first"))
    key, _ = keys.make_key(cast.owner, name="Bot", kind="AI", scopes=["messages:send"])
    tell(page, received("second", contact=BEN))
    handlers = {each.contact.external_id: each.handler for each in Conversation.objects.all()}
    assert handlers == {"ann": "HUMAN", "ben": "AI"}
    keys.revoke_key(cast.owner, key.pk)
    assert Conversation.objects.filter(handler="AI").count() == 1  # What has begun stays as it is.


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_an_answer_elsewhere_takes_over_in_any_order(
    answered_by_ai: ChannelIntegration, order: tuple[int, ...]
) -> None:
    said: list[AnyNotice] = [
        received("q1", **ago(9)),
        echoed("native", text="Here I am", **ago(8)),
        received("q2", **ago(7)),
    ]
    for index in order:
        tell(answered_by_ai, said[index])
    assert handler() == "HUMAN"


def test_a_late_echo_does_not_take_back_what_was_handed_over_since(
    answered_by_ai: ChannelIntegration,
) -> None:
    tell(answered_by_ai, received("q", **ago(9)))
    change_conversation(Conversation.objects.get(), handler="AI")
    tell(answered_by_ai, echoed("native", text="Earlier", **ago(8)))
    assert handler() == "AI"


def test_an_answer_in_the_second_of_the_handover_counts_where_seconds_are_told(cast: Cast) -> None:
    number = connected(cast.business, "WHATSAPP")
    number.settings = {"newConversationHandler": "AI"}
    number.save()
    tell(number, received("q", **ago(9)))
    change_conversation(Conversation.objects.get(), handler="AI")
    handed_at = Conversation.objects.values_list("handed_at", flat=True).get()
    assert handed_at is not None
    tell(number, echoed("native", text="Here I am", occurred_at=handed_at.replace(microsecond=0)))
    assert handler() == "HUMAN"


@pytest.mark.parametrize(
    "echo",
    [
        {"text": "By software that shares our app", "app_id": OWN_APP},
        {"text": "Of last week", "occurred_at": now() - timedelta(days=7)},
    ],
    ids=["ours", "long ago"],
)
def test_what_takes_nothing_over(answered_by_ai: ChannelIntegration, echo: dict[str, Any]) -> None:
    tell(answered_by_ai, received("q", **ago(9)), echoed("echo", **{**ago(8), **echo}))
    assert handler() == "AI"


def test_the_policy_may_leave_it_to_the_ai(answered_by_ai: ChannelIntegration) -> None:
    answered_by_ai.settings["humanReplyTakesOver"] = False
    tell(answered_by_ai, received("q", **ago(9)), echoed("native", **ago(8)))
    assert handler() == "AI"


def test_an_echo_without_a_mark_may_be_of_our_own_message(answered_by_ai: ChannelIntegration) -> None:
    """Instagram's echoes say nothing of whose they are: while ours is on its way, nobody took over."""
    tell(answered_by_ai, received("q", **ago(9)))
    (sending,) = record_queued(Conversation.objects.get(), [Part("TEXT", "Hi  there")], author=BY_AI)
    Message.objects.filter(pk=sending.pk).update(delivery_status="SENDING", claimed_at=now())
    tell(answered_by_ai, echoed("echo", text="Hi there", **ago(0)))
    assert handler() == "AI"
    tell(answered_by_ai, echoed("other", text="A person", app_id="26390203743090", **ago(0)))
    assert handler() == "HUMAN"
