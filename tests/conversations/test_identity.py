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
    ParkedNotice,
    Submission,
)
from backend.conversations.record import erase_contact, find_erased
from backend.conversations.record.erased import Told
from backend.feed.models import FeedEntry
from backend.integrations.models import ChannelIntegration
from backend.platforms.port import (
    AnyNotice,
    ContactCard,
    ContactChanged,
    ContactListed,
    DeliveryStatus,
    MessageReceived,
    MessageType,
)
from tests.conftest import Cast
from tests.conversations.conftest import Forgotten
from tests.conversations.said import at, echoed, reacted, received, status, tell
from tests.integrations.accounts import connected

RICH = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

LONG, SHORT = "5511987654321", "551187654321"  # One telephone in Sao Paulo.
NEW_NUMBER, USER, NEW_USER = "5521998877665", "BR.111", "BR.222"


def card(phone: str = "", user_id: str = "", **more: str) -> ContactCard:
    return ContactCard(external_id=phone or user_id, phone=phone, user_id=user_id, **more)


def changed(minute: float, before: ContactCard, after: ContactCard) -> ContactChanged:
    return ContactChanged(contact=before, became=after, occurred_at=at(minute))


def listed(minute: float, phone: str, name: str, *, removed: bool = False) -> ContactListed:
    return ContactListed(contact=card(phone, name=name), removed=removed, occurred_at=at(minute))


@pytest.fixture
def number(cast: Cast) -> ChannelIntegration:
    """A connected number of WhatsApp."""
    return connected(cast.business, "WHATSAPP")


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


def two_halves(number: ChannelIntegration) -> tuple[Conversation, Conversation]:
    """Somebody who is two to us: by number, and by user id."""
    tell(number, received("n1", 1, contact=card(LONG)), echoed("n2", 2, contact=card(LONG)))
    tell(number, received("u1", 3, contact=card("", USER)), received("u2", 4, contact=card("", USER)))
    first, second = Conversation.objects.order_by("contact__created_at", "pk")
    return first, second


def test_two_who_are_one_are_merged(number: ChannelIntegration) -> None:
    first, second = two_halves(number)
    Submission.objects.create(business=number.business, key="k", conversation=second, body_hash="x")
    tell(number, reacted("not-here-yet", 5, "👍", by=card("", USER)))
    Conversation.objects.filter(pk=second.pk).update(handler="AI", status="CLOSED")
    tell(number, status("n2", DeliveryStatus.DELIVERED, contact=card(LONG, USER)))
    merged = Conversation.objects.get()
    assert (merged.pk, merged.contact_id) == (first.pk, first.contact_id)
    assert (merged.unread_count, merged.status, merged.handler) == (3, "OPEN", "HUMAN")
    assert merged.last_inbound_at == at(4)
    assert merged.last_message is not None
    assert merged.last_message.external_id == "u2"
    assert Message.objects.filter(conversation=merged).count() == 4
    assert Message.objects.get(external_id="n2").delivery_status == "DELIVERED"
    assert Submission.objects.get().conversation == merged
    assert Contact.objects.get().former_conversations == [str(second.pk)]
    entry = FeedEntry.objects.get(type="conversation.merged")
    assert entry.data == {
        "conversationId": str(second.pk),
        "mergedInto": str(first.pk),
        "contactId": str(second.contact_id),
        "contactMergedInto": str(first.contact_id),
    }
    tell(number, echoed("not-here-yet", 6, contact=card(LONG)))
    assert Message.objects.get(external_id="not-here-yet").reactions == [{"emoji": "👍", "by": LONG}]
    assert not ParkedNotice.objects.exists()


def test_watermarks_of_both_hold_for_all(number: ChannelIntegration) -> None:
    first, second = two_halves(number)
    Conversation.objects.filter(pk=second.pk).update(read_until=at(5))
    tell(number, received("both", 6, contact=card(LONG, USER)))
    assert Conversation.objects.get(pk=first.pk).read_until == at(5)
    assert Message.objects.get(external_id="n2").delivery_status == "READ"


