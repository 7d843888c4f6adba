"""What a business may send, as strictly as Meta takes it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.conftest import Shop
from tests.simulator.test_oauth import error_of

Json = dict[str, Any]


def row(name: str, **more: str) -> Json:
    return {"id": name, "title": name, **more}


def list_of(*sections: Json, button: str = "Open") -> Json:
    return {"type": "list", "action": {"button": button, "sections": list(sections)}}


def buttons_of(*pairs: tuple[str, str]) -> Json:
    replies = [{"type": "reply", "reply": {"id": key, "title": title}} for key, title in pairs]
    return {"type": "button", "action": {"buttons": replies}}


def flow_of(**changes: Any) -> Json:
    about = {"flow_message_version": "3", "flow_id": "1", "flow_cta": "Book", "flow_token": "t", **changes}
    return {"type": "flow", "action": {"name": "flow", "parameters": about}}


def link_of(title: str, url: str) -> Json:
    about = {"display_text": title, "url": url}
    return {"type": "cta_url", "action": {"name": "cta_url", "parameters": about}}


NOT_INTERACTIVE = [
    buttons_of(),
    buttons_of(*((str(n), str(n)) for n in range(4))),
    buttons_of(("a", "Same"), ("b", "Same")),
    buttons_of(("a", "One"), ("a", "Two")),
    buttons_of(("a" * 257, "One")),
    buttons_of(("a", "x" * 21)),
    {**buttons_of(("a", "One")), "footer": {"text": "x" * 61}},
    {**buttons_of(("a", "One")), "header": {"type": "text", "text": "x" * 61}},
    {**buttons_of(("a", "One")), "header": {"type": "image"}},
    {**buttons_of(("a", "One")), "body": {"text": "x" * 1025}},
    list_of({"rows": [row(str(n)) for n in range(11)]}),
    list_of({"rows": [row("a")]}, {"title": "B", "rows": [row("b")]}),
    list_of({"rows": [row("a"), row("a")]}),
    list_of({"rows": [row("a", description="x" * 73)]}),
    list_of({"rows": [row("x" * 25)]}),
    list_of({"rows": [row("a")]}, button="x" * 21),
    {**list_of({"rows": [row("a")]}), "header": {"type": "image", "image": {"link": "https://a/b"}}},
    link_of("Dates", "example.com"),
    link_of("x" * 21, "https://example.com"),
    flow_of(flow_id=""),
    flow_of(flow_cta="Book 🎩"),
    flow_of(flow_message_version="2"),
]


def test_interactive_messages_have_limits(shop: Shop) -> None:
    shop.hear("WHATSAPP")
    for wrong in NOT_INTERACTIVE:
        content = {"body": {"text": "Choose"}, **wrong}
        answer = shop.send("WHATSAPP", "", type="interactive", interactive=content, text=None)
        assert answer["error"]["code"] in (131008, 131009), wrong
    right = list_of({"title": "Hats", "rows": [row("Straw", description="light")]})
    around = {"header": {"type": "text", "text": "Shop"}, "footer": {"text": "Prices with tax"}}
    content = {"body": {"text": "Choose"}, **right, **around}
    assert "messages" in shop.send("WHATSAPP", "", type="interactive", interactive=content, text=None)
    (item,) = shop.outbox("interactive")
    assert (item["header"], item["footer"]) == ({"type": "text", "text": "Shop"}, "Prices with tax")
    assert item["list"]["sections"][0]["rows"] == [
        {"kind": "list_reply", "title": "Straw", "payload": "Straw", "description": "light"}
    ]


def cards(*elements: Json, **more: Any) -> Json:
    payload = {"template_type": "generic", "elements": list(elements), **more}
    return {"attachment": {"type": "template", "payload": payload}}


HAT = {"title": "Straw hat", "subtitle": "€24", "image_url": "https://example.com/hat.png"}
BUY = {"type": "postback", "title": "Buy", "payload": "BUY"}


NOT_FITTING = [
    cards(),
    cards(*[HAT] * 11),
    cards({**HAT, "title": "x" * 81}),
    cards({"title": "Nothing else"}),
    cards({**HAT, "buttons": [BUY] * 4}),
    cards({**HAT, "buttons": [{**BUY, "title": "x" * 21}]}),
    cards({**HAT, "buttons": [{"type": "web_url", "title": "Look", "url": "example.com"}]}),
    cards(template_type="button", text="x" * 641, buttons=[BUY]),
    cards(template_type="button", text="Choose", buttons=[]),
    {"text": "hi", "quick_replies": [{"content_type": "text", "title": "Yes"}]},
    {"text": "hi", "quick_replies": [{"content_type": "smell", "title": "Yes", "payload": "Y"}]},
    {"text": "hi", "metadata": "x" * 1001},
]


def test_templates_of_messenger_have_limits(shop: Shop) -> None:
    shop.hear("MESSENGER")
    for message in NOT_FITTING:
        assert error_of(shop.send("MESSENGER", "", message=message)) == (100, None), message
    assert shop.meta.get("/sim/outbox")["items"] == []


@pytest.mark.parametrize("platform", ["MESSENGER", "INSTAGRAM"])
def test_cards_are_seen_as_cards(shop: Shop, platform: str) -> None:
    shop.hear(platform)
    shop.send(platform, "", message=cards({**HAT, "buttons": [BUY]}, {**HAT, "title": "Felt hat"}))
    (item,) = shop.outbox("template")
    assert [card["title"] for card in item["cards"]] == ["Straw hat", "Felt hat"]
    assert item["cards"][0]["buttons"] == [{"kind": "postback", "title": "Buy", "payload": "BUY"}]
