"""People who change their number, hide it, are two to us, or are shown to nobody: seen through the API."""

from __future__ import annotations

from typing import Any

import pytest

from backend.profiling import ask
from tests.journeys.conftest import Desk, Phone, Work

WHATSAPP, MESSENGER, INSTAGRAM = "WHATSAPP", "MESSENGER", "INSTAGRAM"


def change(phone: Phone, what: str, **about: Any) -> Any:
    answer = phone.post("/sim/people", change=what, **about)
    phone.delivered()
    return answer


def writer(phone: Phone, platform: str, text: str, **more: Any) -> str:
    """Somebody writes; their id in the simulator."""
    answer = phone.post("/sim/inbound", platform=platform, kind="text", text=text, **more)
    phone.delivered()
    return str(answer["from"])


def only(owner: Desk) -> dict[str, Any]:
    (conversation,) = owner.conversations()
    return conversation


def contact(owner: Desk) -> dict[str, Any]:
    found: dict[str, Any] = owner.get(f"/api/contacts/{only(owner)['contact']['id']}")["contact"]
    return found


def texts(owner: Desk) -> list[str]:
    return [message["text"] for message in owner.messages(only(owner)) if message["type"] == "TEXT"]


@pytest.mark.parametrize("told", ["number", "userId", "userIdUpdate"])
def test_a_number_changes_in_the_middle_of_a_conversation(
    owner: Desk, phone: Phone, work: Work, told: str
) -> None:
    owner.connect(WHATSAPP)
    who = writer(phone, WHATSAPP, "from my old number")
    work()
    before = only(owner)
    now = change(phone, "changeNumber", customerId=who, told=told)
    work()
    moved = contact(owner)
    assert moved["externalId"] == (now["number"] if told == "number" else now["userId"])
    assert {who, moved["externalId"]} <= set(moved["aliases"])
    assert only(owner)["window"] == before["window"]
    owner.reply(only(owner), "to you, wherever you are")
    work()
    assert [item["text"] for item in phone.outbox(WHATSAPP)] == ["to you, wherever you are"]
    writer(phone, WHATSAPP, "from my new number", **{"from": who})
    work()
    assert texts(owner) == ["from my old number", "to you, wherever you are", "from my new number"]
    assert contact(owner)["externalId"] == contact(owner)["phone"] == now["number"]
    assert contact(owner)["userId"] == now["userId"]
    shown = [message["type"] for message in owner.messages(only(owner))]
    assert shown.count("SYSTEM") == (told != "userIdUpdate")
    for number in (who, now["number"], f"+{who[:4]} {who[4:]}"):
        assert [each["id"] for each in owner.conversations(q=number)] == [before["id"]]


def test_a_person_with_a_username_and_no_number(owner: Desk, phone: Phone, work: Work) -> None:
    owner.connect(WHATSAPP)
    who = writer(phone, WHATSAPP, "here is my number")
    change(phone, "hideNumber", customerId=who, username="carla.c")
    writer(phone, WHATSAPP, "and now it is hidden", **{"from": who})
    work()
    assert texts(owner) == ["here is my number", "and now it is hidden"]
    owner.reply(only(owner), "still here")
    work()
    assert phone.outbox(WHATSAPP)[0]["status"] == "delivered"
    assert owner.messages(only(owner))[-1]["status"] == "DELIVERED"
    assert contact(owner)["username"] == "carla.c"


