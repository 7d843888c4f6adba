"""A number that stays in the WhatsApp Business app hands its history over, in thousands of messages at once."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from backend.conversations.models import Attachment, HistoryPart, Message
from backend.conversations.record import erase_contact
from backend.feed.models import FeedEntry
from backend.lib.clock import now
from backend.receiving import bulk, process
from backend.syncing import imports, phones
from backend.syncing.models import HistoryImport
from tests.journeys.conftest import Desk, Phone, Work
from tests.journeys.test_history import Importing, progress
from tests.journeys.test_signups import CONNECT, popup

ANN, BEN = "16505550101", "16505550102"
HOUR, WEEK = 3_600, 7 * 86_400


@pytest.fixture
def number(phone: Phone, moved_clock: Work) -> dict[str, Any]:
    """What the popup gives of a number on a phone, on which Ann and Ben have been talked to."""
    given = popup(phone, coexistence=True)
    for person, count, ended in ((ANN, 1_200, WEEK), (ANN, 10, HOUR), (BEN, 4, WEEK)):
        asked = {"accountId": given["phoneNumberId"], "from": person, "count": count}
        phone.post("/sim/past", platform="WHATSAPP", endedSecondsAgo=ended, **asked)
    return {"code": given["code"], "wabaId": given["wabaId"], "coexistence": True}


def connect(owner: Desk, phone: Phone, number: dict[str, Any]) -> None:
    owner.post(f"{CONNECT}/embedded", number)
    phone.delivered()
    while process.drain() or bulk.drain(lambda _seconds: None):
        pass


class Killed(BaseException):
    """The worker, in the rest between two steps."""


def _kill(_seconds: float) -> None:
    raise Killed


class Filing(Importing):
    """The lane, as it files what the phone handed over."""

    def moment(self) -> None:
        """File for a moment; then the worker is killed, and its claim runs out."""
        with suppress(Killed):
            imports.drain(pause=_kill)
        HistoryImport.objects.running().update(claimed_until=None)

    def third(self) -> None:
        """File for as many moments as a third takes, on a machine of any speed; a moment has 200 messages at most."""
        for _ in range(100):
            self.moment()
            if Message.objects.count() > 400:
                return
        raise AssertionError("nothing is filed")

    def parts(self) -> None:
        for _ in range(100):
            self.page()
            if not HistoryPart.objects.exists():
                break
        self.page()


def by_name(owner: Desk) -> dict[str, dict[str, Any]]:
    return {row["contact"]["phone"]: row for row in owner.conversations()}


def test_it_is_filed_and_alerts_nobody(owner: Desk, phone: Phone, number: dict[str, Any]) -> None:
    connect(owner, phone, number)
    assert not Message.objects.exists()  # The inbox only keeps it.
    filing = Filing()
    filing.moment()
    begun = progress(owner, "WHATSAPP")
    assert (begun["origin"], begun["state"]) == ("PHONE", "RUNNING")
    filing.parts()
    done = progress(owner, "WHATSAPP")
    assert (done["id"], done["state"], done["progress"]) == (begun["id"], "DONE", 100)
    assert (done["conversations"], done["messages"], done["withheld"]) == (2, 1_214, 0)
    assert Message.objects.count() == 1_214
    rows = by_name(owner)
    assert {row["unreadCount"] for row in rows.values()} == {0}
    assert {row["window"]["state"] for row in rows.values()} == {"TEMPLATE_ONLY"}
    shown = owner.messages(rows[BEN])
    assert [(m["direction"], m["status"]) for m in shown] == [
        ("INBOUND", "RECEIVED"),
        ("OUTBOUND", "READ"),
    ] * 2
    assert {m["author"]["kind"] for m in shown} == {"CONTACT", "EXTERNAL"}
    assert all("history_context" not in m["payload"] for m in shown)
    types = set(FeedEntry.objects.values_list("type", flat=True))
    assert "conversation.updated" in types
    assert not {word for word in types if word.startswith("message.")}


def test_delivered_twice_and_killed_it_ends_the_same(
    owner: Desk, phone: Phone, number: dict[str, Any]
) -> None:
    phone.post("/sim/faults", duplicate=True, reorder=True)
    connect(owner, phone, number)
    filing = Filing()
    filing.third()
    assert 0 < Message.objects.count() < 1_214
    HistoryImport.objects.running().update(claimed_until=now() + timedelta(seconds=20))
    filing.page()  # Somebody else has it in hand.
    HistoryImport.objects.running().update(claimed_until=None)
    filing.parts()
    done = progress(owner, "WHATSAPP")
    assert (done["state"], done["conversations"], done["messages"]) == ("DONE", 2, 1_214)
    assert Message.objects.count() == 1_214


def test_files_come_after_their_placeholders(
    owner: Desk, phone: Phone, work: Work, number: dict[str, Any], moved_clock: Work
) -> None:
    world = next(row for row in phone.world()["businessAccounts"] if row["id"] == number["wabaId"])
    account = world["phoneNumbers"][-1]["id"]
    phone.post("/sim/inbound", platform="WHATSAPP", accountId=account, kind="image", **{"from": BEN})
    connect(owner, phone, number)
    Filing().parts()
    picture = owner.messages(by_name(owner)[BEN])[-1]
    assert (picture["type"], by_name(owner)[BEN]["unreadCount"]) == ("IMAGE", 0)
    assert Attachment.objects.get(message=picture["id"]).media_id
    assert Message.objects.filter(type="UNSUPPORTED").count() == 0


def test_the_business_keeps_it_to_itself(owner: Desk, phone: Phone, moved_clock: Work) -> None:
    given = popup(phone, coexistence=True, shareHistory=False)
    connect(owner, phone, {"code": given["code"], "wabaId": given["wabaId"], "coexistence": True})
    Filing().page()
    refused = progress(owner, "WHATSAPP")
    assert (refused["state"], refused["lastErrorCode"]) == ("FAILED", "platform_refused")
    assert "does not share" in refused["lastError"]
    assert refused["lastErrorResolution"]
    assert not HistoryPart.objects.exists()


def test_whoever_was_erased_meanwhile_stays_away(owner: Desk, phone: Phone, number: dict[str, Any]) -> None:
    connect(owner, phone, number)
    filing = Filing()
    filing.moment()
    contact = by_name(owner)[ANN]["contact"]["id"]
    assert erase_contact(contact)
    filing.parts()
    assert set(by_name(owner)) == {BEN}
    assert progress(owner, "WHATSAPP")["state"] == "DONE"


def test_a_phone_that_falls_silent_is_waited_for_a_week(
    owner: Desk, phone: Phone, number: dict[str, Any]
) -> None:
    connect(owner, phone, number)
    HistoryPart.objects.filter(progress=100).update(progress=80)
    filing = Filing()
    filing.moment()
    while HistoryPart.objects.exists():
        filing.moment()
    imports.drain(pause=filing.pauses.append)
    waiting = HistoryImport.objects.get()
    assert waiting.state == "RUNNING"
    assert waiting.due_at > now() + phones.SILENT_FOR - timedelta(hours=1)
    filing.page()  # As if the week were over.
    over = progress(owner, "WHATSAPP")
    assert (over["state"], over["progress"], over["lastError"]) == ("DONE", 80, phones.STOPPED)


def test_a_number_that_was_left_files_no_more(owner: Desk, phone: Phone, number: dict[str, Any]) -> None:
    connect(owner, phone, number)
    owner.delete(f"/api/integrations/{owner.integration('WHATSAPP')['id']}")
    Filing().page()
    assert not HistoryPart.objects.exists()
    assert not Message.objects.exists()
