"""One contact for each person, whatever they are called by, in any order, in any batches, any number of times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.conversations.models import (
    Contact,
    ContactAlias,
    Conversation,
    Message,
)
from backend.integrations.models import ChannelIntegration
from backend.platforms.port import (
    AnyNotice,
    DeliveryStatus,
)
from tests.conversations.conftest import Forgotten
from tests.conversations.said import (
    LONG,
    NEW_NUMBER,
    NEW_USER,
    SHORT,
    USER,
    card,
    changed,
    echoed,
    reacted,
    received,
    status,
    tell,
)

RICH = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


# The life of one person: seen by number, in both spellings, with and without the user id, by the user id alone, with
# a new number and then a new user id. Somebody else writes in between.
OTHER = card("491701234567", "DE.9", name="Otto")
LIFE: list[AnyNotice] = [
    received("by-long", 1, contact=card(LONG, name="Ana")),
    received("by-short", 2, contact=card(SHORT)),
    received("by-both", 3, contact=card(LONG, USER, name="Ana Souza")),
    received("by-user", 4, contact=card("", USER, username="ana.souza")),
    echoed("to-user", 5, contact=card("", USER)),
    reacted("to-user", 6, "👍", by=card(SHORT)),
    reacted("to-user", 7, "❤", by=card("", USER)),
    received("leaving", 8, contact=card(LONG)),
    changed(8, card(LONG), card(NEW_NUMBER)),
    received("by-new-number", 9, contact=card(NEW_NUMBER)),
    changed(9, card(NEW_NUMBER, USER), card(NEW_NUMBER, NEW_USER)),
    received("by-new-user", 10, contact=card("", NEW_USER, name="Ana S.")),
    status("to-user", DeliveryStatus.READ, contact=card(SHORT, USER)),
    received("of-otto", 4, contact=OTHER),
    received("of-otto-again", 11, contact=replace(OTHER, external_id="DE.9", phone="")),
]


@st.composite
def tellings(draw: st.DrawFn) -> list[list[AnyNotice]]:
    """All of it, shuffled, some of it twice, cut into batches."""
    twice = draw(st.lists(st.sampled_from(LIFE), max_size=6))
    shuffled = draw(st.permutations([*LIFE, *twice]))
    ends = [*sorted(draw(st.sets(st.integers(1, len(shuffled)), max_size=8))), len(shuffled)]
    return [list(shuffled[start:end]) for start, end in zip([0, *ends], ends, strict=False)]


@RICH
@given(batches=tellings())
def test_one_contact_in_any_order(
    batches: Sequence[Sequence[AnyNotice]], number: ChannelIntegration, forgotten: Forgotten
) -> None:
    with forgotten():
        tell(number, *LIFE)
        expected = rows()
    with forgotten():
        for batch in batches:
            tell(number, *batch)
        assert rows() == expected


def rows() -> object:
    """Who is known, and what was said: what must not depend on the order."""
    found = {}
    for conversation in Conversation.objects.select_related("contact", "last_message"):
        contact = conversation.contact
        messages = Message.objects.filter(conversation=conversation)
        found[contact.external_id] = (
            sorted(contact.aliases),
            (contact.phone, contact.user_id, contact.name, contact.username),
            sorted(filter(None, messages.values_list("external_id", flat=True))),
            conversation.unread_count,
            conversation.last_inbound_at,
            conversation.last_message and conversation.last_message.external_id,
            [message.reactions for message in messages if message.reactions],
            {message.author_id for message in messages if message.direction == "INBOUND"}
            == {str(contact.pk)},
        )
    assert Contact.objects.count() == len(found)
    assert ContactAlias.objects.count() == sum(len(each[0]) for each in found.values())
    return found


def test_the_life_as_it_is_told(number: ChannelIntegration) -> None:
    for notice in LIFE:
        tell(number, notice)
    ana = Contact.objects.get(external_id=NEW_NUMBER)
    assert (ana.phone, ana.user_id, ana.name) == (NEW_NUMBER, NEW_USER, "Ana S.")
    assert {LONG, SHORT, USER, NEW_NUMBER, NEW_USER} <= set(ana.aliases)
    assert Message.objects.filter(conversation__contact=ana).count() == 8
    assert Message.objects.get(external_id="to-user").reactions == [{"emoji": "❤", "by": NEW_NUMBER}]
    assert Contact.objects.count() == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("5511987654321", "551187654321"),
        ("5213312345678", "523312345678"),
        ("5491123456789", "541123456789"),
    ],
    ids=["Brazil", "Mexico", "Argentina"],
)
@pytest.mark.parametrize("together", [True, False], ids=["in one batch", "one after the other"])
def test_spellings_of_a_number_are_one_person(
    number: ChannelIntegration, one: str, other: str, together: bool
) -> None:
    said = [received("m1", 1, contact=card(one)), received("m2", 2, contact=card(other))]
    for batch in [said] if together else [[each] for each in said]:
        tell(number, *batch)
    contact = Contact.objects.get()
    assert (contact.external_id, sorted(contact.aliases)) == (other, sorted([one, other]))
    assert Conversation.objects.get().unread_count == 2


def test_lines_that_only_look_alike_are_two_people(number: ChannelIntegration) -> None:
    """A line in a house of Sao Paulo has no ninth digit; neither has a number of another country."""
    numbers = ["551133334444", "5511933334444", "4915112345678", "49115112345678"]
    tell(number, *(received(each, contact=card(each)) for each in numbers))
    assert Conversation.objects.count() == 4
