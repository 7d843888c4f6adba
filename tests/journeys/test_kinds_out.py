"""Each kind of message, read off the customer's phone."""

from __future__ import annotations

from typing import Any

import pytest

from backend.api.examples_outgoing import OUTGOING
from backend.platforms.registry import PLATFORMS
from tests.journeys.conftest import Desk, Phone, Work
from tests.journeys.test_conversation import every_platform, started

TAPPABLE = {
    body["interactive"]["type"]: body["interactive"] for body in OUTGOING.values() if "interactive" in body
}


def send(owner: Desk, conversation: dict[str, Any], expect: int = 202, **body: Any) -> Any:
    return owner.post(f"/api/conversations/{conversation['id']}/messages", body, expect)


def seen(phone: Phone, platform: str) -> list[dict[str, Any]]:
    """What came to the phone, save signals."""
    items = phone.get("/sim/outbox", platform=platform)["items"]
    return [item for item in items if item["kind"] not in ("read", "typing_on", "typing_off")]


@every_platform
def test_everything_that_can_be_tapped(owner: Desk, phone: Phone, work: Work, platform: str) -> None:
    conversation = started(owner, phone, work, platform)
    offered = PLATFORMS[platform].capabilities.interactive
    for kind, content in TAPPABLE.items():
        answer = send(
            owner, conversation, 202 if kind in offered else 409, type="INTERACTIVE", interactive=content
        )
        if kind not in offered:
            assert answer["code"] == "unsupported_by_platform"
            assert all(offer in answer["resolution"] for offer in offered)
    work()
    shown = [
        TAPPABLE[kind].get("text") or TAPPABLE[kind]["cards"][0]["title"]
        for kind in TAPPABLE
        if kind in offered
    ]
    assert [item["text"] for item in seen(phone, platform)] == shown
    sent = owner.messages(conversation)[1:]
    assert [message["payload"]["interactive"]["type"] for message in sent] == [
        k for k in TAPPABLE if k in offered
    ]
    assert {message["status"] for message in sent} <= {"SENT", "DELIVERED"}
    assert {message["type"] for message in sent} == {"INTERACTIVE"}


def test_places_and_people_on_whatsapp_alone(owner: Desk, phone: Phone, work: Work) -> None:
    conversation = started(owner, phone, work, "WHATSAPP")
    for name in ("Location", "Contacts"):
        send(owner, conversation, **OUTGOING[name])
    work()
    assert [(item["kind"], item["text"]) for item in seen(phone, "WHATSAPP")] == [
        ("location", "Our shop"),
        ("contacts", "Carl Courier"),
    ]
    assert [message["status"] for message in owner.messages(conversation)[1:]] == ["DELIVERED", "DELIVERED"]


@pytest.mark.parametrize("name", ["Location", "Contacts"])
def test_messenger_has_neither(owner: Desk, phone: Phone, work: Work, name: str) -> None:
    conversation = started(owner, phone, work, "MESSENGER")
    answer = send(owner, conversation, 409, **OUTGOING[name])
    assert (answer["code"], "TEXT" in answer["resolution"]) == ("unsupported_by_platform", True)
    work()
    assert seen(phone, "MESSENGER") == []


@every_platform
def test_a_tap_comes_back_with_the_id(owner: Desk, phone: Phone, work: Work, platform: str) -> None:
    conversation = started(owner, phone, work, platform)
    send(owner, conversation, type="INTERACTIVE", interactive=TAPPABLE["QUICK_REPLIES"])
    work()
    kind = "button_reply" if platform == "WHATSAPP" else "quick_reply"
    phone.post("/sim/inbound", platform=platform, kind=kind, title="Small", payload="size-s")
    work()
    tapped = owner.messages(conversation)[-1]
    assert (tapped["type"], tapped["text"]) == ("REPLY", "Small")
    assert "size-s" in str(tapped["payload"])
