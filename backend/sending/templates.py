"""Whether the values fit the template, as the last sync found it; and what the customer will read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from uuid import UUID

import structlog

from backend.integrations import templates
from backend.integrations.models import ChannelIntegration, MessageTemplate, TemplateSync
from backend.integrations.template_parts import (
    FILES,
    Slot,
    TemplatePart,
    filled,
    part,
    parts_of_template,
)
from backend.integrations.vault import VaultUnreadable
from backend.lib.clock import now
from backend.lib.json_types import JSONObject
from backend.platforms.errors import PlatformError
from backend.sending.errors import Unfitting
from backend.sending.limits import Fault

logger = structlog.get_logger(__name__)

# The platform's refusals of a template: its parameters, its approval, its quality.
KNOWN_OTHERWISE = frozenset({132000, 132001, 132007, 132008, 132012, 132015, 132016, 132018, 134102})

APPROVED = "APPROVED"
LOOK_AGAIN_AFTER = timedelta(seconds=30)  # A template that is not here may be new at the platform.
BODY_LIMIT = 1024  # Of the body with its values.
COUPON_LIMIT = 15
IN_A_TEXT = ("TEXT", "CURRENCY", "DATE_TIME")
# The platform takes neither in a value.
BROKEN_LINES = re.compile(r"[\n\r\t]| {5,}")


def check_template(integration: ChannelIntegration, content: JSONObject) -> tuple[str, JSONObject]:
    """What the customer will read: the text, and all parts of it. Raises Unfitting."""
    template = _find(integration, content["name"], content["language"])
    parts = parts_of_template(template.components, template.category)
    given = content.get("components", [])
    faults = [*_faults(parts, given, template.named)]
    shown = _shown(parts, given, template.named)
    if len(shown.get("body", "")) > BODY_LIMIT:
        faults.append(("components", f"The body with its values has more than {BODY_LIMIT} characters."))
    if faults:
        raise Unfitting.of([(f"template.{path}", text) for path, text in faults])
    return shown.get("body") or template.name, shown


def note_refusal(integration_id: UUID, error: PlatformError) -> None:
    """Where the platform knows the template otherwise than we do, it is read again."""
    if error.words.code in KNOWN_OTHERWISE:
        templates.ask_for_sync([integration_id])


def _find(integration: ChannelIntegration, name: str, language: str) -> MessageTemplate:
    found = _look(integration, name, language)
    if (found is None or found.status != APPROVED) and _may_look_again(integration):
        try:
            templates.sync(integration)
        except (PlatformError, VaultUnreadable) as error:
            logger.info("templates.not_read", integration_id=str(integration.pk), code=error.code)
        found = _look(integration, name, language)
    if found is None:
        raise _unknown(integration, name)
    if found.status != APPROVED:
        reason = f": {found.rejected_reason}" if found.rejected_reason else ""
        raise Unfitting.of(
            [("template.name", f"It is not approved by the platform ({found.status}{reason}).")]
        )
    return found


def _look(integration: ChannelIntegration, name: str, language: str) -> MessageTemplate | None:
    return templates.templates_of(integration).filter(name=name, language=language).first()


def _may_look_again(integration: ChannelIntegration) -> bool:
    synced_at = TemplateSync.objects.filter(pk=integration.pk).values_list("synced_at", flat=True).first()
    return synced_at is None or synced_at < now() - LOOK_AGAIN_AFTER


def _unknown(integration: ChannelIntegration, name: str) -> Unfitting:
    languages = templates.templates_of(integration).filter(name=name).order_by("language")
    offered = ", ".join(languages.values_list("language", flat=True)[:20])
    if offered:
        return Unfitting.of([("template.language", f"There is none in this language; there is: {offered}.")])
    return Unfitting.of([("template.name", "The account has no template of this name.")])


# --- do the values fit ---


def _faults(parts: Sequence[TemplatePart], given: Sequence[JSONObject], named: bool) -> Iterator[Fault]:
    yield from _strangers(parts, given)
    for kind in ("HEADER", "BODY"):
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


def _placed(given: Sequence[JSONObject], kind: str, index: int | None = None) -> tuple[str, list[JSONObject]]:
    """Where the values for a part stand, and the values."""
    for place, one in enumerate(given):
        if one["type"] == kind and (index is None or one.get("index") == index):
            return f"components.{place}.parameters", one.get("parameters", [])
    return "components", []


def _slot_faults(found: TemplatePart, given: Sequence[JSONObject], named: bool) -> Iterator[Fault]:
    path, values = _placed(given, found.type)
    if len(values) != len(found.slots):
        wanted = ", ".join(slot.name or slot.type for slot in found.slots)
        yield (
            path,
            f"{found.type} takes {len(found.slots)} values, {len(values)} are given: {wanted or 'none'}.",
        )
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
        path, values = _placed(given, "BUTTON", index)
        if button.slot and button.slot.required and not values:
            yield path, f"The button {index}, {button.text}, takes a value: {button.slot.type}."
        if button.slot is None and values:
            yield path, f"The button {index}, {button.text}, takes no value."
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
        for inner, text in _faults(parts, card["components"], named):
            yield f"{path}.{index}.{inner}", text


# --- what the customer reads ---


def _shown(parts: Sequence[TemplatePart], given: Sequence[JSONObject], named: bool) -> JSONObject:
    """Header, body and footer with their values, the words of the buttons, and cards of the same."""
    shown: JSONObject = {}
    for kind in ("HEADER", "BODY", "FOOTER"):
        found = part(parts, kind)
        if found and found.text:
            shown[kind.lower()] = filled(found.text, _values(found, given, named))
        elif found and found.format in (*FILES, "LOCATION"):
            shown["headerFormat"] = found.format
    if buttons := part(parts, "BUTTONS"):
        shown["buttons"] = [button.text for button in buttons.buttons]
    carousel = part(parts, "CAROUSEL")
    cards: list[JSONObject] = next((one.get("cards", []) for one in given if one["type"] == "CAROUSEL"), [])
    if carousel:
        shown["cards"] = [
            _shown(inner, card["components"], named)
            for inner, card in zip(carousel.cards, cards, strict=False)
        ]
    return shown


def _values(found: TemplatePart, given: Sequence[JSONObject], named: bool) -> dict[str, str]:
    _, values = _placed(given, found.type)
    if named:
        return {one.get("name", ""): _said(one) for one in values}
    return {slot.name: _said(one) for slot, one in zip(found.slots, values, strict=False)}


def _said(value: JSONObject) -> str:
    return str(value.get("text") or value.get("fallback") or "")
