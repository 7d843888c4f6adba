"""Templates of WhatsApp: their parameters, and how they are seen."""

from __future__ import annotations

from typing import Any

from tests.simulator.conftest import Callback, Shop
from tests.simulator.test_messages import events
from tests.simulator.test_oauth import error_of

Json = dict[str, Any]

BODY = "Hello {{1}}, your order {{2}} is ready."
TEMPLATE = {
    "name": "order_ready",
    "language": "en",
    "category": "MARKETING",
    "components": [
        {"type": "HEADER", "format": "IMAGE"},
        {"type": "BODY", "text": BODY},
        {"type": "FOOTER", "text": "The hat shop"},
        {
            "type": "BUTTONS",
            "buttons": [
                {"type": "QUICK_REPLY", "text": "Thanks"},
                {"type": "URL", "text": "Track", "url": "https://example.com/{{1}}"},
            ],
        },
    ],
}


def words(*texts: str) -> list[Json]:
    return [{"type": "text", "text": text} for text in texts]


HEADER = {"type": "header", "parameters": [{"type": "image", "image": {"link": "https://example.com/a.png"}}]}
FILLED = {"type": "body", "parameters": words("Ann", "4711")}
TRACK = {"type": "button", "sub_type": "url", "index": "1", "parameters": words("4711")}


NOT_FITTING: list[tuple[list[Json], int]] = [
    ([HEADER, TRACK], 132000),
    ([HEADER, {"type": "body", "parameters": words("Ann")}, TRACK], 132000),
    ([{"type": "header", "parameters": words("Ann")}, FILLED, TRACK], 132012),
    ([FILLED, TRACK], 132012),
    (
        [HEADER, {"type": "body", "parameters": [{"type": "image", "image": {}}, *words("4711")]}, TRACK],
        132012,
    ),
    ([HEADER, {"type": "body", "parameters": words("Ann\nOtt", "4711")}, TRACK], 132018),
    ([HEADER, FILLED, {**TRACK, "index": "7"}, TRACK], 132018),
    ([HEADER, {"type": "body", "parameters": words("", "4711")}, TRACK], 131008),
    ([HEADER, FILLED], 131008),
    ([HEADER, {"type": "body", "parameters": words("x" * 1020, "4711")}, TRACK], 132005),
]


def test_the_parameters_of_a_template_have_to_fit(shop: Shop) -> None:
    approve(shop, TEMPLATE)
    for components, code in NOT_FITTING:
        assert error_of(send_template(shop, components)) == (code, None), components
    assert shop.outbox("template") == []


def approve(shop: Shop, template: Json, status: str = "APPROVED") -> str:
    shop.hear("WHATSAPP")
    made: str = shop.meta.post(
        f"/{shop.account['id']}/message_templates", shop.account["accessToken"], **template
    )["id"]
    shop.meta.post("/sim/whatsapp", change="template", templateId=made, status=status)
    return made


def send_template(shop: Shop, components: list[Json]) -> Any:
    about = {"name": "order_ready", "language": {"code": "en"}, "components": components}
    return shop.send("WHATSAPP", "", type="template", template=about, text=None)


def test_a_template_is_seen_with_all_its_parts(shop: Shop, callback: Callback) -> None:
    made = approve(shop, TEMPLATE)
    assert "messages" in send_template(shop, [HEADER, FILLED, TRACK])
    (item,) = shop.outbox("template")
    assert item["text"] == "Hello Ann, your order 4711 is ready."
    assert item["header"]["url"] == "https://example.com/a.png"
    assert item["footer"] == "The hat shop"
    assert item["buttons"] == [
        {"title": "Thanks", "kind": "quick_reply", "payload": "Thanks"},
        {"title": "Track", "kind": "web_url", "url": "https://example.com/4711"},
    ]
    shop.hear("WHATSAPP", "marketing_stop")
    assert "messages" in send_template(shop, [HEADER, FILLED, TRACK])
    shop.meta.delivered()
    assert events(callback)[-1]["errors"][0]["code"] == 131050
    for status, code in (("PAUSED", 132015), ("DISABLED", 132016), ("REJECTED", 132001)):
        shop.meta.post("/sim/whatsapp", change="template", templateId=made, status=status)
        assert error_of(send_template(shop, [HEADER, FILLED, TRACK])) == (code, None)


