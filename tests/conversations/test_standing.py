"""What happens in a conversation that nobody wrote: it is seen, and asks nobody to read or answer."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.conversations.models import AuthorKind, Conversation, Message
from backend.integrations.models import ChannelIntegration
from backend.platforms.port import ConversationNoted, Happening, MessageType
from tests.conversations.conftest import Forgotten
from tests.conversations.said import at, echoed, noted, reacted, received, tell

H = Happening
RICH = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

TOLD = [
    noted(H.MARKETING_STOPPED, 1, marketing_allowed=False),
    noted(H.MARKETING_ALLOWED, 2, marketing_allowed=True),
    noted(H.MARKETING_STOPPED, 3, marketing_allowed=False),
    noted(H.THREAD_PASSED, 4, by_contact=False, owner_app_id="17"),
    noted(H.THREAD_TAKEN, 5, by_contact=False, owner_app_id=""),
    noted(H.THREAD_REQUESTED, 6, by_contact=False),
    noted(H.ACCOUNT_LINKED, 7),
]


def test_it_is_shown_and_is_no_turn_of_the_contact(page: ChannelIntegration) -> None:
    tell(page, received("m"), noted(H.ACCOUNT_LINKED, 5, payload={"account_linking": {"status": "linked"}}))
    row = Message.objects.get(type=MessageType.SYSTEM)
    assert (row.text, row.author_kind) == ("Something happened.", AuthorKind.CONTACT)
    assert row.payload == {"account_linking": {"status": "linked"}, "event": "account_linked"}
    conversation = Conversation.objects.get()
    assert (conversation.unread_count, conversation.last_inbound_at) == (1, at(0))
    assert conversation.last_message_id == row.pk


def test_what_another_app_does_is_not_the_contacts(page: ChannelIntegration) -> None:
    tell(page, noted(H.THREAD_PASSED, 5, by_contact=False, owner_app_id="17"))
    row = Message.objects.get()
    assert (row.author_kind, row.author_name) == (AuthorKind.EXTERNAL, "")
    assert Conversation.objects.get().last_inbound_at is None


def test_it_reopens_nothing(page: ChannelIntegration) -> None:
    tell(page, received("m"))
    Conversation.objects.update(status="CLOSED", unread_count=0)
    tell(page, noted(H.OPTED_IN, 5))
    conversation = Conversation.objects.get()
    assert (conversation.status, conversation.unread_count) == ("CLOSED", 0)


@RICH
@given(order=st.permutations([*TOLD, *TOLD[:3]]), cut=st.integers(0, len(TOLD)))
def test_the_latest_word_counts_whenever_it_comes(
    order: Sequence[ConversationNoted], cut: int, page: ChannelIntegration, forgotten: Forgotten
) -> None:
    with forgotten():
        tell(page, *order[:cut])
        tell(page, *order[cut:])
        standing = Conversation.objects.get().standing
        assert standing["marketing"] == {"is": False, "at": "2026-03-02T08:03:00Z"}
        assert standing["owner"] == {"is": "", "at": "2026-03-02T08:05:00Z"}
        assert Message.objects.count() == len(TOLD)


@pytest.mark.parametrize("kind", [MessageType.CALL, MessageType.TEXT])
def test_some_messages_open_no_window(page: ChannelIntegration, kind: MessageType) -> None:
    tell(page, received("m", type=kind, opens_window=False))
    conversation = Conversation.objects.get()
    assert (conversation.unread_count, conversation.last_inbound_at) == (1, None)


def test_a_message_on_standby_says_so(page: ChannelIntegration) -> None:
    tell(page, received("m", standby=True, payload={"attachments": []}))
    assert Message.objects.get().payload == {"attachments": [], "standby": True}


def test_a_reaction_of_the_business_is_its_own(page: ChannelIntegration) -> None:
    tell(page, received("m"), echoed("o"))
    tell(page, reacted("m", 1, "👍", own=True), reacted("m", 2, "❤"), reacted("o", 3, "🙏", own=True))
    theirs, ours = (Message.objects.get(external_id=external_id) for external_id in ("m", "o"))
    assert {each["by"]: each["emoji"] for each in theirs.reactions} == {page.account_id: "👍", "ann": "❤"}
    assert ours.reactions == [{"emoji": "🙏", "by": page.account_id}]
    tell(page, reacted("m", 4, "", own=True))
    theirs.refresh_from_db()
    assert [each["by"] for each in theirs.reactions] == ["ann"]
