"""What each platform is asked for, kind by kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from backend.api.examples_outgoing import OUTGOING
from backend.lib.json_types import JSONObject
from backend.platforms.errors import Malformed
from backend.platforms.instagram.compose import compose as by_instagram
from backend.platforms.messenger.compose import compose as by_messenger
from backend.platforms.port import ContactCard, MessageType, OutboundMessage
from backend.platforms.whatsapp.compose import compose as by_whatsapp
from tests.platforms.cast import NUMBER, PAGE, PROFILE
from tests.platforms.neutral import outbound

ANN = ContactCard(external_id="16505551234")
COMPOSE: dict[str, Callable[[OutboundMessage], JSONObject]] = {
    "WHATSAPP": lambda message: by_whatsapp(NUMBER, message).body,
    "MESSENGER": lambda message: by_messenger(PAGE, message).body["message"],
    "INSTAGRAM": lambda message: by_instagram(PROFILE, message).body["message"],
}


def composed(platform: str, name: str, **more: Any) -> JSONObject:
    body = OUTGOING[name]
    payload = {word: value for word, value in body.items() if word != "type"}
    return COMPOSE[platform](outbound(body["type"], payload, ANN, **more))


@pytest.mark.parametrize("platform", ["MESSENGER", "INSTAGRAM"])
def test_what_is_tapped_on_metas_own(platform: str) -> None:
    assert composed(platform, "QuickReplies")["quick_replies"][0] == {
        "content_type": "text",
        "title": "Small",
        "payload": "size-s",
    }
    assert composed(platform, "Buttons")["attachment"]["payload"] == {
        "template_type": "button",
        "text": "Shall we deliver it?",
        "buttons": [
            {"type": "postback", "title": "Yes, please", "payload": "deliver"},
            {"type": "postback", "title": "I come by", "payload": "collect"},
        ],
    }
    assert composed(platform, "Link")["attachment"]["payload"]["buttons"] == [
        {"type": "web_url", "url": "https://shop.example/orders/4711", "title": "Track it"}
    ]
    assert composed(platform, "Cards")["attachment"]["payload"]["elements"] == [
        {
            "title": "The blue one",
            "subtitle": "29 EUR",
            "image_url": "https://shop.example/blue.jpg",
            "default_action": {"type": "web_url", "url": "https://shop.example/blue"},
            "buttons": [
                {"type": "postback", "title": "I take it", "payload": "buy-blue"},
                {"type": "web_url", "url": "https://shop.example/blue", "title": "See more"},
            ],
        }
    ]


def test_a_persons_own_number_is_offered_by_its_word() -> None:
    content = {"type": "QUICK_REPLIES", "text": "How?", "replies": [{"type": "PHONE"}, {"type": "EMAIL"}]}
    body = COMPOSE["MESSENGER"](outbound("INTERACTIVE", {"interactive": content}, ANN))
    assert body["quick_replies"] == [{"content_type": "user_phone_number"}, {"content_type": "user_email"}]


def test_what_is_tapped_on_whatsapp() -> None:
    quick = composed("WHATSAPP", "QuickReplies")["interactive"]
    assert (quick["type"], quick["body"]) == ("button", {"text": "Which size?"})
    assert quick["action"]["buttons"][0] == {"type": "reply", "reply": {"id": "size-s", "title": "Small"}}
    shown = composed("WHATSAPP", "List")["interactive"]
    assert (shown["header"], shown["footer"]) == (
        {"type": "text", "text": "Opening hours"},
        {"text": "Times of Berlin"},
    )
    assert shown["action"]["button"] == "Choose a time"
    assert shown["action"]["sections"][0]["rows"] == [
        {"id": "t-17", "title": "17:00", "description": "2 places left"}
    ]
    assert composed("WHATSAPP", "Link")["interactive"]["action"] == {
        "name": "cta_url",
        "parameters": {"display_text": "Track it", "url": "https://shop.example/orders/4711"},
    }
    assert composed("WHATSAPP", "LocationRequest")["interactive"]["action"] == {"name": "send_location"}
    assert composed("WHATSAPP", "Flow")["interactive"]["action"]["parameters"] == {
        "flow_message_version": "3",
        "flow_id": "1234567890123456",
        "flow_cta": "Fill in",
        "mode": "published",
        "flow_token": "order-4711",
        "flow_action": "navigate",
        "flow_action_payload": {"screen": "ADDRESS"},
    }


def test_places_and_people_on_whatsapp() -> None:
    assert composed("WHATSAPP", "Location")["location"] == OUTGOING["Location"]["location"]
    assert composed("WHATSAPP", "Contacts")["contacts"] == [
        {
            "name": {"formatted_name": "Carl Courier", "first_name": "Carl Courier"},
            "org": {"company": "Fast Bikes"},
            "phones": [{"phone": "+49 30 1234567", "type": "WORK"}],
        }
    ]


def test_templates_on_whatsapp() -> None:
    assert composed("WHATSAPP", "Template")["template"] == {
        "name": "order_update",
        "language": {"policy": "deterministic", "code": "en_US"},
        "components": [
            {
                "type": "body",
                "parameters": [{"type": "text", "text": "Carla"}, {"type": "text", "text": "4711"}],
            },
            {
                "type": "button",
                "sub_type": "url",
                "index": "0",
                "parameters": [{"type": "text", "text": "orders/4711"}],
            },
        ],
    }
    header, body, button = composed("WHATSAPP", "TemplateWithPicture")["template"]["components"]
    assert header["parameters"] == [{"type": "image", "image": {"id": "1037543291543636"}}]
    assert body["parameters"] == [
        {"type": "text", "parameter_name": "first_name", "text": "Carla"},
        {
            "type": "currency",
            "parameter_name": "price",
            "currency": {"fallback_value": "29 EUR", "code": "EUR", "amount_1000": 29000},
        },
    ]
    assert (button["sub_type"], button["parameters"]) == (
        "quick_reply",
        [{"type": "payload", "payload": "stop"}],
    )


def test_our_mark_rides_along_where_it_comes_back() -> None:
    assert composed("MESSENGER", "Cards")["metadata"] == "corr-1"
    assert composed("WHATSAPP", "List")["biz_opaque_callback_data"] == "corr-1"
    assert "metadata" not in composed("INSTAGRAM", "Cards")


@pytest.mark.parametrize("platform", sorted(COMPOSE))
def test_what_nobody_sends_is_refused_before_the_call(platform: str) -> None:
    with pytest.raises(Malformed):
        COMPOSE[platform](outbound(MessageType.ORDER, {}, ANN))