def test_erasing_knows_every_name(number: ChannelIntegration) -> None:
    two_halves(number)
    tell(number, received("both", 6, contact=card(LONG, USER)))
    former = Contact.objects.get().former_conversations[0]
    erase_contact(Contact.objects.get().pk)
    late = [
        MessageReceived(external_id="late", type=MessageType.TEXT, text="x", contact=each, occurred_at=at(7))
        for each in (card(LONG), card(SHORT), card("", USER))
    ]
    told = [Told("WHATSAPP", number.account_id or "", each, None) for each in late]
    assert set(find_erased(told)) == {0, 1, 2}
    tell(number, *late)
    assert not Contact.objects.exists()
    assert not ContactAlias.objects.exists()
    assert not FeedEntry.objects.filter(data__conversationId=former).exists()


def test_a_user_id_that_changed_without_a_number_is_what_answers_now(number: ChannelIntegration) -> None:
    """The number that we know was left for one that we are not told: it may be somebody else's soon."""
    tell(number, received("m1", 1, contact=card(LONG, USER)))
    tell(number, changed(2, card("", USER), card("", NEW_USER)))
    contact = Contact.objects.get()
    assert (contact.external_id, contact.phone, contact.user_id) == (NEW_USER, LONG, NEW_USER)
    tell(number, received("late", 1.5, contact=card(LONG, USER)))
    assert Contact.objects.get().external_id == NEW_USER
    tell(number, received("m2", 3, contact=card(LONG, NEW_USER)))
    assert Contact.objects.get().external_id == LONG
    assert Message.objects.filter(conversation__contact=contact).count() == 3


def test_the_address_book_gives_names_and_no_conversations(number: ChannelIntegration) -> None:
    tell(number, listed(1, LONG, "Ana from the gym"), listed(1, "4915112345678", "Otto"))
    assert not Conversation.objects.exists()
    tell(number, received("m1", 2, contact=card(SHORT)))
    contact = Conversation.objects.get().contact
    assert contact.shown_name == "Ana from the gym"
    tell(number, received("m2", 3, contact=card(SHORT, name="Ana")), listed(4, LONG, "Ana gym"))
    contact.refresh_from_db()
    assert (contact.shown_name, contact.book_name) == ("Ana", "Ana gym")
    tell(number, listed(6, LONG, "", removed=True), listed(5, LONG, "Late"))
    contact.refresh_from_db()
    assert contact.book_name == ""
    assert Conversation.objects.count() == 1


def test_a_person_of_the_address_book_is_found_by_any_name(number: ChannelIntegration) -> None:
    """Two rows to whom nothing was said, and a conversation: one person."""
    tell(number, listed(1, LONG, "Ana"))
    tell(number, changed(1, card("", USER), card("", NEW_USER)))
    tell(number, received("m1", 2, contact=card("", NEW_USER)))
    tell(number, received("m2", 3, contact=card(LONG, USER)))
    contact = Contact.objects.get()
    assert sorted(contact.aliases) == sorted([LONG, SHORT, USER, NEW_USER])
    assert (contact.shown_name, Conversation.objects.get().unread_count) == ("Ana", 2)


def test_others_of_the_same_names_on_another_account_are_left_alone(
    cast: Cast, number: ChannelIntegration
) -> None:
    elsewhere = connected(cast.rival, "WHATSAPP", account_id="888")
    for where in (number, elsewhere):
        tell(
            where,
            received(f"n-{where.pk}", contact=card(LONG)),
            received(f"u-{where.pk}", contact=card("", USER)),
        )
    tell(number, received("both", 2, contact=card(LONG, USER)))
    assert Conversation.objects.filter(integration=number).count() == 1
    assert Conversation.objects.filter(integration=elsewhere).count() == 2
