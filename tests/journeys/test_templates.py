"""Templates: made and approved at the platform, listed here, sent to the customer."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from backend.integrations import templates
from backend.simulator.samples import sample
from tests.conftest import Cast
from tests.files.keeping import keep
from tests.journeys.conftest import Desk, Phone, Work
from tests.journeys.test_conversation import started
from tests.journeys.test_kinds_out import seen, send

SHIPPED = {
    "name": "shipped",
    "language": "en",
    "category": "UTILITY",
    "parameter_format": "NAMED",
    "components": [
        {"type": "HEADER", "format": "TEXT", "text": "Order {{number}}"},
        {"type": "BODY", "text": "Hello {{first_name}}, it is on its way."},
        {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Thanks"}]},
    ],
}


POSTER = {
    "name": "poster",
    "language": "en",
    "category": "MARKETING",
    "components": [
        {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["4::aW"]}},
        {"type": "BODY", "text": "For {{1}}", "example": {"body_text": [["Ann"]]}},
    ],
}


def said(*values: dict[str, Any], name: str = "order_update", language: str = "en_US") -> dict[str, Any]:
    parts = (
        [{"type": "BODY", "parameters": [{"type": "TEXT", **value} for value in values]}] if values else []
    )
    more = {"components": parts} if parts else {}
    return {"type": "TEMPLATE", "template": {"name": name, "language": language, **more}}


ORDER = said({"text": "Ann"}, {"text": "4711"})


def listed(owner: Desk) -> dict[str, Any]:
    rows = owner.get(f"/api/integrations/{owner.integration('WHATSAPP')['id']}/templates")["templates"]
    return {row["name"]: row for row in rows}


def at_meta(phone: Phone, path: str, **body: Any) -> Any:
    """The business works in WhatsApp Manager."""
    account = phone.world()["businessAccounts"][0]
    headers = {"Authorization": f"Bearer {account['accessToken']}"}
    answer: httpx2.Response = phone.http.post(path.format(waba=account["id"]), json=body, headers=headers)
    assert answer.is_success, answer.text
    return answer.json()


def test_they_are_listed_after_connecting_and_sent(owner: Desk, phone: Phone, work: Work) -> None:
    conversation = started(owner, phone, work, "WHATSAPP")
    assert "templates" in owner.integration("WHATSAPP")["features"]
    templates.drain()
    assert {"hello_world", "order_update", "spring_sale"} <= listed(owner).keys()
    queued = send(owner, conversation, **ORDER)["message"]
    assert queued["text"] == "Hello Ann, your order 4711 is on its way."
    work()
    assert [(one["kind"], one["text"]) for one in seen(phone, "WHATSAPP")] == [("template", queued["text"])]
    assert owner.messages(conversation)[-1]["status"] == "DELIVERED"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (said({"text": "Ann"}), "template.components.0.parameters"),
        (said({"text": "Ann", "name": "a"}, {"text": "b"}), "template.components.0.parameters.0.name"),
        (said(name="hello_world", language="de"), "template.language"),
        (said(name="spring_sale", language="de"), "template.name"),
        (said(name="nothing_like_it"), "template.name"),
    ],
)
def test_what_does_not_fit_never_leaves(
    owner: Desk, phone: Phone, work: Work, body: dict[str, Any], field: str
) -> None:
    conversation = started(owner, phone, work, "WHATSAPP")
    answer = send(owner, conversation, 400, **body)
    assert (answer["code"], list(answer["fields"])) == ("validation_error", [field])
    work()
    assert seen(phone, "WHATSAPP") == []


def test_one_that_is_approved_later(owner: Desk, phone: Phone, work: Work) -> None:
    conversation = started(owner, phone, work, "WHATSAPP")
    made = at_meta(phone, "/{waba}/message_templates", **SHIPPED)
    sync = f"/api/integrations/{owner.integration('WHATSAPP')['id']}/templates/sync"
    owner.post(sync)
    body = said({"text": "Ann", "name": "first_name"}, name="shipped", language="en")
    header = {"type": "HEADER", "parameters": [{"type": "TEXT", "text": "4711", "name": "number"}]}
    body["template"]["components"].append(header)
    assert "PENDING" in str(send(owner, conversation, 400, **body)["fields"])
    phone.post("/sim/whatsapp", change="template", templateId=made["id"])
    work()  # WhatsApp tells it, and has them read again.
    templates.drain()
    assert listed(owner)["shipped"]["status"] == "APPROVED"
    queued = send(owner, conversation, **body)["message"]
    assert queued["payload"]["shown"] == {
        "header": "Order 4711",
        "body": "Hello Ann, it is on its way.",
        "buttons": ["Thanks"],
    }
    work()
    assert owner.messages(conversation)[-1]["status"] == "DELIVERED"


def test_the_window_is_over(owner: Desk, phone: Phone, work: Work, moved_clock: Work) -> None:
    conversation = started(owner, phone, work, "WHATSAPP")
    phone.post("/sim/clock", advanceSeconds=3 * 24 * 3600)
    moved_clock()
    window = owner.conversations()[0]["window"]
    assert (window["state"], window["allowed"]) == ("TEMPLATE_ONLY", ["TEMPLATE"])
    refused = owner.reply(conversation, "too late", 409)
    assert (refused["code"], refused["allowed"]) == ("window_closed", ["TEMPLATE"])
    send(owner, conversation, **ORDER)
    work()
    assert [one["kind"] for one in seen(phone, "WHATSAPP")] == ["template"]
    assert owner.messages(conversation)[-1]["status"] == "DELIVERED"


def test_a_picture_above_the_words(owner: Desk, phone: Phone, work: Work, cast: Cast) -> None:
    conversation = started(owner, phone, work, "WHATSAPP")
    made = at_meta(phone, "/{waba}/message_templates", **POSTER)
    phone.post("/sim/whatsapp", change="template", templateId=made["id"])
    picture = str(keep(cast.business.pk, sample("image")).pk)
    body = said({"text": "Ann"}, name="poster", language="en")
    parameter = {"type": "IMAGE", "mediaId": picture}
    body["template"]["components"].append({"type": "HEADER", "parameters": [parameter]})
    wrong = {"type": "IMAGE", "mediaId": str(keep(cast.business.pk, sample("document")).pk)}
    refused = said({"text": "Ann"}, name="poster", language="en")
    refused["template"]["components"].append({"type": "HEADER", "parameters": [wrong]})
    fields = send(owner, conversation, 400, **refused)["fields"]
    assert list(fields) == ["template.components.1.parameters.0.mediaId"]
    queued = send(owner, conversation, **body)["message"]
    assert [one["state"] for one in queued["attachments"]] == ["STORED"]
    work()
    assert [(one["kind"], one["text"]) for one in seen(phone, "WHATSAPP")] == [("template", "For Ann")]
    assert owner.messages(conversation)[-1]["status"] == "DELIVERED"


def test_messenger_has_none(owner: Desk, phone: Phone, work: Work) -> None:
    conversation = started(owner, phone, work, "MESSENGER")
    assert send(owner, conversation, 409, **ORDER)["code"] == "unsupported_by_platform"
    path = f"/api/integrations/{owner.integration('MESSENGER')['id']}/templates"
    assert owner.get(path, 409)["code"] == "unsupported_by_platform"
