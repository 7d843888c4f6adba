"""Whatever the order, the number and the batches in which notices come: the same rows are left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.conversations.models import Conversation, Message, ParkedNotice
from backend.integrations.models import ChannelIntegration
from backend.platforms.port import AnyNotice, ContactCard, DeliveryStatus, MessageEchoed, MessageReceived
from tests.conversations.conftest import Forgotten
from tests.conversations.said import (
    ANN,
    BEN,
    at,
    deleted,
    echoed,
    edited,
    reacted,
    read_until,
    read_up_to,
    received,
    status,
    tell,
)

S = DeliveryStatus
RICH = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
CAT = ContactCard(external_id="cat", name="Cat")  # With whom the business begins.
OPENINGS = (received("opening-ann"), received("opening-ben", contact=BEN))

# All that may be said of one own message, and of one of the contact's; minutes differ, so that time has an order.
ABOUT_OURS: list[AnyNotice] = [
    *(status("ours-1", word) for word in (S.SENT, S.DELIVERED, S.READ, S.PLAYED, S.FAILED)),
    *(status("ours-2", word) for word in (S.DELIVERED, S.FAILED)),
    status("ours-3", S.FAILED),
    read_until(21),
    read_up_to("ours-4"),
    status("", S.DELIVERED, watermark=at(31)),
    reacted("ours-1", 40, "❤"),
    reacted("ours-1", 41, ""),
    reacted("ours-2", 42, "👍"),
    reacted("ours-2", 43, "👎"),
    reacted("ours-2", 44, "👏", by=BEN),
    reacted("ours-2", 47, "🙏", own=True),
    edited("ours-3", 50, "Welcome!"),
    edited("ours-3", 51, "Welcome back"),
    deleted("ours-4", 60),
    edited("ours-4", 61, "Never shown"),
    read_until(71, contact=CAT),
    status("", S.DELIVERED, watermark=at(73), contact=CAT),
    status("to-cat-3", S.SENT, contact=CAT),
]
ABOUT_THEIRS: list[AnyNotice] = [
    reacted("theirs-1", 45, "😂"),
    reacted("theirs-1", 46, "👍", own=True),
    reacted("theirs-1", 48, "", own=True),
    edited("theirs-2", 52, "Hello?"),
    edited("theirs-2", 53, "Hello??"),
    deleted("theirs-3", 62),
]
MESSAGES: list[MessageReceived | MessageEchoed] = [
    *(received(f"theirs-{n}", 5 + n, text=f"theirs {n}") for n in range(5)),
    *(echoed(f"ours-{n}", 10 * n, text=f"ours {n}") for n in range(1, 6)),
    received("of-ben", 12, contact=BEN),
    *(echoed(f"to-cat-{n}", 70 + n, text=f"to cat {n}", contact=CAT) for n in (1, 2, 3, 4)),
]
EVERYTHING: list[AnyNotice] = [*MESSAGES, *ABOUT_OURS, *ABOUT_THEIRS]


@dataclass(frozen=True)
class Delivery:
    """How the platform happened to tell it."""

    batches: Sequence[Sequence[AnyNotice]]


@st.composite
def deliveries(draw: st.DrawFn) -> Delivery:
    """Nearly everything, shuffled, some of it twice, cut into batches."""
    silent = draw(st.sets(st.integers(0, len(EVERYTHING) - 1), max_size=12))
    told = [notice for index, notice in enumerate(EVERYTHING) if index not in silent]
    twice = draw(st.lists(st.sampled_from(told), max_size=8))
    shuffled = draw(st.permutations([*told, *twice]))
    cuts = sorted(draw(st.sets(st.integers(1, len(shuffled)), max_size=6)))
    ends = [*cuts, len(shuffled)]
    starts = [0, *cuts]
    batches = [shuffled[start:end] for start, end in zip(starts, ends, strict=True)]
    return Delivery(batches)


@RICH
@given(delivery=deliveries())
def test_the_same_rows_are_left(delivery: Delivery, page: ChannelIntegration, forgotten: Forgotten) -> None:
    told = [notice for batch in delivery.batches for notice in batch]
    in_order = sorted({id(notice): notice for notice in told}.values(), key=EVERYTHING.index)
    with forgotten():
        tell(page, *OPENINGS)
        tell(page, *in_order)
        expected = rows()
    with forgotten():
        tell(page, *OPENINGS)
        for batch in delivery.batches:
            tell(page, *batch)
        assert rows() == expected


@RICH
@given(delivery=deliveries())
def test_the_rows_are_what_was_told(
    delivery: Delivery, page: ChannelIntegration, forgotten: Forgotten
) -> None:
    with forgotten():
        tell(page, *OPENINGS)
        for batch in delivery.batches:
            tell(page, *batch)
        told = {id(notice): notice for batch in delivery.batches for notice in batch}.values()
        messages = [*OPENINGS, *(each for each in told if each in MESSAGES)]
        assert_messages(messages)
        assert_conversations(messages)
        assert_statuses(list(told))


def rows() -> dict[str, object]:
    """Everything that must not depend on the order, by the platform's ids."""
    return {
        "messages": {message.external_id: said_of(message) for message in Message.objects.all()},
        "conversations": {each.contact.external_id: state_of(each) for each in conversations()},
        "parked": sorted(ParkedNotice.objects.values_list("external_id", "kind", "digest")),
    }


