"""What the customer sees besides messages: ticks and dots, by the policy of the account."""

from __future__ import annotations

from typing import Any

import pytest

from backend.conversations.models import DueSignal
from tests.journeys.conftest import Desk, Phone, Work
from tests.journeys.test_conversation import every_platform, started


def seen(phone: Phone, *, but: str = "") -> list[str]:
    """Everything that the customer saw, in that order."""
    return [item["kind"] for item in phone.get("/sim/outbox")["items"] if item["kind"] != but]


def choose(desk: Desk, conversation: dict[str, Any], **settings: Any) -> None:
    path = f"/api/integrations/{conversation['integrationId']}"
    assert desk.client.patch(path, {"settings": settings}, format="json").status_code == 200


def open_it(desk: Desk, conversation: dict[str, Any]) -> None:
    answer = desk.post(f"/api/conversations/{conversation['id']}/read")
    assert answer["conversation"]["unreadCount"] == 0


def type_in(desk: Desk, conversation: dict[str, Any], on: bool = True) -> None:
    desk.post(f"/api/conversations/{conversation['id']}/typing", {"on": on})


@every_platform
@pytest.mark.parametrize(
    ("policy", "by_opening", "by_replying"),
    [("ON_REPLY", [], ["read"]), ("ON_OPEN", ["read"], []), ("NEVER", [], [])],
)
def test_when_the_customer_is_shown_that_they_were_read(
    owner: Desk,
    phone: Phone,
    work: Work,
    platform: str,
    policy: str,
    by_opening: list[str],
    by_replying: list[str],
) -> None:
    conversation = started(owner, phone, work, platform)
    choose(owner, conversation, readPolicy=policy)
    for _ in range(2):  # Once is enough.
        open_it(owner, conversation)
    work()
    assert seen(phone) == by_opening
    for text in ("one", "two"):
        owner.reply(conversation, text)
    work()
    assert seen(phone, but="text") == by_opening + by_replying

    phone.write(platform, "And now?")
    work()
    open_it(owner, conversation)
    owner.reply(conversation, "three")
    work()
    assert seen(phone, but="text") == 2 * (by_opening + by_replying)


@every_platform
def test_dots_come_and_go(owner: Desk, phone: Phone, work: Work, platform: str) -> None:
    conversation = started(owner, phone, work, platform)
    type_in(owner, conversation)
    type_in(owner, conversation)  # Whoever types says so again and again.
    work()
    type_in(owner, conversation, on=False)
    work()
    # WhatsApp's dots bring the ticks along and have no end of their own.
    expected = ["read", "typing_on"] if platform == "WHATSAPP" else ["typing_on", "typing_off"]
    assert seen(phone) == expected


@every_platform
def test_a_message_ends_the_typing(owner: Desk, phone: Phone, work: Work, platform: str) -> None:
    conversation = started(owner, phone, work, platform)
    choose(owner, conversation, readPolicy="NEVER" if platform != "WHATSAPP" else "ON_REPLY")
    type_in(owner, conversation)
    owner.reply(conversation, "Done")
    work()
    assert "typing_on" not in seen(phone)  # It was over before it could be shown.
    type_in(owner, conversation)
    work()
    assert seen(phone)[-1] == "typing_on"  # And begins anew, however soon.


def test_whatsapps_dots_are_not_shown_where_reading_never_is(owner: Desk, phone: Phone, work: Work) -> None:
    conversation = started(owner, phone, work, "WHATSAPP")
    choose(owner, conversation, readPolicy="NEVER")
    type_in(owner, conversation)
    work()
    assert seen(phone) == []


def test_whatsapps_dots_count_as_a_reading(owner: Desk, phone: Phone, work: Work) -> None:
    conversation = started(owner, phone, work, "WHATSAPP")
    type_in(owner, conversation)
    work()
    owner.reply(conversation, "Hello")
    work()
    assert seen(phone) == ["read", "typing_on", "text"]


def test_a_reading_outlives_an_outage_and_dots_do_not(
    owner: Desk, phone: Phone, work: Work, moved_clock: Work
) -> None:
    conversation = started(owner, phone, work, "MESSENGER")
    choose(owner, conversation, readPolicy="ON_OPEN")
    phone.post("/sim/faults", graph={"outage": True})
    open_it(owner, conversation)
    type_in(owner, conversation)
    work()
    assert seen(phone) == []
    phone.post("/sim/faults")
    phone.post("/sim/clock", advanceSeconds=60)
    moved_clock()
    work()
    assert seen(phone) == ["read"]
    assert not DueSignal.objects.filter(due_at__isnull=False).exists()


def test_after_the_window_nothing_is_shown_but_whatsapps_ticks(
    owner: Desk, phone: Phone, work: Work, moved_clock: Work
) -> None:
    shown = {}
    for platform in ("MESSENGER", "WHATSAPP"):
        owner.connect(platform)
        phone.write(platform, "hello")
        work()
    phone.post("/sim/clock", advanceSeconds=25 * 3600)
    moved_clock()
    for conversation in owner.conversations():
        choose(owner, conversation, readPolicy="ON_OPEN")
        open_it(owner, conversation)
        type_in(owner, conversation)
        work()
        items = phone.get("/sim/outbox", platform=conversation["platform"])["items"]
        shown[conversation["platform"]] = [item["kind"] for item in items]
    assert shown == {"MESSENGER": [], "WHATSAPP": ["read"]}


def test_a_dead_token_is_seen_by_a_tick_too(owner: Desk, phone: Phone, work: Work) -> None:
    conversation = started(owner, phone, work, "MESSENGER")
    choose(owner, conversation, readPolicy="ON_OPEN")
    phone.post("/sim/faults", graph={"expireTokens": True})
    open_it(owner, conversation)
    work()
    row = owner.integration("MESSENGER")
    assert (row["status"], row["health"]) == ("ERROR", "reconnect")
    assert row["lastErrorResolution"]
