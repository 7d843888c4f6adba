"""Messages in the neutral shape: those that the schema shows, and any that fit a platform's limits."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from backend.api.examples_outgoing import OUTGOING
from backend.lib.json_types import JSONObject
from backend.platforms.port import ContactCard, InteractiveType, MessageType, OutboundMedia, OutboundMessage
from backend.platforms.registry import PLATFORMS

WORDS = st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\x00")


def outbound(
    type: str, payload: JSONObject, to: ContactCard, text: str = "Hello", **more: Any
) -> OutboundMessage:
    """A message in the platforms' words."""
    said: dict[str, Any] = {"correlation_id": "corr-1", "media": MEDIA} | more
    return OutboundMessage(to=to, type=MessageType(type), text=text, payload=payload, **said)


def shown() -> list[tuple[str, str, JSONObject]]:
    """Name, type and payload of each message that the schema shows, save texts and files."""
    return [
        (name, body["type"], {word: value for word, value in body.items() if word not in ("type", "text")})
        for name, body in OUTGOING.items()
        if body["type"] not in ("TEXT", "MEDIA")
    ]


MEDIA = {
    OUTGOING["TemplateWithPicture"]["template"]["components"][0]["parameters"][0]["mediaId"]: OutboundMedia(
        name="sale.jpg", external_id="1037543291543636"
    )
}


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


# --- templates ---


def _of(*kinds: st.SearchStrategy[JSONObject]) -> st.SearchStrategy[list[JSONObject]]:
    return st.lists(st.one_of(kinds), min_size=1, max_size=4)


def _value(kind: str, **parts: Any) -> st.SearchStrategy[JSONObject]:
    return st.fixed_dictionaries({"type": st.just(kind), **parts})


TEXT = _value("TEXT", text=words(60)) | _value("TEXT", text=words(60), name=words(20))
MONEY = _value("CURRENCY", code=st.just("EUR"), amount1000=st.integers(0, 10**12), fallback=words(20))
TIME = _value("DATE_TIME", fallback=words(30))
URL = st.just("https://shop.test/a.jpg")
DOCUMENT = _value("DOCUMENT", mediaId=st.sampled_from(sorted(MEDIA)), filename=words(30))
PLACE = _value(
    "LOCATION",
    location=st.fixed_dictionaries({"latitude": st.floats(-90, 90), "longitude": st.floats(-180, 180)}),
)
HEADS = [_value(kind, url=URL) for kind in ("IMAGE", "VIDEO")] + [TEXT, DOCUMENT, PLACE]
FLOW = _value("ACTION", flowToken=words(20), data=st.just({"order": 1}))
COUPON, PRODUCT = _value("COUPON_CODE", code=words(15)), _value("PRODUCT", retailerId=words(20))
TAPS = [TEXT, _value("PAYLOAD", payload=words(40)), FLOW, COUPON, PRODUCT]
OFFER = _value("EXPIRATION", at=st.just("2026-12-24T18:00:00Z"))


def _component(kind: str, values: Any, **more: Any) -> st.SearchStrategy[JSONObject]:
    return st.fixed_dictionaries({"type": st.just(kind), "parameters": values, **more})


FLAT = [
    _component("HEADER", st.tuples(st.one_of(HEADS)).map(list)),
    _component("BODY", _of(TEXT, MONEY, TIME)),
    _component("BUTTON", st.tuples(st.one_of(TAPS)).map(list), index=st.integers(0, 9)),
]
LIMITED = _component("LIMITED_TIME_OFFER", st.tuples(OFFER).map(list))
CARDS = st.lists(st.fixed_dictionaries({"components": _of(*FLAT)}), min_size=1, max_size=3)
CAROUSEL = st.fixed_dictionaries({"type": st.just("CAROUSEL"), "cards": CARDS})
TEMPLATES = st.fixed_dictionaries(
    {"name": words(30), "language": st.just("en_US")}, optional={"components": _of(*FLAT, LIMITED, CAROUSEL)}
)
