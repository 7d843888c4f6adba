"""Messages in the neutral shape: those that the schema shows, and any that fit a platform's limits."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from backend.api.examples_outgoing import OUTGOING
from backend.lib.json_types import JSONObject
from backend.platforms.port import ContactCard, InteractiveType, MessageType, OutboundMessage
from backend.platforms.registry import PLATFORMS

WORDS = st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\x00")


def outbound(
    type: str, payload: JSONObject, to: ContactCard, text: str = "Hello", **more: Any
) -> OutboundMessage:
    """A message in the platforms' words."""
    said: dict[str, Any] = {"correlation_id": "corr-1"} | more
    return OutboundMessage(to=to, type=MessageType(type), text=text, payload=payload, **said)


def shown() -> list[tuple[str, str, JSONObject]]:
    """Name, type and payload of each message that the schema shows, save texts."""
    return [
        (name, body["type"], {word: value for word, value in body.items() if word not in ("type", "text")})
        for name, body in OUTGOING.items()
        if body["type"] != "TEXT"
    ]


def is_offered(platform: str, payload: JSONObject, type: str) -> bool:
    """Whether the platform takes it."""
    capabilities = PLATFORMS[platform].capabilities
    kind = payload.get("interactive", {}).get("type")
    return type in capabilities.message_types and (not kind or kind in capabilities.interactive)


def words(most: int, least: int = 1) -> st.SearchStrategy[str]:
    """A text that shows something."""
    return st.text(WORDS, min_size=least, max_size=most).filter(lambda text: not text or bool(text.strip()))


def options(limits: Any, most: int, *, title: int) -> st.SearchStrategy[list[JSONObject]]:
    """What is chosen from: no two alike."""
    one = st.fixed_dictionaries({"id": words(limits.id), "title": words(title)})
    unique: Any = (lambda each: each["id"], lambda each: each["title"])
    return st.lists(one, min_size=1, max_size=most, unique_by=unique)


def tappable(platform: str) -> st.SearchStrategy[JSONObject]:
    """Anything to tap that fits the platform's limits."""
    return st.one_of(
        [_shape(kind, limits) for kind, limits in PLATFORMS[platform].capabilities.interactive.items()]
    )


def _shape(kind: InteractiveType, limits: Any) -> st.SearchStrategy[JSONObject]:
    ends = {name: words(getattr(limits, name)) for name in ("header", "footer") if getattr(limits, name)}
    told: dict[str, Any] = {"type": st.just(str(kind))}
    if limits.text:
        told["text"] = words(min(limits.text, 300))
    if limits.label:
        told["label"] = words(limits.label)
    parts = PARTS[kind](limits)
    return st.fixed_dictionaries(told | parts, optional=ends)


def _list(limits: Any) -> dict[str, Any]:
    rows = options(limits, limits.most, title=limits.title)
    section = st.fixed_dictionaries({"title": words(24), "rows": rows})
    return {"sections": st.lists(section, min_size=1, max_size=1)}


def _cards(limits: Any) -> dict[str, Any]:
    buttons = options(limits, limits.buttons, title=limits.label)
    more = {"description": words(limits.description), "buttons": buttons, "url": st.just("https://shop.test")}
    card = st.fixed_dictionaries({"title": words(limits.title)}, optional=more)
    return {"cards": st.lists(card, min_size=1, max_size=limits.most)}


PARTS: dict[InteractiveType, Any] = {
    InteractiveType.QUICK_REPLIES: lambda it: {"replies": options(it, it.most, title=it.title)},
    InteractiveType.BUTTONS: lambda it: {"buttons": options(it, it.most, title=it.title)},
    InteractiveType.LIST: _list,
    InteractiveType.LINK: lambda it: {"url": st.just("https://shop.test/a?b=c")},
    InteractiveType.CARDS: _cards,
    InteractiveType.FLOW: lambda it: {"flowId": words(20), "screen": words(20), "flowToken": words(20)},
    InteractiveType.LOCATION_REQUEST: lambda it: {},
}