def said_of(message: Message) -> tuple[object, ...]:
    return (
        message.direction,
        message.text,
        message.delivery_status,
        message.error_code,
        message.sent_at,
        message.edits,
        message.edited_at,
        message.deleted_at,
        sorted((reaction["by"], reaction["emoji"]) for reaction in message.reactions),
    )


def state_of(conversation: Conversation) -> tuple[object, ...]:
    newest = conversation.last_message
    return (
        conversation.unread_count,
        conversation.last_message_at,
        newest and newest.sent_at,
        conversation.last_inbound_at,
        conversation.read_until,
        conversation.delivered_until,
    )


def conversations() -> list[Conversation]:
    return list(Conversation.objects.select_related("contact", "last_message"))


def assert_messages(messages: Sequence[MessageReceived | MessageEchoed]) -> None:
    kept = Message.objects.values_list("external_id", flat=True)
    assert sorted(filter(None, kept)) == sorted(message.external_id for message in messages)


def assert_conversations(messages: Sequence[MessageReceived | MessageEchoed]) -> None:
    by_contact = {each.contact.external_id: each for each in conversations()}
    for contact in (ANN, BEN, CAT):
        own = [message for message in messages if message.contact == contact]
        inbound = [message.occurred_at for message in own if isinstance(message, MessageReceived)]
        if not own:
            assert contact.external_id not in by_contact
            continue
        conversation = by_contact[contact.external_id]
        assert conversation.unread_count == len(inbound)
        assert conversation.last_message_at == max(filter(None, (message.occurred_at for message in own)))
        assert conversation.last_inbound_at == max(filter(None, inbound), default=None)


RANK = [S.SENT, S.FAILED, S.DELIVERED, S.READ, S.PLAYED]


def assert_statuses(told: Sequence[AnyNotice]) -> None:
    """By the law, not by the code: the highest word that names a message, or covers its time."""
    for echo in told:
        if isinstance(echo, MessageEchoed):
            words = {S.SENT, *(word for notice in told for word in words_for(echo, notice, told))}
            reached = max(words, key=RANK.index)
            assert Message.objects.get(external_id=echo.external_id).delivery_status == reached


def words_for(echo: MessageEchoed, notice: AnyNotice, told: Sequence[AnyNotice]) -> list[DeliveryStatus]:
    word = getattr(notice, "status", None)
    until = getattr(notice, "watermark", None)
    named = getattr(notice, "external_id", "")
    if word is None or echo.occurred_at is None:
        return []
    if getattr(notice, "covers_earlier", False):
        times = [
            each.occurred_at for each in told if isinstance(each, MessageEchoed) if each.external_id == named
        ]
        until = times[0] if times else None
    same_person = getattr(notice, "contact", None) == echo.contact
    covered = until is not None and same_person and echo.occurred_at <= until
    return [word] if named == echo.external_id or covered else []


def test_a_batch_may_be_of_one_kind_only(page: ChannelIntegration) -> None:
    """Statuses of people who never wrote, amendments of nothing: kept, and nobody appears."""
    tell(page, *ABOUT_OURS)
    tell(page, *ABOUT_THEIRS)
    assert not Conversation.objects.exists()
    assert not Message.objects.exists()
    assert ParkedNotice.objects.exists()


def test_telling_it_again_parks_it_once(page: ChannelIntegration) -> None:
    tell(page, *ABOUT_OURS, *ABOUT_THEIRS)
    waiting = ParkedNotice.objects.count()
    for notice in EVERYTHING:
        if notice not in MESSAGES:
            tell(page, notice, replace(notice))
    assert ParkedNotice.objects.count() == waiting
