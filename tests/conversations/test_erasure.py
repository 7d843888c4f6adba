"""An erased person is gone, with all that was said, and nothing late brings them back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps

from backend.conversations.models import (
    Contact,
    Conversation,
    ErasedMark,
    Erasure,
    Message,
    ParkedNotice,
    Submission,
)
from backend.conversations.record import (
    Arrival,
    Author,
    Part,
    Told,
    erase_contact,
    find_erased,
    record_abandoned,
    record_notices,
    record_postponed,
    record_queued,
    record_refused,
    record_sent,
)
from backend.feed.models import FeedEntry
from backend.integrations.models import SEALED_FIELDS, ChannelIntegration
from backend.lib.clock import now
from backend.platforms.errors import OutcomeUnknown
from backend.platforms.port import AnyNotice, ContactCard, DeliveryStatus, Unrecognised
from backend.sending import attempt, deliver
from tests.conftest import Cast
from tests.conversations.conftest import Queue
from tests.conversations.said import (
    BEN,
    OWN_APP,
    deleted,
    echoed,
    edited,
    reacted,
    read_until,
    received,
    status,
    tell,
)
from tests.integrations.accounts import connected

CLARA = ContactCard(external_id="4915112345678", name="Clara", phone="4915112345678", user_id="DE.77")


def erase(external_id: str = "ann") -> None:
    assert erase_contact(Contact.objects.get(external_id=external_id).pk)


def counts() -> dict[str, int]:
    return {model.__name__: model.objects.count() for model in (Contact, Conversation, Message, ParkedNotice)}


NOBODY = {"Contact": 0, "Conversation": 0, "Message": 0, "ParkedNotice": 0}


SEALED = {*SEALED_FIELDS, "sealed"}


def everything_kept() -> str:
    """Every row of every table of ours, as text; without what is sealed, in which any few letters may stand."""
    models = (model for model in apps.get_models() if model.__module__.startswith("backend."))
    rows = (row for model in models for row in model._default_manager.values())
    return "\n".join(str({name: row[name] for name in row if name not in SEALED}) for row in rows)


def test_nothing_of_the_person_stays(
    page: ChannelIntegration, conversation: Conversation, queue: Queue
) -> None:
    tell(page, received("told-1", 1, text="my address is 4 Elm Road"), edited("told-1", 2, "4 Oak Road"))
    tell(page, reacted("told-1", 3, "👍"), deleted("never-came"), reacted("never-came-2", 1, "👎"))
    queue("Welcome")
    author = Author(kind="MEMBER", id="m", name="Mia")  # type: ignore[arg-type]
    submission = Submission(business_id=conversation.business_id, key="k1", body_hash="h")
    (keyed,) = record_queued(
        conversation, [Part("TEXT", "Your order, Ann")], author=author, submission=submission
    )
    gone = [
        "ann",
        "Ann",
        "Elm",
        "Oak",
        "opening",
        "told-1",
        "never-came",
        "Welcome",
        str(keyed.pk),
        str(conversation.pk),
    ]
    before = everything_kept()
    assert all(word in before for word in gone)
    erase()
    after = everything_kept()
    assert [word for word in gone if word in after] == []
    assert counts() == NOBODY
    assert not Submission.objects.exists()
    assert Erasure.objects.count() == 1


def test_the_feed_says_which_and_nothing_else(page: ChannelIntegration, conversation: Conversation) -> None:
    tell(page, received("b1", contact=BEN))
    contact_id = conversation.contact_id
    erase()
    entries = FeedEntry.objects.order_by("id")
    assert {entry.data.get("conversationId") for entry in entries} == {
        str(Conversation.objects.get().pk),
        None,
    }
    last = entries[len(entries) - 1]
    assert (last.type, last.data) == ("contact.erased", {"contactId": str(contact_id)})


def test_others_are_left_alone(cast: Cast, page: ChannelIntegration) -> None:
    elsewhere = connected(cast.rival, "MESSENGER")
    tell(
        page, received("a1"), received("b1", contact=BEN), status("b-late", DeliveryStatus.READ, contact=BEN)
    )
    tell(elsewhere, received("a1"))
    erase_contact(Contact.objects.get(external_id="ann", integration=page).pk)
    assert set(Contact.objects.values_list("integration_id", "external_id")) == {
        (page.pk, "ben"),
        (elsewhere.pk, "ann"),
    }
    assert ParkedNotice.objects.count() == 1
    tell(elsewhere, received("a2"))
    tell(page, received("b2", contact=BEN))
    assert Message.objects.count() == 4


LATE: dict[str, list[AnyNotice]] = {
    "the message again": [received("opening")],
    "another one of that time": [received("m-unknown", 5)],
    "one without a time": [received("m-unknown", occurred_at=None)],
    "an echo": [echoed("e1", 3)],
    "an edit": [edited("opening", 4, "4 Elm Road")],
    "a reaction": [reacted("opening", 4, "👍")],
    "an unsend": [deleted("opening", 4)],
    "a receipt": [status("opening", DeliveryStatus.READ), read_until(9)],
}


@pytest.mark.parametrize("notices", LATE.values(), ids=LATE)
def test_late_news_bring_nobody_back(
    page: ChannelIntegration, conversation: Conversation, notices: list[AnyNotice]
) -> None:
    erase()
    tell(page, *notices)
    tell(page, received("b1", contact=BEN), *notices)
    assert list(Contact.objects.values_list("external_id", flat=True)) == ["ben"]
    assert (Message.objects.count(), ParkedNotice.objects.count()) == (1, 0)


def test_of_an_erased_message_nothing_is_ever_taken_up(
    page: ChannelIntegration, conversation: Conversation
) -> None:
    erase()
    later = now() + timedelta(minutes=1)
    tell(page, status("opening", DeliveryStatus.READ, occurred_at=later))
    tell(page, received("opening", occurred_at=later))
    assert counts() == NOBODY


@pytest.mark.parametrize("platform", ["INSTAGRAM", "MESSENGER", "WHATSAPP"])
def test_who_writes_anew_is_a_new_contact(cast: Cast, platform: str) -> None:
    integration = connected(cast.business, platform)
    tell(integration, received("a1", text="old"))
    former = Contact.objects.get().pk
    erase()
    # Of the very second in which they were erased; WhatsApp tells no fractions.
    moment = now().replace(microsecond=0) if platform == "WHATSAPP" else now()
    tell(integration, received("a2", text="new", occurred_at=moment))
    tell(integration, received("a1", text="old"), received("a3", text="newer", occurred_at=now()))
    assert set(Message.objects.values_list("text", flat=True)) == {"new", "newer"}
    assert Contact.objects.get().pk != former


def test_who_is_erased_twice(page: ChannelIntegration) -> None:
    for number in range(2):
        tell(page, received(f"a{number}", occurred_at=now()))
        erase()
    tell(
        page,
        received("a0"),
        received("a1"),
        received("between", occurred_at=Erasure.objects.earliest("pk").erased_at),
    )
    assert counts() == NOBODY


def test_what_came_before_the_erasure_is_old_whatever_its_time(page: ChannelIntegration) -> None:
    tell(page, received("a1"))
    came_at = now()
    erase()
    ahead = received("a2", occurred_at=now() + timedelta(seconds=30))
    record_notices([Arrival(page, ahead, came_at)], own_app_id=OWN_APP)
    assert counts() == NOBODY
    record_notices([Arrival(page, ahead, now())], own_app_id=OWN_APP)
    assert Contact.objects.count() == 1


@pytest.mark.parametrize(
    "card",
    [
        ContactCard(external_id="4915112345678"),
        ContactCard(external_id="DE.77", user_id="DE.77"),
        ContactCard(external_id="other", phone="4915112345678"),
    ],
    ids=["number", "user id", "another spelling"],
)
def test_a_person_is_known_by_every_id(cast: Cast, card: ContactCard) -> None:
    number = connected(cast.business, "WHATSAPP")
    tell(number, received("c1", contact=CLARA))
    erase(CLARA.external_id)
    tell(number, received("c2", contact=card))
    assert counts() == NOBODY


def test_marks_cannot_be_read_or_guessed(
    page: ChannelIntegration, conversation: Conversation, settings: Any
) -> None:
    erase()
    marks = set(ErasedMark.objects.values_list("digest", flat=True))
    assert len(marks) == 2
    settings.SECRET_KEY = "another key of at least fifty characters, for this test alone"
    tell(page, received("opening"))
    erase()
    assert not marks & set(ErasedMark.objects.exclude(digest__in=marks).values_list("digest", flat=True))
    assert ErasedMark.objects.count() == 4


# ---- what is on its way out


def test_what_is_queued_is_never_sent(conversation: Conversation, queue: Queue) -> None:
    queue("Welcome")
    erase()
    assert deliver.drain(map) is False


def test_an_answer_that_comes_after_the_erasure(
    page: ChannelIntegration, conversation: Conversation, queue: Queue
) -> None:
    sending = queue("Welcome", delivery_status=DeliveryStatus.SENDING, claimed_at=now())
    erase()
    later = now() + timedelta(seconds=1)
    tell(page, echoed("mid-9", occurred_at=later, correlation_id=str(sending.pk), app_id=OWN_APP))
    record_sent(sending.pk, "mid-9")
    record_refused(sending.pk, OutcomeUnknown("Nobody knows."))
    record_postponed(sending.pk, due_at=now())
    assert record_abandoned(before=now()) == 0
    tell(page, status("mid-9", DeliveryStatus.DELIVERED, occurred_at=later))
    tell(page, echoed("mid-9", occurred_at=later))
    assert counts() == NOBODY


def test_a_worker_that_had_just_claimed_it(conversation: Conversation, queue: Queue) -> None:
    gone = queue("Welcome")
    erase()
    assert attempt.load([gone.pk]) == []
    assert counts() == NOBODY


# ---- the erasing itself


def test_erasing_is_safe_to_repeat(page: ChannelIntegration, conversation: Conversation) -> None:
    contact_id = conversation.contact_id
    assert erase_contact(contact_id)
    assert not erase_contact(contact_id)
    assert Erasure.objects.count() == 1


def test_a_long_conversation(page: ChannelIntegration) -> None:
    for start in range(0, 2_100, 700):
        tell(page, *(received(f"m{number}", number / 100) for number in range(start, start + 700)))
    erase()
    assert counts() == NOBODY
    tell(page, *(status(f"m{number}", DeliveryStatus.READ) for number in range(0, 2_100, 50)))
    assert counts() == NOBODY


def test_what_we_did_not_understand_is_known_too(
    page: ChannelIntegration, conversation: Conversation
) -> None:
    erase()
    account = page.account_id or ""
    unread = Unrecognised(kind="item", account_id=account, raw={"sender": {"id": "ann"}, "news": 1})
    other = Unrecognised(kind="item", account_id=account, raw={"sender": {"id": "ben"}, "news": 1})
    told = [Told("MESSENGER", account, notice, None) for notice in (unread, other)]
    assert find_erased(told) == {0: frozenset({"ann"})}
    assert find_erased([Told("INSTAGRAM", account, unread, None), Told("MESSENGER", "x", unread, None)]) == {}
