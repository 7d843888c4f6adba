"""The business reacts to messages, and says honestly what became of it."""

from __future__ import annotations

from typing import Any

import pytest

from backend.conversations.models import DueReaction, ParkedNotice
from tests.journeys.conftest import Desk, Phone, Work
from tests.journeys.test_conversation import every_platform, started
from tests.journeys.test_signals import choose, seen

THUMB, HEART = "\N{THUMBS UP SIGN}", "\N{HEAVY BLACK HEART}\N{VARIATION SELECTOR-16}"


def react(desk: Desk, message: dict[str, Any], emoji: str | None, expect: int = 202) -> Any:
    return desk.post(f"/api/messages/{message['id']}/reaction", {"emoji": emoji}, expect)


def own(desk: Desk, conversation: dict[str, Any]) -> dict[str, Any] | None:
    """The business's reaction to the first message."""
    found = [each for each in desk.messages(conversation)[0]["reactions"] if each["byBusiness"]]
    assert len(found) < 2
    return found[0] if found else None


def asked(desk: Desk, phone: Phone, work: Work, platform: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A conversation that shows no reading, and its first message."""
    conversation = started(desk, phone, work, platform)
    choose(desk, conversation, readPolicy="NEVER")
    return conversation, desk.messages(conversation)[0]


@every_platform
def test_put_on_changed_and_taken_off(owner: Desk, phone: Phone, work: Work, platform: str) -> None:
    conversation, question = asked(owner, phone, work, platform)
    (queued,) = react(owner, question, THUMB)["message"]["reactions"]
    assert queued == {
        "emoji": THUMB,
        "by": conversation["accountId"],
        "byBusiness": True,
        "state": "QUEUED",
        "error": None,
    }
    work()
    assert own(owner, conversation) == {**queued, "state": "SENT"}
    for emoji in (THUMB, HEART, None, None):
        react(owner, question, emoji)
        work()
    assert own(owner, conversation) is None
    items = phone.get("/sim/outbox")["items"]
    assert [(item["kind"], item["text"] or "") for item in items] == [
        ("reaction", THUMB),
        ("reaction", HEART),
        ("unreact", ""),
    ]
    assert ParkedNotice.objects.count() == 0


@every_platform
def test_the_last_wish_counts(owner: Desk, phone: Phone, work: Work, platform: str) -> None:
    conversation, question = asked(owner, phone, work, platform)
    for emoji in (THUMB, None, HEART):
        react(owner, question, emoji)
    work()
    assert [item["text"] for item in phone.get("/sim/outbox")["items"]] == [HEART]
    shown = own(owner, conversation)
    assert shown is not None
    assert (shown["emoji"], shown["state"]) == (HEART, "SENT")


@every_platform
def test_it_stands_beside_that_of_the_customer(owner: Desk, phone: Phone, work: Work, platform: str) -> None:
    conversation, _ = asked(owner, phone, work, platform)
    answer = owner.reply(conversation, "Here you are")["message"]
    work()
    phone.post("/sim/inbound", platform=platform, kind="reaction", emoji=THUMB)
    work()
    react(owner, answer, HEART)
    work()
    reactions = owner.messages(conversation)[-1]["reactions"]
    assert {(each["byBusiness"], each["state"]) for each in reactions} == {
        (False, "RECEIVED"),
        (True, "SENT"),
    }
    by = {each["byBusiness"]: each["by"] for each in reactions}
    assert by == {False: conversation["contact"]["externalId"], True: conversation["accountId"]}


def test_it_goes_out_after_what_was_said_before(owner: Desk, phone: Phone, work: Work) -> None:
    _, question = asked(owner, phone, work, "MESSENGER")
    conversation = owner.conversations()[0]
    phone.post("/sim/faults", graph={"error": {"code": 2, "on": "POST messages"}})
    owner.reply(conversation, "First the words")
    react(owner, question, THUMB)
    work()  # The words could not go out, so the reaction waits for them.
    assert seen(phone) == []
    assert DueReaction.objects.count() == 1


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ({"code": 100, "message": "Nonsense"}, "platform_refused"),
        ({"code": 551, "subcode": 1545041}, "contact_unreachable"),
    ],
)
def test_a_refusal_stands_at_the_reaction(
    owner: Desk, phone: Phone, work: Work, error: dict[str, Any], code: str
) -> None:
    conversation, question = asked(owner, phone, work, "MESSENGER")
    phone.post("/sim/faults", graph={"error": {**error, "on": "POST messages"}})
    react(owner, question, THUMB)
    work()
    failed = own(owner, conversation)
    assert failed is not None
    assert (failed["emoji"], failed["state"]) == (THUMB, "FAILED")
    assert (failed["error"]["code"], failed["error"]["platformCode"]) == (code, error["code"])
    assert failed["error"]["resolution"]
    react(owner, question, THUMB)  # Whoever wishes it again, tries again.
    work()
    shown = own(owner, conversation)
    assert shown is not None
    assert (shown["state"], shown["error"]) == ("SENT", None)


def test_one_that_could_not_be_taken_off_is_still_there(owner: Desk, phone: Phone, work: Work) -> None:
    conversation, question = asked(owner, phone, work, "INSTAGRAM")
    react(owner, question, THUMB)
    work()
    phone.post("/sim/faults", graph={"error": {"code": 100, "on": "POST messages"}})
    react(owner, question, None)
    assert own(owner, conversation) is None
    work()
    left = own(owner, conversation)
    assert left is not None
    assert (left["emoji"], left["state"]) == (THUMB, "FAILED")


def test_what_became_of_a_lost_answer_is_told_by_its_statuses(owner: Desk, phone: Phone, work: Work) -> None:
    conversation, question = asked(owner, phone, work, "WHATSAPP")
    for emoji, kinds in ((THUMB, ["reaction"]), (None, ["reaction", "unreact"])):
        phone.post("/sim/faults", graph={"loseAnswer": 1})
        react(owner, question, emoji)
        work()
        phone.delivered()  # Its statuses give our mark back.
        work()
        left = own(owner, conversation) or {"emoji": None, "state": "SENT", "error": None}
        assert (left["emoji"], left["state"], left["error"]) == (emoji, "SENT", None)
        assert [item["kind"] for item in phone.get("/sim/outbox")["items"]] == kinds


def test_what_whatsapp_says_later_reaches_the_reaction(owner: Desk, phone: Phone, work: Work) -> None:
    conversation, question = asked(owner, phone, work, "WHATSAPP")
    react(owner, question, THUMB)
    work()
    entry = failed_status(owner.integration("WHATSAPP"), f"reaction:{question['id']}")
    phone.post("/sim/raw", body={"object": "whatsapp_business_account", "entry": [entry]})
    phone.delivered()
    work()
    left = own(owner, conversation)
    assert left is not None
    assert (left["state"], left["error"]["code"], left["error"]["platformCode"]) == (
        "FAILED",
        "contact_unreachable",
        131026,
    )


def failed_status(integration: dict[str, Any], mark: str) -> dict[str, Any]:
    """What WhatsApp says of a message that it took and could not deliver."""
    status = {
        "id": "wamid.of-the-reaction",
        "status": "failed",
        "timestamp": "1750030073",
        "recipient_id": "16505551234",
        "biz_opaque_callback_data": mark,
        "errors": [{"code": 131026, "title": "Message undeliverable"}],
    }
    phone_number = {
        "display_phone_number": integration["metadata"]["displayPhoneNumber"],
        "phone_number_id": integration["metadata"]["phoneNumberId"],
    }
    value = {"messaging_product": "whatsapp", "metadata": phone_number, "statuses": [status]}
    return {"id": integration["platformAccountId"], "changes": [{"field": "messages", "value": value}]}


def test_after_the_window_nothing_is_shown(owner: Desk, phone: Phone, work: Work, moved_clock: Work) -> None:
    _, question = asked(owner, phone, work, "MESSENGER")
    phone.post("/sim/clock", advanceSeconds=25 * 3600)
    moved_clock()
    assert react(owner, question, THUMB, 409)["code"] == "window_closed"
    assert seen(phone) == []


def test_a_message_that_the_platform_does_not_know(owner: Desk, phone: Phone, work: Work) -> None:
    conversation, _ = asked(owner, phone, work, "MESSENGER")
    unsent = owner.reply(conversation, "On its way")["message"]
    refused = react(owner, unsent, THUMB, 409)
    assert refused["code"] == "conflict"
    assert refused["resolution"]


@pytest.mark.parametrize("emoji", ["", "ok", f"{THUMB}{THUMB}", 1, "\N{THUMBS UP SIGN} ", "1"], ids=repr)
def test_only_one_emoji_is_a_reaction(owner: Desk, phone: Phone, work: Work, emoji: Any) -> None:
    _, question = asked(owner, phone, work, "MESSENGER")
    assert react(owner, question, emoji, 400)["fields"].keys() == {"emoji"}
    assert DueReaction.objects.count() == 0
