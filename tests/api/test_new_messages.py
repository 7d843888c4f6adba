"""Each shape of a message that is sent: what it must hold, what it keeps, what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from backend.api.examples_outgoing import OUTGOING
from backend.api.outgoing_shapes import NEW_MESSAGES
from backend.conversations.models import Conversation, Message
from backend.platforms.registry import PLATFORMS
from tests.api import rows
from tests.api.agreeing import AgreeingClient
from tests.conftest import Cast

# Texts, templates and files have tests of their own.
ELSEWHERE = ("TEXT", "TEMPLATE", "MEDIA")
EXAMPLES = {name: body for name, body in OUTGOING.items() if body["type"] not in ELSEWHERE}


@pytest.fixture
def conversations(cast: Cast) -> dict[str, Conversation]:
    return {name: rows.conversation(rows.connected(cast.business, name)) for name in PLATFORMS}


def send(client: AgreeingClient, row: Conversation, body: Any) -> Any:
    return client.post(f"/api/conversations/{row.pk}/messages", body, format="json")


def is_offered(platform: str, body: dict[str, Any]) -> bool:
    capabilities = PLATFORMS[platform].capabilities
    kind = body.get("interactive", {}).get("type")
    return body["type"] in capabilities.message_types and (not kind or kind in capabilities.interactive)


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_the_examples_are_queued_as_they_are_or_refused(
    agent: AgreeingClient, conversations: dict[str, Conversation], name: str
) -> None:
    body = EXAMPLES[name]
    held = {word: value for word, value in body.items() if word not in ("type", "text")}
    for platform, conversation in conversations.items():
        answer = send(agent, conversation, body)
        if is_offered(platform, body):
            message = answer.json()["message"]
            assert (answer.status_code, message["type"]) == (202, body["type"])
            assert message["payload"] == held
            assert message["text"]
        else:
            assert (answer.status_code, answer.json()["code"]) == (409, "unsupported_by_platform")
            assert answer.json()["resolution"]


def test_every_type_has_its_shape_and_example() -> None:
    assert {body["type"] for body in OUTGOING.values()} == set(NEW_MESSAGES)


TAP = {"type": "BUTTONS", "text": "Choose", "buttons": [{"id": "a", "title": "A"}]}


NO_FILE = "0193f2c1-5d20-7e31-9a44-2b3c4d5e6f70"
VALUE = {"type": "TEXT", "text": "x"}
MONEY = {"type": "CURRENCY", "code": "EUR", "amount1000": 1, "fallback": "x"}


def templated(*components: Any) -> dict[str, Any]:
    return {"type": "TEMPLATE", "template": {"name": "a", "language": "en", "components": list(components)}}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "type"),
        ({"type": ["TEXT"]}, "type"),
        ({"type": "INTERACTIVE"}, "interactive"),
        ({"type": "INTERACTIVE", "interactive": []}, "interactive.type"),
        ({"type": "INTERACTIVE", "interactive": {"type": "FAX"}}, "interactive.type"),
        ({"type": "INTERACTIVE", "interactive": TAP, "text": "both"}, "text"),
        ({"type": "INTERACTIVE", "interactive": TAP | {"colour": "red"}}, "interactive.colour"),
        ({"type": "INTERACTIVE", "interactive": TAP | {"buttons": []}}, "interactive.buttons"),
        (
            {"type": "INTERACTIVE", "interactive": TAP | {"buttons": [{"title": "A"}]}},
            "interactive.buttons.0.id",
        ),
        (
            {
                "type": "INTERACTIVE",
                "interactive": {"type": "LINK", "text": "Go", "label": "Go", "url": "javascript:alert(1)"},
            },
            "interactive.url",
        ),
        ({"type": "LOCATION", "location": {"latitude": 91, "longitude": 0}}, "location.latitude"),
        ({"type": "LOCATION", "location": {"latitude": "1", "longitude": 0}}, "location.latitude"),
        ({"type": "LOCATION", "location": {"latitude": True, "longitude": 0}}, "location.latitude"),
        ({"type": "CONTACTS", "contacts": []}, "contacts"),
        ({"type": "MEDIA"}, "mediaIds"),
        ({"type": "MEDIA", "mediaIds": ["m_1"]}, "mediaIds.0"),
        ({"type": "MEDIA", "mediaIds": [NO_FILE]}, "mediaIds.0"),
        ({"type": "MEDIA", "mediaIds": [NO_FILE], "text": " "}, "text"),
        ({"type": "MEDIA", "mediaIds": [NO_FILE], "voice": True, "sticker": True}, "sticker"),
        ({"type": "TEMPLATE", "template": {"name": "a"}}, "template.language"),
        (templated({"type": "BODY"}), "template.components.0.parameters"),
        (templated({"type": "BUTTON", "parameters": [VALUE]}), "template.components.0.index"),
        (templated({"type": "CAROUSEL", "parameters": [VALUE]}), "template.components.0.cards"),
        (
            templated({"type": "BODY", "parameters": [{"type": "FAX"}]}),
            "template.components.0.parameters.0.type",
        ),
        (
            templated({"type": "HEADER", "parameters": [{"type": "IMAGE"}]}),
            "template.components.0.parameters.0.mediaId",
        ),
        (
            templated({"type": "BODY", "parameters": [MONEY | {"amount1000": 1.5}]}),
            "template.components.0.parameters.0.amount1000",
        ),
        (
            {"type": "CONTACTS", "contacts": [{"name": "A", "phones": [{"type": "WORK"}]}]},
            "contacts.0.phones.0.phone",
        ),
        ({"type": "CONTACTS", "contacts": [{"name": "A"}] * 6}, "contacts"),
    ],
)
def test_a_wrong_shape_is_refused_with_the_field(
    agent: AgreeingClient, conversations: dict[str, Conversation], body: dict[str, Any], field: str
) -> None:
    answer = send(agent, conversations["WHATSAPP"], body)
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")
    assert list(answer.json()["fields"]) == [field]
    assert not Message.objects.filter(direction="OUTBOUND").exists()
