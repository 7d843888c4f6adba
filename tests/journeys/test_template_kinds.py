"""Templates of rarer kinds, from their approval to the phone."""

from __future__ import annotations

from backend.integrations import templates
from tests.journeys.conftest import Desk, Phone, Work
from tests.journeys.test_conversation import started
from tests.journeys.test_kinds_out import seen, send
from tests.journeys.test_templates import at_meta, listed, said


def test_an_offer_and_the_catalogue(owner: Desk, phone: Phone, work: Work) -> None:
    conversation = started(owner, phone, work, "WHATSAPP")
    offer = {"text": "Half the price", "has_expiration": True}
    buttons = [{"type": "CATALOG", "text": "View catalog"}]
    parts = [
        {"type": "LIMITED_TIME_OFFER", "limited_time_offer": offer},
        {"type": "BODY", "text": "Hats"},
        {"type": "BUTTONS", "buttons": buttons},
    ]
    about = {"name": "hats", "language": "en", "category": "MARKETING", "components": parts}
    made = at_meta(phone, "/{waba}/message_templates", **about)["id"]
    phone.post("/sim/whatsapp", change="template", templateId=made, status="APPROVED")
    owner.post(f"/api/integrations/{owner.integration('WHATSAPP')['id']}/templates/sync")
    asked = [part["parameters"] for part in listed(owner)["hats"]["components"]]
    assert [slot["type"] for slots in asked for slot in slots] == ["EXPIRATION"]
    body = said(name="hats", language="en")
    assert send(owner, conversation, 400, **body)["fields"].keys() == {"template.components"}
    ends = {"type": "EXPIRATION", "at": "2026-12-24T18:00:00Z"}
    product = {"type": "PRODUCT", "retailerId": "hat-1"}
    body["template"]["components"] = [
        {"type": "LIMITED_TIME_OFFER", "parameters": [ends]},
        {"type": "BUTTON", "index": 0, "parameters": [product]},
    ]
    queued = send(owner, conversation, **body)["message"]
    assert queued["payload"]["shown"]["offer"] == "Half the price"
    work()
    assert owner.messages(conversation)[-1]["status"] == "DELIVERED"
    (item,) = seen(phone, "WHATSAPP")
    assert item["offer"] == {"text": "Half the price", "endsAt": 1798135200000}


def test_a_one_time_password(owner: Desk, phone: Phone, work: Work) -> None:
    conversation = started(owner, phone, work, "WHATSAPP")
    buttons = [{"type": "OTP", "otp_type": "COPY_CODE", "text": "Copy"}]
    parts = [{"type": "BODY"}, {"type": "BUTTONS", "buttons": buttons}]
    about = {"name": "login", "language": "en", "category": "AUTHENTICATION", "components": parts}
    made = at_meta(phone, "/{waba}/message_templates", **about)["id"]
    phone.post("/sim/whatsapp", change="template", templateId=made, status="APPROVED")
    templates.drain()
    owner.post(f"/api/integrations/{owner.integration('WHATSAPP')['id']}/templates/sync")
    body = said({"text": "123456"}, name="login", language="en")
    code = [{"type": "TEXT", "text": "123456"}]
    body["template"]["components"].append({"type": "BUTTON", "index": 0, "parameters": code})
    queued = send(owner, conversation, **body)["message"]
    assert queued["text"] == "*123456* is your verification code."
    work()
    assert owner.messages(conversation)[-1]["status"] == "DELIVERED"
    assert [one["text"] for one in seen(phone, "WHATSAPP")] == [queued["text"]]
