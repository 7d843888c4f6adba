"""Meta on a bad day: throttled, away, silent after the deed, and with tokens that died."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from backend.conversations.models import Message
from backend.lib.clock import now
from backend.platforms.registry import PLATFORMS
from backend.sending.models import Pace
from tests.journeys.conftest import Desk, Phone, Work
from tests.journeys.test_conversation import started

every_platform = pytest.mark.parametrize("platform", sorted(PLATFORMS))


def make_due() -> None:
    """The pause before the next try is over, of the message and of its account."""
    Message.objects.filter(due_at__isnull=False).update(due_at=now() - timedelta(seconds=1))
    Pace.objects.filter(held_until__isnull=False).update(held_until=now() - timedelta(seconds=1))


@every_platform
@pytest.mark.parametrize("fault", [{"rateLimit": 1}, {"outage": True}])
def test_what_meta_could_not_do_is_tried_again(
    owner: Desk, phone: Phone, work: Work, platform: str, fault: dict[str, Any]
) -> None:
    conversation = started(owner, phone, work, platform)
    phone.post("/sim/faults", graph=fault)
    owner.reply(conversation, "patience")
    work()
    assert phone.outbox() == []
    assert owner.messages(conversation)[-1]["status"] == "QUEUED"
    phone.post("/sim/faults")
    make_due()
    work()
    assert [item["text"] for item in phone.outbox()] == ["patience"]
    assert owner.messages(conversation)[-1]["status"] in ("SENT", "DELIVERED")


@every_platform
def test_a_lost_answer_is_never_sent_twice_and_proof_lifts_it(
    owner: Desk, phone: Phone, work: Work, platform: str
) -> None:
    conversation = started(owner, phone, work, platform)
    phone.post("/sim/faults", graph={"loseAnswer": 1})
    owner.reply(conversation, "did you get this?")
    work()
    make_due()
    work()
    assert [item["text"] for item in phone.outbox()] == ["did you get this?"]
    # The echo, or the status with our mark, is the proof.
    [_, message] = owner.messages(conversation)
    assert message["status"] in ("SENT", "DELIVERED")
    assert message["error"] is None
    assert message["externalId"] == phone.outbox()[0]["id"]


def test_order_is_kept_while_the_first_waits(owner: Desk, phone: Phone, work: Work) -> None:
    conversation = started(owner, phone, work, "MESSENGER")
    phone.post("/sim/faults", graph={"rateLimit": 1})
    for text in ("first", "second", "third"):
        owner.reply(conversation, text)
    work()
    assert phone.outbox() == []
    make_due()
    work()
    assert [item["text"] for item in phone.outbox()] == ["first", "second", "third"]


@every_platform
def test_a_dead_token_asks_for_a_reconnect_and_still_receives(
    owner: Desk, phone: Phone, work: Work, platform: str
) -> None:
    conversation = started(owner, phone, work, platform)
    phone.post("/sim/faults", graph={"expireTokens": True})
    owner.reply(conversation, "hello?")
    work()
    failed = owner.messages(conversation)[-1]
    assert failed["status"] == "FAILED"
    assert failed["error"]["code"] == "reconnect_required"
    assert failed["error"]["resolution"]
    assert failed["error"]["platformCode"] == 190
    row = owner.integration(platform)
    assert (row["status"], row["health"]) == ("ERROR", "reconnect")
    assert row["lastError"]
    assert row["lastErrorResolution"]

    phone.write(platform, "are you there?")
    work()
    assert owner.messages(conversation)[-1]["text"] == "are you there?"
    tested = owner.post(f"/api/integrations/{row['id']}/test")
    assert (tested["success"], tested["details"]["tokenValid"]) == (False, False)

    phone.post("/sim/faults")
    assert owner.connect(platform)["integration"]["status"] == "CONNECTED"
    owner.post(f"/api/messages/{failed['id']}/retry", expect=202)
    work()
    assert [item["text"] for item in phone.outbox()] == ["hello?"]


def test_a_late_refusal_reaches_the_message(owner: Desk, phone: Phone, work: Work) -> None:
    """WhatsApp takes it and refuses by a status: our clock said open, Meta's says closed."""
    conversation = started(owner, phone, work, "WHATSAPP")
    phone.post("/sim/clock", advanceSeconds=25 * 3600)  # Seen by the simulator alone.
    owner.reply(conversation, "too late")
    work()
    message = owner.messages(conversation)[-1]
    assert message["status"] == "FAILED"
    assert (message["error"]["code"], message["error"]["platformCode"]) == ("window_closed", 131047)
    assert message["error"]["resolution"]
    shown = owner.get(f"/api/conversations/{conversation['id']}")["conversation"]["window"]
    assert (shown["state"], shown["allowed"]) == ("TEMPLATE_ONLY", ["TEMPLATE"])


def test_a_test_that_passes_ends_the_error(owner: Desk, phone: Phone, work: Work) -> None:
    conversation = started(owner, phone, work, "MESSENGER")
    phone.post("/sim/faults", graph={"expireTokens": True})
    owner.reply(conversation, "hello?")
    work()
    assert owner.integration("MESSENGER")["status"] == "ERROR"
    phone.post("/sim/faults")
    path = f"/api/integrations/{owner.integration('MESSENGER')['id']}"
    assert owner.post(f"{path}/test")["success"] is True
    assert (owner.integration("MESSENGER")["status"], owner.integration("MESSENGER")["health"]) == (
        "CONNECTED",
        "ok",
    )
    owner.reply(conversation, "there you are")
    work()
    assert phone.outbox()[-1]["text"] == "there you are"


def test_a_test_without_an_account_is_no_error_of_the_row(owner: Desk, phone: Phone) -> None:
    owner.connect("MESSENGER")
    path = f"/api/integrations/{owner.integration('MESSENGER')['id']}"
    owner.delete(path)
    assert owner.post(f"{path}/test")["success"] is False
    assert owner.integration("MESSENGER")["lastError"] is None
