"""What need not be learnt again is seen at a glance, and never where there is something to learn."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime, timedelta

from hypothesis import example, given, settings
from hypothesis import strategies as st

from backend.conversations.models import Contact
from backend.conversations.record import Arrival
from backend.conversations.record.facts import LEFT_NUMBER, WITH_NUMBER, facts_of, is_known, learn, written
from backend.conversations.record.persons import Person
from backend.integrations.models import ChannelIntegration
from backend.platforms.port import (
    AnyNotice,
    ContactCard,
    ContactChanged,
    ContactListed,
    DeliveryChanged,
    DeliveryStatus,
    MessageReceived,
    MessageType,
)

EVENING = datetime(2026, 3, 2, 19, 30, tzinfo=UTC)
TIMES = st.integers(0, 3).map(lambda hours: EVENING + timedelta(hours=hours))
NAMES, NUMBERS, USERS = (
    st.sampled_from(each) for each in (["", "Ann", "Ben\x00"], ["", "4915", "4917"], ["", "US.1", "US.2"])
)
CARDS = st.builds(
    lambda name, phone, user_id: ContactCard(
        external_id=phone or user_id or "x", name=name, username=name, phone=phone, user_id=user_id
    ),
    NAMES,
    NUMBERS,
    USERS,
)
NOTICES: st.SearchStrategy[AnyNotice] = st.one_of(
    st.builds(
        lambda card, at: MessageReceived(
            contact=card, external_id="m", type=MessageType.TEXT, occurred_at=at
        ),
        CARDS,
        TIMES,
    ),
    st.builds(lambda card: DeliveryChanged(contact=card, status=DeliveryStatus.READ, external_id="m"), CARDS),
    st.builds(
        lambda card, other, at: ContactChanged(contact=card, became=other, occurred_at=at),
        CARDS,
        CARDS,
        TIMES,
    ),
    st.builds(lambda card, at: ContactListed(contact=card, occurred_at=at), CARDS, TIMES),
)
COLUMNS = ("external_id", "name", "username", "phone", "user_id", "book_name", "aliases", "told_at")


@st.composite
def contacts(draw: st.DrawFn) -> Contact:
    """Somebody of whom anything may be known."""
    timed = st.dictionaries(
        st.sampled_from(["name", "username", "phone", "user_id", LEFT_NUMBER]), TIMES.map(written)
    )
    told_at = draw(timed) | draw(st.fixed_dictionaries({}, optional={WITH_NUMBER: USERS}))
    name, phone, user_id = draw(NAMES).replace("\x00", "?"), draw(NUMBERS), draw(USERS)
    return Contact(
        external_id=draw(st.sampled_from([phone, user_id])) or "x",
        name=name,
        username=name,
        phone=phone,
        user_id=user_id,
        told_at=told_at,
    )


def person_of(notices: list[AnyNotice]) -> Person:
    integration = ChannelIntegration(platform="WHATSAPP", account_id="1")
    return Person(integration, told=[Arrival(integration, each) for each in notices])


def columns_of(contact: Contact) -> list[object]:
    return [deepcopy(getattr(contact, name)) for name in COLUMNS]


ANN = ContactCard(external_id="4915", name="Ann", username="Ann", phone="4915", user_id="US.1")
SAID = MessageReceived(contact=ANN, external_id="m", type=MessageType.TEXT, occurred_at=EVENING)


def ann() -> Contact:
    return Contact(external_id="4915", name="Ann", username="Ann", phone="4915", user_id="US.1", told_at={})


@settings(max_examples=400, deadline=None)
@given(contact=contacts(), notices=st.lists(NOTICES, min_size=1, max_size=3))
@example(contact=ann(), notices=[SAID])
def test_who_is_known_has_nothing_to_learn(contact: Contact, notices: list[AnyNotice]) -> None:
    person, before = person_of(notices), columns_of(contact)
    if is_known(contact, person):
        assert not learn(contact, facts_of(person), heard_at=EVENING)
        assert columns_of(contact) == before


def test_mostly_everything_is_known() -> None:
    assert is_known(ann(), person_of([SAID]))


def test_something_new_is_not_overlooked() -> None:
    contact = ann()
    contact.name = "Ben"
    assert not is_known(contact, person_of([SAID]))
    left = ann()
    left.told_at = {LEFT_NUMBER: written(EVENING)}
    assert not is_known(left, person_of([SAID]))
