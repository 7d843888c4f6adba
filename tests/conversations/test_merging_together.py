"""Two writers at the same moment, one of whom finds that two people are one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import pytest
from django.db import transaction

from backend.conversations.models import AuthorKind, Contact, ContactAlias, Conversation, Message
from backend.conversations.record import Author, Part, record_queued, record_sent
from backend.conversations.record.outbox import ConversationGone
from backend.integrations.models import ChannelIntegration
from backend.lib.clock import now
from backend.platforms.port import AnyNotice, DeliveryStatus
from tests.conversations.said import LONG, NEW_USER, SHORT, USER, card, changed, received, tell
from tests.side_by_side import DEADLINE, side_by_side

pytestmark = pytest.mark.django_db(transaction=True)

A_MOMENT = 0.2  # How long the first writer stays in its transaction; the second one waits, or errs.
MIA = Author(kind=AuthorKind.MEMBER, id="m", name="Mia")
BOTH = received("both", 9, contact=card(LONG, USER))


def in_turn(first: Callable[[], None], second: Callable[[], None]) -> None:
    """The second begins while the first is still in its transaction."""
    begun, ended = threading.Event(), threading.Event()

    def one() -> None:
        with transaction.atomic():
            first()
            begun.set()
            ended.wait(A_MOMENT)

    def other() -> None:
        assert begun.wait(DEADLINE)
        second()
        ended.set()

    side_by_side(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([received("n", contact=card(LONG))], [received("s", contact=card(SHORT))]),
        ([received("n", contact=card(LONG))], [BOTH]),
        ([received("u", contact=card("", USER))], [BOTH]),
        ([BOTH], [received("u", contact=card("", USER)), received("s", contact=card(SHORT))]),
        ([changed(1, card("", USER), card("", NEW_USER))], [BOTH]),
    ],
    ids=[
        "two spellings",
        "number, then both",
        "user id, then both",
        "both, then each",
        "a change, then both",
    ],
)
def test_whoever_writes_a_name_first_has_it(
    number: ChannelIntegration, one: Sequence[AnyNotice], other: Sequence[AnyNotice]
) -> None:
    in_turn(lambda: tell(number, *one), lambda: tell(number, *other))
    contact = Contact.objects.get()
    assert Conversation.objects.get().contact == contact
    assert Message.objects.count() == len([each for each in (*one, *other) if hasattr(each, "text")])
    assert sorted(contact.aliases) == sorted(ContactAlias.objects.values_list("external_id", flat=True))


def halves(number: ChannelIntegration) -> tuple[Conversation, Conversation]:
    tell(number, received("n", 1, contact=card(LONG)))
    tell(number, received("u", 2, contact=card("", USER)))
    first, second = Conversation.objects.order_by("contact__created_at")
    return first, second


@pytest.mark.parametrize("merge_first", [True, False], ids=["merge first", "answer first"])
def test_an_answer_finds_its_message_wherever_it_went(number: ChannelIntegration, merge_first: bool) -> None:
    first, second = halves(number)
    (message,) = record_queued(second, [Part("TEXT", "Hello")], author=MIA)
    Message.objects.filter(pk=message.pk).update(delivery_status=DeliveryStatus.SENDING, claimed_at=now())
    do = [lambda: tell(number, BOTH), lambda: record_sent(message.pk, "wire")]
    if not merge_first:
        do.reverse()
    in_turn(*do)
    row = Message.objects.get(pk=message.pk)
    assert (row.conversation_id, row.external_id, row.delivery_status) == (first.pk, "wire", "SENT")


@pytest.mark.parametrize("merge_first", [True, False], ids=["merge first", "reply first"])
def test_a_reply_is_kept_or_refused(number: ChannelIntegration, merge_first: bool) -> None:
    first, second = halves(number)
    refused: list[ConversationGone] = []

    def reply() -> None:
        try:
            record_queued(second, [Part("TEXT", "Hello")], author=MIA)
        except ConversationGone as error:
            refused.append(error)

    do = [lambda: tell(number, BOTH), reply]
    if not merge_first:
        do.reverse()
    in_turn(*do)
    assert Conversation.objects.get() == first
    kept = Message.objects.filter(conversation=first, direction="OUTBOUND").count()
    assert (kept, len(refused)) == ((0, 1) if merge_first else (1, 0))
