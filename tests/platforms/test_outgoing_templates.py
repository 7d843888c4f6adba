"""The parts of a template, as WhatsApp takes them."""

from __future__ import annotations

import pytest

from backend.lib.json_types import JSONObject
from tests.platforms.neutral import outbound
from tests.platforms.test_outgoing import ANN, COMPOSE

VALUES: dict[str, tuple[JSONObject, JSONObject]] = {
    "DOCUMENT": (
        {"url": "https://shop.test/a.pdf", "filename": "a.pdf"},
        {"document": {"link": "https://shop.test/a.pdf", "filename": "a.pdf"}},
    ),
    "LOCATION": (
        {"location": {"latitude": 1.5, "longitude": 2}},
        {"location": {"latitude": 1.5, "longitude": 2}},
    ),
    "DATE_TIME": ({"fallback": "Monday"}, {"date_time": {"fallback_value": "Monday"}}),
}


@pytest.mark.parametrize("kind", sorted(VALUES))
def test_other_values_of_a_template(kind: str) -> None:
    given, wanted = VALUES[kind]
    parameter = {"type": kind} | given
    content = {"name": "a", "language": "en", "components": [{"type": "HEADER", "parameters": [parameter]}]}
    body = COMPOSE["WHATSAPP"](outbound("TEMPLATE", {"template": content}, ANN))
    assert body["template"]["components"][0]["parameters"] == [{"type": kind.lower()} | wanted]


def test_until_when_an_offer_holds_travels_in_milliseconds() -> None:
    ends = {"type": "EXPIRATION", "at": "2026-12-24T18:00:00Z"}
    parts = [{"type": "LIMITED_TIME_OFFER", "parameters": [ends]}]
    content = {"name": "a", "language": "en", "components": parts}
    body = COMPOSE["WHATSAPP"](outbound("TEMPLATE", {"template": content}, ANN))
    offer = {"expiration_time_ms": 1798135200000}
    parameter = {"type": "limited_time_offer", "limited_time_offer": offer}
    assert body["template"]["components"] == [{"type": "limited_time_offer", "parameters": [parameter]}]


TAPPED = {
    "flow": {"type": "ACTION", "flowToken": "t", "data": {"a": 1}},
    "copy_code": {"type": "COUPON_CODE", "code": "SALE"},
    "catalog": {"type": "PRODUCT", "retailerId": "hat-1"},
}


def test_buttons_and_cards_of_a_template() -> None:
    buttons = [{"type": "BUTTON", "index": n, "parameters": [one]} for n, one in enumerate(TAPPED.values())]
    cards = {"type": "CAROUSEL", "cards": [{"components": buttons}] * 2}
    content = {"name": "a", "language": "en", "components": [*buttons, cards]}
    body = COMPOSE["WHATSAPP"](outbound("TEMPLATE", {"template": content}, ANN))
    *sent, carousel = body["template"]["components"]
    assert [one["sub_type"] for one in sent] == list(TAPPED)
    action = {"flow_token": "t", "flow_action_data": {"a": 1}}
    assert sent[0]["parameters"] == [{"type": "action", "action": action}]
    assert sent[1]["parameters"] == [{"type": "coupon_code", "coupon_code": "SALE"}]
    product = {"thumbnail_product_retailer_id": "hat-1"}
    assert sent[2]["parameters"] == [{"type": "action", "action": product}]
    assert [card["card_index"] for card in carousel["cards"]] == [0, 1]
    assert carousel["cards"][0]["components"] == sent
