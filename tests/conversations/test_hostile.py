"""What others write is never a reason to lose a message, on any database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.conversations.models import Contact, Conversation, Message
from backend.integrations.models import ChannelIntegration
from backend.lib.clock import now
from backend.platforms.port import AnyNotice, ContactCard, DeliveryStatus, MessageEdited, ReactionChanged
from tests.conversations.conftest import Forgotten
from tests.conversations.said import ANN, deleted, edited, received, status, tell

NUL, LONE = "\x00", "\ud83d"
LONG = "x" * 5000

ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()), max_size=40)  # Lone surrogates too.
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=8,
)
RICH = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@RICH
@given(text=ANY_TEXT, external_id=ANY_TEXT, name=ANY_TEXT, contact_id=ANY_TEXT, payload=JSON)
def test_any_words_are_kept_once(
    page: ChannelIntegration,
    forgotten: Forgotten,
    text: str,
    external_id: str,
    name: str,
    contact_id: str,
    payload: object,
) -> None:
    card = ContactCard(external_id=contact_id, name=name, username=name, phone=name, user_id=name)
    said = received(external_id, contact=card, text=text, payload={"part": payload}, referral={name: text})
    amended: list[AnyNotice] = [
        MessageEdited(external_id=external_id, text=text[::-1], contact=card),
        ReactionChanged(external_id=external_id, emoji=text, contact=card),
        status(external_id, DeliveryStatus.READ, contact=card, correlation_id=text),
    ]
    with forgotten():
        tell(page, *amended)  # Early, so that they have to be kept aside.
        tell(page, said, said)
        tell(page, said, *amended)
        assert Message.objects.count() == Contact.objects.count() == 1


@pytest.mark.parametrize("bad", [NUL, LONE], ids=["NUL", "lone surrogate"])
def test_what_no_database_takes_is_replaced(page: ChannelIntegration, bad: str) -> None:
    tell(page, received(f"id{bad}", text=f"a{bad}b", payload={f"k{bad}": [f"v{bad}"]}))
    message = Message.objects.get()
    assert bad not in message.text + str(message.external_id) + str(message.payload)
    assert message.text[0] + message.text[-1] == "ab"


@pytest.mark.parametrize("bad", [NUL, LONE], ids=["NUL", "lone surrogate"])
def test_what_no_database_takes_is_replaced_in_what_is_known_of_a_person(
    page: ChannelIntegration, bad: str
) -> None:
    card = ContactCard(
        external_id="1", name=f"n{bad}", username=f"u{bad}", phone=f"1{bad}", user_id=f"US.{bad}"
    )
    tell(page, received("m", contact=card))
    contact = Contact.objects.get()
    assert bad not in f"{contact.told_at} {contact.name} {contact.phone} {contact.user_id} {contact.aliases}"
    assert contact.told_at["with_number"] == contact.user_id


def test_ids_and_names_that_are_too_long(page: ChannelIntegration) -> None:
    card = ContactCard(external_id=LONG, name=LONG, username=LONG, phone=LONG, user_id=LONG)
    tell(page, received(LONG, contact=card, reply_to_external_id=LONG))
    tell(page, received(LONG, contact=card), received(LONG + "y", contact=card))
    assert Message.objects.count() == 2  # The ids are shortened, and still tell the messages apart.
    assert Contact.objects.get().name == "x" * 255


def test_numbers_that_are_none(page: ChannelIntegration) -> None:
    payload = {"nan": float("nan"), "inf": [float("inf"), -float("inf")], "fine": 1.5}
    tell(page, received("m", payload=payload))
    assert Message.objects.get().payload == {"nan": None, "inf": [None, None], "fine": 1.5}


def test_an_abyss_of_brackets(page: ChannelIntegration) -> None:
    deep: object = "the bottom"
    for _ in range(900):
        deep = [deep]
    tell(page, received("m", payload={"deep": deep}))
    assert list(Message.objects.get().payload) == ["deep"]


def test_a_time_in_the_future_pins_nothing(page: ChannelIntegration) -> None:
    ahead = datetime(2999, 1, 1, tzinfo=UTC)
    tell(page, received("ahead", occurred_at=ahead), status("", DeliveryStatus.READ, watermark=ahead))
    tell(page, MessageEdited(external_id="ahead", text="Soon", occurred_at=ahead))
    conversation = Conversation.objects.get()
    message = Message.objects.get()
    for time in (conversation.last_message_at, conversation.last_inbound_at, conversation.read_until):
        assert time
        assert now() - timedelta(minutes=1) < time <= now()
    tell(page, MessageEdited(external_id="ahead", text="Now", occurred_at=now()))
    message.refresh_from_db()
    assert message.text == "Now"


def test_no_time_at_all(page: ChannelIntegration) -> None:
    tell(page, received("m", occurred_at=None))
    tell(page, edited("m", None, "Hi"), edited("m", None, "Hi"))
    message = Message.objects.get()
    assert now() - timedelta(minutes=1) < message.sent_at <= now()
    assert (message.text, len(message.edits)) == ("Hi", 1)


def test_what_was_taken_back_is_gone(page: ChannelIntegration) -> None:
    tell(page, received("m", text="A secret", payload={"x": 1}), edited("m", 1, "Another secret"))
    tell(page, deleted("m", 2), edited("m", 3, "A third"))
    message = Message.objects.get()
    assert (message.text, message.payload, message.edits) == ("", {}, [])
    assert message.deleted_at


def test_a_name_is_not_lost_by_silence(page: ChannelIntegration) -> None:
    nameless = ContactCard(external_id=ANN.external_id)
    tell(page, received("m1"), received("m2", contact=nameless))
    tell(page, received("m3", contact=nameless))
    assert Contact.objects.get().name == "Ann"
    tell(page, received("m4", contact=ContactCard(external_id=ANN.external_id, name="Anna")))
    assert Contact.objects.get().name == "Anna"


def test_many_statuses_in_one_batch(page: ChannelIntegration) -> None:
    """More than any database allows to be joined by OR."""
    tell(page, *(status(f"m{n}", DeliveryStatus.DELIVERED, correlation_id=str(n)) for n in range(2500)))
