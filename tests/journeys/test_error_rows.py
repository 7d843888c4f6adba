"""Every row of Meta's tables of errors, provoked while a reply goes out: what a person then reads at the message."""

from __future__ import annotations

import time
from typing import Any

import pytest

from backend.platforms.meta.rules_whatsapp import WHATSAPP_CODES
from tests.journeys.conftest import Desk, Phone, Work
from tests.journeys.test_conversation import started
from tests.journeys.test_signals import choose
from tests.platforms.test_error_tables import CODES, DEAD, PASSING, Row

ATTENTION = [(10, None), (200, 2534041), (368, None), (100, 2534013), (10, 1893063)]
ATTENTION_OF_A_NUMBER = [(131031, None), (131042, None), (131048, None), (133010, None)]
HOUR = 3600


def platform_of(row: Row) -> str:
    """Where Meta says it."""
    if row[0] in WHATSAPP_CODES:
        return "WHATSAPP"
    return "INSTAGRAM" if str(row[1] or row[0]).startswith("2534") else "MESSENGER"


def of_platform(platform: str, rows: list[Row]) -> list[Row]:
    return [row for row in rows if platform_of(row) == platform]


def provoke(phone: Phone, row: Row, **more: Any) -> None:
    said = {"message": "(#1) Their words", "on": "POST messages", **more}
    subcode = {"subcode": row[1]} if row[1] else {}
    phone.post("/sim/faults", graph={"error": {"code": row[0], **subcode, **said}})


def quietly_started(owner: Desk, phone: Phone, work: Work, platform: str) -> dict[str, Any]:
    """A conversation in which nothing but replies goes out."""
    conversation = started(owner, phone, work, platform)
    choose(owner, conversation, readPolicy="NEVER")
    return conversation


def provoked(owner: Desk, phone: Phone, work: Work, conversation: dict[str, Any], row: Row) -> dict[str, Any]:
    """The reply that met the error."""
    provoke(phone, row)
    owner.reply(conversation, f"{row}")
    work()
    (message,) = [each for each in owner.messages(conversation) if each["text"] == f"{row}"]
    return message


def later(phone: Phone, work: Work, moved_clock: Work, platform: str, *, seconds: int) -> None:
    """Time passes, and the customer writes again."""
    phone.post("/sim/clock", advanceSeconds=seconds)
    moved_clock()
    phone.write(platform, "Are you there?")
    work()


every_platform = pytest.mark.parametrize("platform", ["INSTAGRAM", "MESSENGER", "WHATSAPP"])


@every_platform
def test_what_is_refused_says_why_and_what_to_do(
    owner: Desk, phone: Phone, work: Work, moved_clock: Work, platform: str
) -> None:
    conversation = quietly_started(owner, phone, work, platform)
    rows = [(code, row) for code, table in CODES.items() if table is not DEAD for row in table]
    told = [(code, row) for code, row in rows if platform_of(row) == platform]
    for number, (code, row) in enumerate(told, 1):
        message = provoked(owner, phone, work, conversation, row)
        assert (row, message["status"]) == (row, "FAILED")
        error = message["error"]
        assert (row, error["code"], error["platformCode"]) == (row, code, row[0])
        ours, _, theirs = error["message"].partition(" Meta says: ")
        assert (row, ours[-1], theirs) == (row, ".", "(#1) Their words")
        assert error["resolution"].endswith(".")
        # What Meta says of the window counts until the customer writes again; nobody is written to all the time.
        if code == "window_closed" or number % 20 == 0:
            later(phone, work, moved_clock, platform, seconds=600)
    assert phone.outbox() == []


def test_a_dead_token_ends_the_connection_and_says_how_to_go_on(
    owner: Desk, phone: Phone, work: Work
) -> None:
    conversation = quietly_started(owner, phone, work, "MESSENGER")
    for row in DEAD:
        message = provoked(owner, phone, work, conversation, row)
        assert (row, message["error"]["code"]) == (row, "reconnect_required")
        integration = owner.integration("MESSENGER")
        assert (integration["status"], integration["health"]) == ("ERROR", "reconnect")
        assert integration["lastErrorResolution"]
        assert owner.reply(conversation, "Not now", 409)["code"] == "not_connected"
        owner.connect("MESSENGER")
        assert owner.integration("MESSENGER")["status"] == "CONNECTED"


