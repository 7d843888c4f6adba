"""Whether the values fit the template. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from backend.integrations.template_parts import OFFER, Slot, TemplatePart, part
from backend.lib.json_types import JSONObject
from backend.sending.limits import Fault

COUPON_LIMIT = 15
IN_A_TEXT = ("TEXT", "CURRENCY", "DATE_TIME")
# The platform takes neither in a value.
BROKEN_LINES = re.compile(r"[\n\r\t]| {5,}")


def faults_of(parts: Sequence[TemplatePart], given: Sequence[JSONObject], named: bool) -> Iterator[Fault]:
    """Every fault with its path below the template."""
    yield from _strangers(parts, given)
    for kind in ("HEADER", OFFER, "BODY"):
        if found := part(parts, kind):
            yield from _slot_faults(found, given, named)
    yield from _button_faults(parts, given)
    if found := part(parts, "CAROUSEL"):
        yield from _card_faults(found, given, named)


def _strangers(parts: Sequence[TemplatePart], given: Sequence[JSONObject]) -> Iterator[Fault]:
    """Components that the template has not, or that are given twice."""
    present = {one.type for one in parts}
    counted = Counter((one["type"], one.get("index")) for one in given)
    for place, one in enumerate(given):
        there = "BUTTONS" if one["type"] == "BUTTON" else one["type"]
        if there not in present:
            yield f"components.{place}.type", "The template has no such part."
        if counted[one["type"], one.get("index")] > 1:
            yield f"components.{place}", "Each part once."


def placed(given: Sequence[JSONObject], kind: str, index: int | None = None) -> tuple[str, list[JSONObject]]:
    """Where the values for a part stand, and the values."""
    for place, one in enumerate(given):
        if one["type"] == kind and (index is None or one.get("index") == index):
            return f"components.{place}.parameters", one.get("parameters", [])
    return "components", []


def _slot_faults(found: TemplatePart, given: Sequence[JSONObject], named: bool) -> Iterator[Fault]:
    path, values = placed(given, found.type)
    if len(values) != len(found.slots):
        names = ", ".join(slot.name or slot.type for slot in found.slots)
        count = f"{len(found.slots)} value{'s' if len(found.slots) > 1 else ''} ({names})"
        yield path, f"{found.type} takes {count if names else 'no value'}; {len(values)} came."
        return
    by_name = named and found.format == "TEXT"
    if by_name and {one.get("name") for one in values} != {slot.name for slot in found.slots}:
        yield path, f"{found.type} takes these names: {', '.join(slot.name for slot in found.slots)}."
        return
    for index, (slot, value) in enumerate(zip(found.slots, values, strict=True)):
        if not by_name and value.get("name"):
            yield f"{path}.{index}.name", "The values of this template are counted, they have no names."
        yield from _value_faults(f"{path}.{index}", slot, value)


def _value_faults(path: str, slot: Slot, value: JSONObject) -> Iterator[Fault]:
    allowed = IN_A_TEXT if slot.type == "TEXT" else (slot.type,)
    if value["type"] not in allowed:
        yield f"{path}.type", f"This takes {' or '.join(allowed)}."
    elif value["type"] == "TEXT" and BROKEN_LINES.search(value["text"]):
        yield (
            f"{path}.text",
            "The platform takes no line breaks, tabs or more than four spaces in a row here.",
        )
    elif value["type"] == "COUPON_CODE" and len(value["code"]) > COUPON_LIMIT:
        yield f"{path}.code", f"At most {COUPON_LIMIT} characters."


def _button_faults(parts: Sequence[TemplatePart], given: Sequence[JSONObject]) -> Iterator[Fault]:
    found = part(parts, "BUTTONS")
    buttons = {button.index: button for button in found.buttons} if found else {}
    for index, button in buttons.items():
        path, values = placed(given, "BUTTON", index)
        if button.slot and button.slot.required and not values:
            yield path, f"Button {index} ({button.text or button.type}) takes a value: {button.slot.type}."
        if button.slot is None and values:
            yield path, f"Button {index} ({button.text or button.type}) takes no value."
        if button.slot and values:
            yield from _button_value_faults(path, button.slot, values)
    for place, one in enumerate(given):
        if found and one["type"] == "BUTTON" and one["index"] not in buttons:
            yield f"components.{place}.index", f"The template has {len(buttons)} buttons, counted from 0."


def _button_value_faults(path: str, slot: Slot, values: Sequence[JSONObject]) -> Iterator[Fault]:
    if len(values) > 1:
        yield path, "A button takes one value."
    elif values[0]["type"] != slot.type:
        yield f"{path}.0.type", f"This takes {slot.type}."
    else:
        yield from _value_faults(f"{path}.0", slot, values[0])


def _card_faults(found: TemplatePart, given: Sequence[JSONObject], named: bool) -> Iterator[Fault]:
    place = next((place for place, one in enumerate(given) if one["type"] == "CAROUSEL"), None)
    cards = given[place].get("cards", []) if place is not None else []
    path = f"components.{place}.cards" if place is not None else "components"
    if len(cards) != len(found.cards):
        yield path, f"The template has {len(found.cards)} cards, {len(cards)} are given."
        return
    for index, (parts, card) in enumerate(zip(found.cards, cards, strict=True)):
        for inner, text in faults_of(parts, card["components"], named):
            yield f"{path}.{index}.{inner}", text
