"""What a template consists of, and what whoever sends it has to fill in. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from backend.lib.json_types import JSON, JSONObject
from backend.lib.reading import list_of, object_of, objects_in, text_of

PLACE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
FILES = ("IMAGE", "VIDEO", "DOCUMENT")
OFFER = "LIMITED_TIME_OFFER"  # A line with a time until which something costs less.
# What can be filled into a button. A quick reply, a flow and a catalogue do without.
BUTTON_SLOTS = {
    # Meta's type of the button -> type of the value, whether there must be one
    "QUICK_REPLY": ("PAYLOAD", False),
    "FLOW": ("ACTION", False),
    "CATALOG": ("PRODUCT", False),
    "COPY_CODE": ("COUPON_CODE", True),
    "OTP": ("TEXT", True),
}


@dataclass(frozen=True, slots=True)
class Slot:
    """One value to be filled in. Counted ones are called 1, 2, 3 …"""

    name: str
    type: str
    required: bool = True
    example: str = ""


@dataclass(frozen=True, slots=True)
class TemplateButton:
    """A button of a template."""

    index: int
    type: str
    text: str
    url: str = ""
    phone: str = ""
    slot: Slot | None = None


@dataclass(frozen=True, slots=True)
class TemplatePart:
    """A header, body, footer, an offer, the buttons, or cards side by side."""

    type: str
    format: str = ""
    text: str = ""
    slots: tuple[Slot, ...] = ()
    buttons: tuple[TemplateButton, ...] = ()
    cards: tuple[tuple[TemplatePart, ...], ...] = ()


def parts_of_template(components: JSON, category: str = "") -> tuple[TemplatePart, ...]:
    """The parts, in Meta's order; what cannot be read is left out."""
    return tuple(_part(one, category) for one in objects_in(components) if text_of(one.get("type")))


def _part(given: JSONObject, category: str) -> TemplatePart:
    kind = text_of(given.get("type")).upper()
    offer = object_of(given.get("limited_time_offer"))
    text = text_of(given.get("text")) or text_of(offer.get("text"))
    form = text_of(given.get("format")).upper() or ("TEXT" if text and kind != OFFER else "")
    cards = tuple(
        parts_of_template(one.get("components"), category) for one in objects_in(given.get("cards"))
    )
    return TemplatePart(
        type=kind,
        format=form,
        text=text,
        slots=tuple(_slots(kind, form, text, object_of(given.get("example")), category)) or _ends(offer),
        buttons=tuple(_button(*each) for each in enumerate(objects_in(given.get("buttons")))),
        cards=cards,
    )


def _ends(offer: JSONObject) -> tuple[Slot, ...]:
    return (Slot(name="", type="EXPIRATION"),) if offer.get("has_expiration") is True else ()


def _slots(kind: str, form: str, text: str, example: JSONObject, category: str) -> Iterator[Slot]:
    if kind == "HEADER" and form in (*FILES, "LOCATION"):
        yield Slot(name="", type=form)
        return
    if kind == "BODY" and not text and category == "AUTHENTICATION":
        yield Slot(name="1", type="TEXT")  # Meta writes the text itself, around the code.
        return
    examples = _examples(kind.lower(), example)
    for position, name in enumerate(dict.fromkeys(PLACE.findall(text))):
        shown = examples.get(name) or examples.get(str(position + 1), "")
        yield Slot(name=name, type="TEXT", example=shown)


def _examples(kind: str, example: JSONObject) -> dict[str, str]:
    """What Meta shows for each place, by name or by number."""
    named = objects_in(example.get(f"{kind}_text_named_params"))
    if named:
        return {text_of(one.get("param_name")): text_of(one.get("example")) for one in named}
    values = list_of(example.get(f"{kind}_text"))
    if values and isinstance(values[0], list):
        values = values[0]
    return {str(number): text_of(value) for number, value in enumerate(values, 1)}


def _button(index: int, given: JSONObject) -> TemplateButton:
    kind, url = text_of(given.get("type")).upper(), text_of(given.get("url"))
    slot = None
    if kind in BUTTON_SLOTS:
        value, required = BUTTON_SLOTS[kind]
        slot = Slot(name="", type=value, required=required)
    elif PLACE.search(url):
        slot = Slot(name="", type="TEXT", example=_first(given.get("example")))
    return TemplateButton(
        index=index,
        type=kind,
        text=text_of(given.get("text")),
        url=url,
        phone=text_of(given.get("phone_number")),
        slot=slot,
    )


def _first(values: JSON) -> str:
    return text_of(values) or next(iter(map(text_of, list_of(values))), "")


def part(parts: Sequence[TemplatePart], kind: str) -> TemplatePart | None:
    """The part of this type."""
    return next((one for one in parts if one.type == kind), None)


def filled(text: str, values: dict[str, str]) -> str:
    """The text with the values in their places."""
    return PLACE.sub(lambda place: values.get(place[1], place[0]), text)
