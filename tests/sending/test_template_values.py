"""Values that fit a template, and those that do not: before anything is sent."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from backend.integrations import templates
from backend.integrations.models import ChannelIntegration, TemplateSync
from backend.lib.clock import now
from backend.platforms.errors import Malformed, PlatformWords
from backend.sending.errors import Unfitting
from backend.sending.templates import check_template, note_refusal
from tests.conftest import Cast
from tests.integrations.accounts import connected
from tests.integrations.listing import ALL, BODY, template
from tests.platforms.cast import Meta


@pytest.fixture
def meta(settings: Any) -> Meta:
    found = Meta({})
    settings.META_TRANSPORT = httpx2.MockTransport(found)
    return found


@pytest.fixture
def number(cast: Cast, meta: Meta) -> ChannelIntegration:
    integration = connected(cast.business, "WHATSAPP")
    meta.answers = {f"GET /{integration.platform_account_id}/message_templates": {"data": ALL}}
    templates.sync(integration)
    return integration


def text(value: str = "x", **more: Any) -> dict[str, Any]:
    return {"type": "TEXT", "text": value, **more}


def body(*values: dict[str, Any]) -> dict[str, Any]:
    return {"type": "BODY", "parameters": list(values)}


def header(value: dict[str, Any]) -> dict[str, Any]:
    return {"type": "HEADER", "parameters": [value]}


def button(index: int, *values: dict[str, Any]) -> dict[str, Any]:
    return {"type": "BUTTON", "index": index, "parameters": list(values)}


PICTURE = header({"type": "IMAGE", "url": "https://shop.test/a.jpg"})
NAMES = body(text("Ann", name="first_name"), text("29 EUR", name="price"))
CODE = button(2, {"type": "COUPON_CODE", "code": "SALE"})
CARD = {"components": [PICTURE, body(text("two")), button(0, text("a"))]}


def check(number: ChannelIntegration, name: str, *components: Any, language: str = "en_US") -> Any:
    return check_template(number, {"name": name, "language": language, "components": list(components)})


def test_the_text_is_what_the_customer_reads(number: ChannelIntegration) -> None:
    said, shown = check(
        number, "order_update", body(text("Ann"), text("4711")), button(0, text("orders/4711"))
    )
    assert said == "Hello Ann, your order 4711 is on its way."
    assert shown == {"body": said, "buttons": ["Track it"]}
    said, shown = check(number, "sale", PICTURE, NAMES, CODE, language="en")
    assert said == "Ann, now for 29 EUR."
    assert (shown["headerFormat"], shown["footer"]) == ("IMAGE", "Until Sunday")


def test_values_of_every_kind_fit(number: ChannelIntegration) -> None:
    money = {"type": "CURRENCY", "name": "price", "code": "EUR", "amount1000": 29000, "fallback": "29 EUR"}
    named = body(money, text("Ann", name="first_name"))  # In any order, by their names.
    more = [
        button(1, {"type": "PAYLOAD", "payload": "stop"}),
        button(3, {"type": "ACTION", "flowToken": "t"}),
    ]
    said, _ = check(number, "sale", PICTURE, named, CODE, *more, language="en")
    assert said == "Ann, now for 29 EUR."
    check(number, "place", header({"type": "LOCATION", "location": {"latitude": 1, "longitude": 2}}))
    check(number, "code", body(text("123456")), button(0, text("123456")))
    _, shown = check(number, "carousel", body(text("Ann")), {"type": "CAROUSEL", "cards": [CARD, CARD]})
    assert [card["body"] for card in shown["cards"]] == ["For two", "For two"]


@pytest.mark.parametrize(
    ("name", "components", "paths"),
    [
        ("nowhere", [], ["name"]),
        ("spring", [], ["name"]),
        ("order_update", [button(0, text())], ["components"]),
        ("order_update", [body(text()), button(0, text())], ["components.0.parameters"]),
        ("order_update", [body(text(), text())], ["components"]),
        ("order_update", [body(text(), text()), button(0, text()), PICTURE], ["components.2.type"]),
        (
            "order_update",
            [body(text(), text()), button(0, text()), button(1, text())],
            ["components.2.index"],
        ),
        ("order_update", [body(text(), text()), button(0, text(), text())], ["components.1.parameters"]),
        (
            "order_update",
            [body(text(), text()), button(0, {"type": "PAYLOAD", "payload": "p"})],
            ["components.1.parameters.0.type"],
        ),
        ("order_update", [body(text("a\nb"), text()), button(0, text())], ["components.0.parameters.0.text"]),
        (
            "order_update",
            [body(text(name="a"), text()), button(0, text())],
            ["components.0.parameters.0.name"],
        ),
        ("order_update", [body(text("x" * 600), text("y" * 600)), button(0, text())], ["components"]),
        ("place", [header({"type": "IMAGE", "url": "https://a.test"})], ["components.0.parameters.0.type"]),
        ("code", [body(text())], ["components"]),
        ("carousel", [body(text())], ["components"]),
        ("carousel", [body(text()), {"type": "CAROUSEL", "cards": [CARD]}], ["components.1.cards"]),
        (
            "carousel",
            [body(text()), {"type": "CAROUSEL", "cards": [CARD, {"components": [PICTURE, body(text())]}]}],
            ["components.1.cards.1.components"],
        ),
    ],
)
def test_what_does_not_fit_is_named_by_its_field(
    number: ChannelIntegration, name: str, components: list[Any], paths: list[str]
) -> None:
    with pytest.raises(Unfitting) as refused:
        check(number, name, *components)
    assert list(refused.value.fields or {}) == [f"template.{path}" for path in paths]


def test_names_have_to_be_those_of_the_template(number: ChannelIntegration) -> None:
    with pytest.raises(Unfitting) as refused:
        check(number, "sale", PICTURE, body(text(name="first_name"), text(name="cost")), CODE, language="en")
    assert "price" in str(refused.value.fields)


def test_another_language_is_offered(number: ChannelIntegration) -> None:
    with pytest.raises(Unfitting) as refused:
        check(number, "sale", language="fr")
    assert "en." in (refused.value.fields or {})["template.language"][0]


def test_a_template_of_a_moment_ago_is_found(number: ChannelIntegration, meta: Meta) -> None:
    fresh = template("fresh", BODY)
    meta.answers = {f"GET /{number.platform_account_id}/message_templates": {"data": [*ALL, fresh]}}
    asked = len(meta.requests)
    with pytest.raises(Unfitting):  # It was read just now; nobody asks again for each typing error.
        check(number, "fresh", body(text(), text()))
    assert len(meta.requests) == asked
    TemplateSync.objects.update(synced_at=now() - templates.EVERY)
    check(number, "fresh", body(text(), text()))


def test_a_platform_that_cannot_be_asked_changes_nothing(number: ChannelIntegration, meta: Meta) -> None:
    meta.answers = {}
    TemplateSync.objects.update(synced_at=None)
    with pytest.raises(Unfitting):
        check(number, "nowhere")
    check(number, "place", header({"type": "LOCATION", "location": {"latitude": 1, "longitude": 2}}))


@pytest.mark.parametrize(
    ("code", "is_asked"), [(132000, True), (132001, True), (131047, False), (None, False)]
)
def test_a_refusal_of_the_platform_has_them_read_again(
    number: ChannelIntegration, code: int | None, is_asked: bool
) -> None:
    note_refusal(number.pk, Malformed(words=PlatformWords(code=code)))
    assert templates.due(now()).exists() is is_asked
