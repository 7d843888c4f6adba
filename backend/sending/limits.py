"""Whether what can be tapped is within a platform's limits, as its capabilities tell them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from backend.lib.json_types import JSONObject
from backend.lib.text import SIZES
from backend.platforms.port import InteractiveLimits, InteractiveType, PlatformInfo
from backend.sending.errors import Unfitting, Unsupported

Fault = tuple[str, str]  # Dotted path, what is wrong there.
MOST_SECTIONS, SECTION_TITLE = 10, 24  # Of a list.
BESIDE_A_TITLE = ("description", "imageUrl", "buttons")  # A card with a title alone is refused.
PICTOGRAPHS = ("\U0001f000", "\U0001faff")


def check_interactive(info: PlatformInfo, content: JSONObject) -> None:
    """Raises Unsupported where the platform has nothing like it, Unfitting where there is too much of it."""
    kind = InteractiveType(content["type"])
    limits = info.capabilities.interactive.get(kind)
    if limits is None:
        raise Unsupported(
            f"{info.name} has nothing like {kind}.",
            resolution=f"Send one of these instead: {', '.join(info.capabilities.interactive)}.",
        )
    _check_offered(info, kind, content, limits)
    unit = info.capabilities.text_unit if kind is InteractiveType.QUICK_REPLIES else "CHARACTERS"
    faults = [*_own_faults(content, limits, unit), *FAULTS[kind](content, limits)]
    if faults:
        raise Unfitting.of([(f"interactive.{path}", text) for path, text in faults])


def _check_offered(
    info: PlatformInfo, kind: InteractiveType, content: JSONObject, limits: InteractiveLimits
) -> None:
    """Raises Unsupported for a part that the platform has elsewhere, or not at all."""
    buttons = [
        *content.get("buttons", ()),
        *(b for card in content.get("cards", ()) for b in card.get("buttons", ())),
    ]
    if not limits.links and any(button.get("url") for button in buttons):
        raise Unsupported(
            f"Buttons of {info.name} open no address.", resolution="Send one address as a LINK instead."
        )
    asked = {reply.get("type", "TEXT") for reply in content.get("replies", ())} - {"TEXT"}
    if asked and not limits.contact_data:
        raise Unsupported(
            f"{info.name} does not offer a person's own number or e-mail address.",
            resolution="Ask for it in words.",
        )
    for part in ("header", "footer"):
        if content.get(part) and not getattr(limits, part):
            raise Unsupported(
                f"{info.name} shows no {part} with {kind}.",
                resolution="Put it into the text, or leave it out.",
            )


def _own_faults(content: JSONObject, limits: InteractiveLimits, unit: str) -> Iterator[Fault]:
    size = SIZES[unit]
    if limits.text and size(content.get("text", "")) > limits.text:
        yield "text", f"At most {limits.text} {unit.lower()}."
    for name in ("label", "header", "footer"):
        yield from _length(name, content.get(name), getattr(limits, name))


def _length(path: str, text: str | None, most: int) -> Iterator[Fault]:
    if most and text and len(text) > most:
        yield path, f"At most {most} characters."


def _count(path: str, given: list[Any], most: int) -> Iterator[Fault]:
    if len(given) > most:
        yield path, f"At most {most} of them."


def _options(path: str, given: list[JSONObject], limits: InteractiveLimits, *, title: int) -> Iterator[Fault]:
    """Faults of what is chosen from: lengths, and that no two are alike."""
    for index, one in enumerate(given):
        yield from _length(f"{path}.{index}.title", one.get("title"), title)
        yield from _length(f"{path}.{index}.id", one.get("id"), limits.id)
    for name in ("id", "title"):
        yield from _twins(path, name, given)


def _twins(path: str, name: str, given: list[JSONObject]) -> Iterator[Fault]:
    seen: set[str] = set()
    for index, one in enumerate(given):
        value = one.get(name)
        if value in seen:
            yield f"{path}.{index}.{name}", f"Each {name} once."
        seen |= {value} if value else set()


def _replies(content: JSONObject, limits: InteractiveLimits) -> Iterator[Fault]:
    yield from _count("replies", content["replies"], limits.most)
    yield from _options("replies", content["replies"], limits, title=limits.title)


def _buttons(content: JSONObject, limits: InteractiveLimits) -> Iterator[Fault]:
    yield from _count("buttons", content["buttons"], limits.most)
    yield from _options("buttons", content["buttons"], limits, title=limits.title)


def _list(content: JSONObject, limits: InteractiveLimits) -> Iterator[Fault]:
    sections = content["sections"]
    rows = [row for section in sections for row in section["rows"]]
    if len(rows) > limits.most:
        yield "sections", f"At most {limits.most} rows in all."
    yield from _count("sections", sections, MOST_SECTIONS)
    for index, section in enumerate(sections):
        if len(sections) > 1 and not section.get("title"):
            yield f"sections.{index}.title", "Each of several sections needs a title."
        yield from _length(f"sections.{index}.title", section.get("title"), SECTION_TITLE)
        yield from _options(f"sections.{index}.rows", section["rows"], limits, title=limits.title)
        for place, row in enumerate(section["rows"]):
            path = f"sections.{index}.rows.{place}.description"
            yield from _length(path, row.get("description"), limits.description)
    if len({row["id"] for row in rows}) < len(rows):
        yield "sections", "Each id once, over all sections."


def _cards(content: JSONObject, limits: InteractiveLimits) -> Iterator[Fault]:
    yield from _count("cards", content["cards"], limits.most)
    for index, card in enumerate(content["cards"]):
        path = f"cards.{index}"
        buttons = card.get("buttons", [])
        if not any(card.get(name) for name in BESIDE_A_TITLE):
            yield path, f"A title and one more: {', '.join(BESIDE_A_TITLE)}."
        yield from _length(f"{path}.title", card["title"], limits.title)
        yield from _length(f"{path}.description", card.get("description"), limits.description)
        yield from _count(f"{path}.buttons", buttons, limits.buttons)
        yield from _options(f"{path}.buttons", buttons, limits, title=limits.label)


def _flow(content: JSONObject, limits: InteractiveLimits) -> Iterator[Fault]:
    if any(PICTOGRAPHS[0] <= char <= PICTOGRAPHS[1] for char in content["label"]):
        yield "label", "Without pictographs."
    if content.get("data") and not content.get("screen"):
        yield "screen", "The screen that the data is for."


def _nothing(content: JSONObject, limits: InteractiveLimits) -> Iterator[Fault]:
    return iter(())


FAULTS: dict[InteractiveType, Callable[[JSONObject, InteractiveLimits], Iterator[Fault]]] = {
    InteractiveType.QUICK_REPLIES: _replies,
    InteractiveType.BUTTONS: _buttons,
    InteractiveType.LIST: _list,
    InteractiveType.LINK: _nothing,
    InteractiveType.CARDS: _cards,
    InteractiveType.FLOW: _flow,
    InteractiveType.LOCATION_REQUEST: _nothing,
}
