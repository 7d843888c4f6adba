"""What can be tapped: within the limits of a platform, or refused with the field."""

from __future__ import annotations

from typing import Any

import pytest

from backend.api.examples_outgoing import OUTGOING
from backend.platforms.port import InteractiveType
from backend.platforms.registry import PLATFORMS
from backend.sending.errors import Unfitting, Unsupported
from backend.sending.limits import FAULTS, check_interactive

WHATSAPP, MESSENGER = PLATFORMS["WHATSAPP"], PLATFORMS["MESSENGER"]
SHOWN = {
    body["interactive"]["type"]: body["interactive"] for body in OUTGOING.values() if "interactive" in body
}


def buttons(count: int = 1, **more: Any) -> dict[str, Any]:
    given = [{"id": f"b{n}", "title": f"Button {n}"} for n in range(count)]
    return {"type": "BUTTONS", "text": "Choose", "buttons": given} | more


def rows(count: int, **section: Any) -> dict[str, Any]:
    return {"rows": [{"id": f"r{n}", "title": f"Row {n}"} for n in range(count)]} | section


def list_of(*sections: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "LIST", "text": "Choose", "label": "Open", "sections": list(sections)} | more


def replies(*given: dict[str, Any]) -> dict[str, Any]:
    return {"type": "QUICK_REPLIES", "text": "Choose", "replies": list(given)}


@pytest.mark.parametrize("platform", sorted(PLATFORMS))
@pytest.mark.parametrize("kind", list(InteractiveType))
def test_every_kind_is_taken_or_refused_with_what_there_is(platform: str, kind: InteractiveType) -> None:
    info = PLATFORMS[platform]
    content = dict(SHOWN[kind])
    if kind in info.capabilities.interactive:
        check_interactive(info, content)
        return
    with pytest.raises(Unsupported) as refused:
        check_interactive(info, content)
    assert all(offer in (refused.value.resolution or "") for offer in info.capabilities.interactive)


def test_every_kind_is_checked_and_shown() -> None:
    assert set(FAULTS) == set(InteractiveType) == set(SHOWN)


@pytest.mark.parametrize(
    ("content", "paths"),
    [
        (buttons(text="x" * 1025), ["text"]),
        (buttons(4), ["buttons"]),
        (buttons(buttons=[{"id": "x" * 257, "title": "Yes"}]), ["buttons.0.id"]),
        (buttons(buttons=[{"id": "a", "title": "x" * 21}]), ["buttons.0.title"]),
        (
            buttons(buttons=[{"id": "a", "title": "Yes"}, {"id": "a", "title": "Yes"}]),
            ["buttons.1.id", "buttons.1.title"],
        ),
        (buttons(header="x" * 61, footer="x" * 61), ["header", "footer"]),
        (list_of(rows(11)), ["sections"]),
        (list_of(rows(2), rows(2, title="B")), ["sections.0.title", "sections"]),
        (list_of(rows(1, title="x" * 25)), ["sections.0.title"]),
        (list_of(rows(1), label="x" * 21), ["label"]),
        (
            list_of({"rows": [{"id": "x" * 201, "title": "x" * 25, "description": "x" * 73}]}),
            ["sections.0.rows.0.title", "sections.0.rows.0.id", "sections.0.rows.0.description"],
        ),
        ({"type": "FLOW", "text": "Go", "label": "Go 🚀", "flowId": "1"}, ["label"]),
        (
            {"type": "FLOW", "text": "Go", "label": "Go", "flowId": "1", "data": {"a": 1}},
            ["screen"],
        ),
    ],
)
def test_too_much_of_it_is_named_by_its_field(content: dict[str, Any], paths: list[str]) -> None:
    with pytest.raises(Unfitting) as refused:
        check_interactive(WHATSAPP, content)
    assert list(refused.value.fields or {}) == [f"interactive.{path}" for path in paths]


@pytest.mark.parametrize(
    "content",
    [
        buttons(buttons=[{"title": "Open", "url": "https://shop.test"}]),
        replies({"type": "PHONE"}),
    ],
)
def test_a_part_that_whatsapp_has_not(content: dict[str, Any]) -> None:
    with pytest.raises(Unsupported) as refused:
        check_interactive(WHATSAPP, content)
    assert refused.value.resolution
    check_interactive(MESSENGER, content)


def test_a_frame_that_messenger_has_not() -> None:
    with pytest.raises(Unsupported):
        check_interactive(MESSENGER, buttons(header="Hello"))


def test_instagram_counts_bytes_under_quick_replies() -> None:
    content = replies({"id": "a", "title": "A"}) | {"text": "ü" * 501}
    with pytest.raises(Unfitting):
        check_interactive(PLATFORMS["INSTAGRAM"], content)
    check_interactive(MESSENGER, content)


def test_cards_have_limits_of_their_own() -> None:
    card = {"title": "x" * 81, "description": "x" * 81, "buttons": buttons(4)["buttons"]}
    with pytest.raises(Unfitting) as refused:
        check_interactive(MESSENGER, {"type": "CARDS", "cards": [card]})
    paths = ["cards.0.title", "cards.0.description", "cards.0.buttons"]
    assert list(refused.value.fields or {}) == [f"interactive.{path}" for path in paths]


def test_a_card_has_more_than_a_title() -> None:
    cards = [{"title": "Hats", "description": "Of straw"}, {"title": "Shoes"}]
    with pytest.raises(Unfitting) as refused:
        check_interactive(MESSENGER, {"type": "CARDS", "cards": cards})
    assert list(refused.value.fields or {}) == ["interactive.cards.1"]
