"""What the customer reads of a template with its values. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from backend.integrations.template_parts import FILES, OFFER, TemplatePart, filled, part
from backend.lib.json_types import JSONObject
from backend.sending.template_faults import placed


def shown_of(parts: Sequence[TemplatePart], given: Sequence[JSONObject], named: bool) -> JSONObject:
    """Header, body and footer with their values, the words of the buttons, and cards of the same."""
    shown: JSONObject = {}
    for kind in ("HEADER", "BODY", "FOOTER"):
        found = part(parts, kind)
        if found and found.text:
            shown[kind.lower()] = filled(found.text, _values(found, given, named))
        elif found and found.format in (*FILES, "LOCATION"):
            shown["headerFormat"] = found.format
    if offer := part(parts, OFFER):
        shown["offer"] = offer.text
    if buttons := part(parts, "BUTTONS"):
        shown["buttons"] = [button.text for button in buttons.buttons]
    carousel = part(parts, "CAROUSEL")
    cards: list[JSONObject] = next((one.get("cards", []) for one in given if one["type"] == "CAROUSEL"), [])
    if carousel:
        shown["cards"] = [
            shown_of(inner, card["components"], named)
            for inner, card in zip(carousel.cards, cards, strict=False)
        ]
    return shown


def _values(found: TemplatePart, given: Sequence[JSONObject], named: bool) -> dict[str, str]:
    _, values = placed(given, found.type)
    if named:
        return {one.get("name", ""): _said(one) for one in values}
    return {slot.name: _said(one) for slot, one in zip(found.slots, values, strict=False)}


def _said(value: JSONObject) -> str:
    return str(value.get("text") or value.get("fallback") or "")