def test_two_who_turn_out_to_be_one(owner: Desk, phone: Phone, work: Work) -> None:
    """First the user id alone, then the number alone, then both: one conversation with all of it."""
    owner.connect(WHATSAPP)
    customer = next(one for one in phone.world()["customers"] if one["platform"] == WHATSAPP)
    who, number_id = customer["id"], owner.integration(WHATSAPP)["metadata"]["phoneNumberId"]
    change(phone, "hideNumber", customerId=who, accountId=number_id)
    writer(phone, WHATSAPP, "by user id", **{"from": who})
    work()
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"phone_number_id": number_id, "display_phone_number": "1"},
        "messages": [
            {
                "from": who,
                "id": "wamid.alone",
                "timestamp": "1",
                "type": "text",
                "text": {"body": "by number"},
            }
        ],
    }
    entry = {"id": "1", "changes": [{"field": "messages", "value": value}]}
    phone.post("/sim/raw", body={"object": "whatsapp_business_account", "entry": [entry]})
    work()
    assert len(owner.conversations()) == 2
    change(phone, "showNumber", customerId=who, accountId=number_id)
    writer(phone, WHATSAPP, "by both", **{"from": who})
    work()
    assert sorted(texts(owner)) == ["by both", "by number", "by user id"]
    assert only(owner)["unreadCount"] == 3
    assert set(contact(owner)["aliases"]) == {who, customer["userId"]}


def test_the_address_book_of_the_phone(owner: Desk, phone: Phone, work: Work) -> None:
    owner.connect(WHATSAPP)
    who = next(one for one in phone.world()["customers"] if one["platform"] == WHATSAPP)["id"]
    number_id = owner.integration(WHATSAPP)["metadata"]["phoneNumberId"]
    change(phone, "writeInBook", customerId=who, accountId=number_id, name="Carla from the gym")
    work()
    assert owner.conversations() == []
    writer(phone, WHATSAPP, "hi", **{"from": who})
    work()
    assert contact(owner)["name"] != "Carla from the gym"  # She says herself what she is called.
    assert [each["id"] for each in owner.conversations(q="the gym")] == [only(owner)["id"]]
    change(phone, "takeOutOfBook", customerId=who, accountId=number_id)
    work()
    assert owner.conversations(q="the gym") == []


def look() -> None:
    while ask.drain(map):
        pass


@pytest.mark.parametrize(
    ("platform", "login"), [(MESSENGER, None), (INSTAGRAM, None), (INSTAGRAM, "instagram")]
)
def test_names_and_pictures_come_by_themselves(
    owner: Desk, phone: Phone, work: Work, platform: str, login: str | None
) -> None:
    way: dict[str, Any] = {"login": login} if login else {}
    owner.connect(platform, **way)
    who = writer(phone, platform, "who am I?")
    work()
    assert contact(owner)["profile"]["state"] == "WANTED"
    look()
    shown = next(one for one in phone.world()["customers"] if one["id"] == who)
    found = contact(owner)
    assert (found["name"], found["username"]) == (shown["name"], shown.get("username"))
    assert found["pictureUrl"].endswith(f"{who}.svg")
    assert (found["profile"]["state"], found["profile"]["reason"]) == ("FOUND", None)
    assert only(owner)["contact"]["name"] == shown["name"]
    assert owner.messages(only(owner))[0]["author"]["name"] == shown["name"]


@pytest.mark.parametrize(
    ("reason", "word"),
    [
        ("consent", "consent_missing"),
        ("noProfile", "no_profile"),
        ("notPermitted", "not_permitted"),
        ("unknown", "unknown_person"),
        ("blocked", "unreachable"),
        ("game", "not_permitted"),
    ],
)
def test_a_person_who_is_shown_to_nobody(
    owner: Desk, phone: Phone, work: Work, moved_clock: Work, reason: str, word: str
) -> None:
    owner.connect(MESSENGER)
    who = writer(phone, MESSENGER, "who am I?")
    work()
    change(phone, "hideProfile", customerId=who, reason=reason)
    look()
    profile = contact(owner)["profile"]
    assert (profile["state"], profile["reason"]) == ("WITHHELD", word)
    assert profile["message"]
    assert owner.integration(MESSENGER)["status"] == "CONNECTED"
    change(phone, "showProfile", customerId=who)
    phone.post("/sim/clock", advanceSeconds=3 * 3600)
    moved_clock()
    writer(phone, MESSENGER, "and now?", **{"from": who})
    work()
    look()
    assert contact(owner)["profile"]["state"] == "FOUND"
    assert contact(owner)["name"]
