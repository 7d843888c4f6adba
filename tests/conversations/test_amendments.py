"""Edits, reactions and taking back, one by one."""

from __future__ import annotations

import itertools

import pytest

from backend.conversations.models import Message
from backend.feed.models import FeedEntry
from backend.integrations.models import ChannelIntegration
from backend.platforms.port import AnyNotice
from tests.conversations.conftest import Forgotten
from tests.conversations.said import BEN, at, deleted, edited, reacted, received, tell


@pytest.fixture
def told(page: ChannelIntegration) -> Message:
    tell(page, received("m", text="first"))
    return Message.objects.get()


def written(minute: float) -> str:
    return at(minute).isoformat().replace("+00:00", "Z")


def test_an_edit_keeps_what_stood_there(page: ChannelIntegration, told: Message) -> None:
    tell(page, edited("m", 1, "second"), edited("m", 2, "third"))
    told.refresh_from_db()
    assert (told.text, told.edited_at) == ("third", at(2))
    assert told.edits == [{"text": "first", "at": written(1)}, {"text": "second", "at": written(2)}]


def test_edits_take_their_place_in_time(
    page: ChannelIntegration, told: Message, forgotten: Forgotten
) -> None:
    edits = [edited("m", minute, text) for minute, text in ((1, "second"), (2, "third"), (3, "first"))]
    for order in itertools.permutations(edits):
        with forgotten():
            for edit in order:
                tell(page, edit)
            told.refresh_from_db()
            assert (told.text, told.edited_at) == ("first", at(3))
            assert [former["text"] for former in told.edits] == ["first", "second", "third"]


@pytest.mark.parametrize(
    ("notices", "shown"),
    [
        ([reacted("m", 1, "❤")], [("ann", "❤")]),
        ([reacted("m", 1, "❤"), reacted("m", 2, "👍")], [("ann", "👍")]),
        ([reacted("m", 2, "👍"), reacted("m", 1, "❤")], [("ann", "👍")]),
        ([reacted("m", 1, "❤"), reacted("m", 2, "")], []),
        ([reacted("m", 2, ""), reacted("m", 1, "❤")], []),
        ([reacted("m", 1, "❤"), reacted("m", 1, "")], []),
        ([reacted("m", 1, "❤"), reacted("m", 2, "👍", by=BEN)], [("ann", "❤"), ("ben", "👍")]),
    ],
)
@pytest.mark.parametrize("at_once", [True, False])
def test_the_latest_reaction_of_each_person(
    page: ChannelIntegration,
    told: Message,
    notices: list[AnyNotice],
    shown: list[tuple[str, str]],
    at_once: bool,
) -> None:
    batches = [notices] if at_once else [[notice] for notice in notices]
    for batch in batches:
        tell(page, *batch)
    told.refresh_from_db()
    assert [(reaction["by"], reaction["emoji"]) for reaction in told.reactions] == shown


def test_what_changes_nothing_is_not_told(page: ChannelIntegration, told: Message) -> None:
    notices: list[AnyNotice] = [edited("m", 1, "second"), reacted("m", 2, "❤"), deleted("m", 3)]
    tell(page, *notices)
    count = FeedEntry.objects.count()
    tell(page, *notices)
    assert FeedEntry.objects.count() == count
    assert FeedEntry.objects.filter(type="message.updated").count() == 1


def test_a_message_that_was_taken_back_before_it_came(page: ChannelIntegration) -> None:
    tell(page, deleted("m", 3))
    tell(page, received("m", text="A secret", payload={"a": "secret"}))
    message = Message.objects.get()
    assert (message.text, message.payload, message.deleted_at) == ("", {}, at(3))