@every_platform
def test_what_passes_goes_out_later(
    owner: Desk, phone: Phone, work: Work, moved_clock: Work, platform: str
) -> None:
    conversation = quietly_started(owner, phone, work, platform)
    rows = of_platform(platform, PASSING)
    for row in rows:
        message = provoked(owner, phone, work, conversation, row)
        assert (row, message["status"], message["error"]) == (row, "QUEUED", None)
        later(phone, work, moved_clock, platform, seconds=HOUR)
    assert [item["text"] for item in phone.outbox()] == [f"{row}" for row in rows]
    assert owner.integration(platform)["status"] == "CONNECTED"


@pytest.mark.parametrize(
    ("platform", "rows"), [("MESSENGER", ATTENTION), ("WHATSAPP", ATTENTION_OF_A_NUMBER)]
)
def test_what_concerns_the_account_shows_in_its_health(
    owner: Desk, phone: Phone, work: Work, platform: str, rows: list[Row]
) -> None:
    conversation = quietly_started(owner, phone, work, platform)
    for row in rows:
        message = provoked(owner, phone, work, conversation, row)
        integration = owner.integration(platform)
        assert (row, integration["status"], integration["health"]) == (row, "CONNECTED", "degraded")
        assert integration["lastErrorCode"] == message["error"]["code"]
        assert "Their words" in integration["lastError"]
        assert integration["lastErrorResolution"] == message["error"]["resolution"]
        checks = owner.get(f"/api/integrations/{integration['id']}/health")["checks"]
        assert [check["message"] for check in checks if not check["ok"]] == [integration["lastError"]]
    owner.reply(conversation, "It is connected all the same")
    work()
    assert [item["text"] for item in phone.outbox()] == ["It is connected all the same"]


def test_an_unknown_code_is_kept_as_it_came_and_not_repeated(owner: Desk, phone: Phone, work: Work) -> None:
    conversation = quietly_started(owner, phone, work, "MESSENGER")
    message = provoked(owner, phone, work, conversation, (424242, 7))
    assert message["status"] == "FAILED"
    assert (message["error"]["message"], message["error"]["platformCode"]) == ("(#1) Their words", 424242)
    assert owner.integration("MESSENGER")["health"] == "ok"


def test_a_person_who_is_away_is_no_closed_window(owner: Desk, phone: Phone, work: Work) -> None:
    conversation = quietly_started(owner, phone, work, "MESSENGER")
    message = provoked(owner, phone, work, conversation, (200, 1545041))
    assert message["error"]["code"] == "contact_unreachable"
    assert owner.conversations()[0]["window"]["state"] == "OPEN"


def test_a_number_that_may_not_be_charged_is_told_by_a_status_too(
    owner: Desk, phone: Phone, work: Work
) -> None:
    conversation = quietly_started(owner, phone, work, "WHATSAPP")
    answer = owner.reply(conversation, "Hello")["message"]
    work()
    row = owner.integration("WHATSAPP")
    status = {
        "id": "wamid.failed-later",
        "status": "failed",
        "timestamp": str(int(time.time())),
        "recipient_id": conversation["contact"]["externalId"],
        "biz_opaque_callback_data": answer["id"],
        "errors": [{"code": 131042, "title": "Business eligibility payment issue"}],
    }
    number = {
        "display_phone_number": row["metadata"]["displayPhoneNumber"],
        "phone_number_id": row["metadata"]["phoneNumberId"],
    }
    value = {"messaging_product": "whatsapp", "metadata": number, "statuses": [status]}
    entry = {"id": row["platformAccountId"], "changes": [{"field": "messages", "value": value}]}
    phone.post("/sim/raw", body={"object": "whatsapp_business_account", "entry": [entry]})
    phone.delivered()
    work()
    row = owner.integration("WHATSAPP")
    assert (row["health"], row["lastErrorCode"]) == ("degraded", "platform_refused")
    assert "payment" in row["lastErrorResolution"]