def test_a_template_may_name_its_parameters(shop: Shop) -> None:
    parts = [{"type": "BODY", "text": "Hello {{name}}, {{day}}?"}]
    approve(shop, {**TEMPLATE, "components": parts, "parameter_format": "NAMED"})
    named = [
        {"type": "text", "parameter_name": "day", "text": "Monday"},
        {"type": "text", "parameter_name": "name", "text": "Ann"},
    ]
    assert "messages" in send_template(shop, [{"type": "body", "parameters": named}])
    assert shop.outbox("template")[0]["text"] == "Hello Ann, Monday?"
    assert error_of(send_template(shop, [{"type": "body", "parameters": words("Ann", "Monday")}])) == (
        132012,
        None,
    )


CARD = {
    "components": [
        {"type": "header", "format": "IMAGE"},
        {"type": "body", "text": "The {{1}} one"},
        {"type": "buttons", "buttons": [{"type": "QUICK_REPLY", "text": "I want it"}]},
    ]
}


def card(index: int, colour: str) -> Json:
    return {"card_index": index, "components": [HEADER, {"type": "body", "parameters": words(colour)}]}


def test_cards_of_a_template_are_seen_side_by_side(shop: Shop) -> None:
    parts = [{"type": "BODY", "text": "Hats"}, {"type": "CAROUSEL", "cards": [CARD, CARD]}]
    approve(shop, {**TEMPLATE, "components": parts})
    wanting: list[list[Json]] = [
        [],
        [{"type": "carousel", "cards": [card(0, "red")]}],
        [{"type": "carousel", "cards": [card(0, "red"), {"card_index": 1, "components": [HEADER]}]}],
    ]
    for components, code in zip(wanting, (132012, 132012, 132000), strict=True):
        assert error_of(send_template(shop, components)) == (code, None)
    cards = [card(1, "blue"), card(0, "red")]
    assert "messages" in send_template(shop, [{"type": "carousel", "cards": cards}])
    (item,) = shop.outbox("template")
    assert (item["text"], [one["title"] for one in item["cards"]]) == (
        "Hats",
        ["The red one", "The blue one"],
    )
    assert item["cards"][0]["imageUrl"] == "https://example.com/a.png"
    assert item["cards"][0]["buttons"] == [
        {"title": "I want it", "kind": "quick_reply", "payload": "I want it"}
    ]


def test_whatsapp_itself_writes_around_a_one_time_password(shop: Shop) -> None:
    parts = [
        {"type": "BODY", "add_security_recommendation": True},
        {"type": "FOOTER", "code_expiration_minutes": 10},
        {"type": "BUTTONS", "buttons": [{"type": "OTP", "otp_type": "COPY_CODE"}]},
    ]
    approve(shop, {**TEMPLATE, "category": "AUTHENTICATION", "components": parts})
    code = words("123456")
    filled = [{"type": "body", "parameters": code}, {**TRACK, "index": "0", "parameters": code}]
    assert "messages" in send_template(shop, filled)
    (item,) = shop.outbox("template")
    assert item["text"] == "*123456* is your verification code. For your security, do not share this code."
    assert item["footer"] == "This code expires in 10 minutes."
    assert item["buttons"] == [{"title": "Copy code", "kind": "copy", "code": "123456"}]


def test_an_offer_says_until_when_it_holds(shop: Shop) -> None:
    about = {"text": "Half the price", "has_expiration": True}
    parts = [{"type": "LIMITED_TIME_OFFER", "limited_time_offer": about}, {"type": "BODY", "text": "Hats"}]
    approve(shop, {**TEMPLATE, "components": parts})
    assert error_of(send_template(shop, [])) == (132012, None)
    value = {"type": "limited_time_offer", "limited_time_offer": {"expiration_time_ms": 1798135200000}}
    assert "messages" in send_template(shop, [{"type": "limited_time_offer", "parameters": [value]}])
    (item,) = shop.outbox("template")
    assert item["offer"] == {"text": "Half the price", "endsAt": 1798135200000}
