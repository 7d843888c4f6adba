"""Two contacts who are one person, and people of whom only something was told."""

from __future__ import annotations

from uuid import UUID, uuid4

from backend.conversations.models import (
    Contact,
    ContactAlias,
    Conversation,
    DueReaction,
    DueSignal,
    FormerConversation,
    Message,
    ParkedNotice,
    Submission,
)
from backend.conversations.record import (
    erase_contact,
    find_erased,
    record_reaction_queued,
    want_read,
    want_typing,
)
from backend.conversations.record.erased import Told
from backend.feed.models import FeedEntry
from backend.integrations.models import ChannelIntegration
from backend.platforms.port import DeliveryStatus, MessageReceived, MessageType
from tests.conftest import Cast
from tests.conversations.said import (
    LONG,
    NEW_USER,
    SHORT,
    USER,
    at,
    card,
    changed,
    echoed,
    listed,
    reacted,
    received,
    status,
    tell,
)
from tests.integrations.accounts import connected


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
    assert Conversation.objects.called(second.pk).get() == merged
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


def test_whoever_went_into_one_that_went_on_is_found_there(number: ChannelIntegration) -> None:
    oldest = _alone(number, "4915100000001", "u1")
    middle, newest = _alone(number, "4915100000002"), _alone(number, "", "u3")
    tell(number, received("a", 5, contact=card("4915100000002", "u3")))
    assert Conversation.objects.called(newest).get().pk == middle
    tell(number, received("b", 6, contact=card("4915100000001", "u3")))
    assert {Conversation.objects.called(each).get().pk for each in (oldest, middle, newest)} == {oldest}
    assert not Conversation.objects.called(uuid4()).exists()


def _alone(number: ChannelIntegration, phone: str, user_id: str = "") -> UUID:
    tell(number, received(f"of {phone} {user_id}", 1, contact=card(phone, user_id)))
    latest = Conversation.objects.latest("contact__created_at", "pk")
    return latest.pk


def test_watermarks_of_both_hold_for_all(number: ChannelIntegration) -> None:
    first, second = two_halves(number)
    Conversation.objects.filter(pk=second.pk).update(read_until=at(5))
    tell(number, received("both", 6, contact=card(LONG, USER)))
    assert Conversation.objects.get(pk=first.pk).read_until == at(5)
    assert Message.objects.get(external_id="n2").delivery_status == "READ"


def test_erasing_knows_every_name(number: ChannelIntegration) -> None:
    two_halves(number)
    tell(number, received("both", 6, contact=card(LONG, USER)))
    former = str(FormerConversation.objects.get().pk)
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
    assert not FormerConversation.objects.exists()
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


def test_what_either_is_still_to_be_shown_is_not_in_the_way(number: ChannelIntegration) -> None:
    first, second = two_halves(number)
    for conversation in (first, second):
        assert want_read(conversation)
        assert want_typing(conversation, on=True)
    question = Message.objects.get(external_id="u1")
    record_reaction_queued(question, "👍", author_kind="MEMBER")
    tell(number, received("both", 6, contact=card(LONG, USER)))
    assert set(DueSignal.objects.values_list("conversation", flat=True)) == {first.pk}
    due = DueReaction.objects.get()
    assert (due.message_id, due.conversation_id) == (question.pk, first.pk)
