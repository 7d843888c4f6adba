"""Messenger and Instagram: what a message carries besides words."""

from functools import partial

from backend.simulator.kinds.act import Act, Json, Kind, Kinds, Written
from backend.simulator.kinds.page import message

THUMB = 369239263222822  # Messenger's own "like".
STICKER = 1752888888888888
POST = "17900000000000002"
MOST_IMAGES = 10


def attached(act: Act, *attachments: Json) -> Json:
    """A message with these attachments, and with words where some were given."""
    words = {"text": act.said("text")} if act.said("text") else {}
    return message(act, **words, attachments=list(attachments))


def write_attachment(act: Act, *, kind: str, word: str) -> Written:
    shown = act.file(kind)
    attachment = {"type": word, "payload": {"url": shown["url"]}}
    return Written(item=attached(act, attachment), text=act.said("text"), detail=shown)


def write_images(act: Act) -> Written:
    """An album: several pictures at once are one message."""
    count = max(1, min(int(act.number("count", 3)), MOST_IMAGES))
    urls = [act.file("image")["url"] for _ in range(count)]
    pictures = [{"type": "image", "payload": {"url": url}} for url in urls]
    return Written(
        item=attached(act, *pictures), text=act.said("text"), detail={"urls": urls, "medium": "image"}
    )


def write_sticker(act: Act, *, words: tuple[str, ...] = ("sticker",), sticker: int = STICKER) -> Written:
    """A sticker; until the end of August 2026 Meta sent it as an image too, before as an image only."""
    shown = act.file("sticker")
    payload = {"url": shown["url"], "sticker_id": sticker}
    parts = [{"type": word, "payload": payload} for word in words]
    return Written(item=attached(act, *parts), text="👍" if sticker == THUMB else "", detail=shown)


def write_location(act: Act) -> Written:
    place = {"lat": act.number("latitude", 52.52), "long": act.number("longitude", 13.405)}
    attachment = {
        "title": act.said("name", "Pinned location"),
        "type": "location",
        "payload": {"coordinates": place},
    }
    return Written(item=message(act, attachments=[attachment]), text=act.said("name"), detail=place)


def write_shared(act: Act, *, word: str) -> Written:
    url = act.said("url", "https://www.instagram.com/p/simulated/")
    payload = {"id": act.said("id", POST), "title": act.said("title", "A post"), "url": url}
    shown = {"link": {"title": payload["title"], "url": url}}
    return Written(
        item=attached(act, {"type": word, "payload": payload}),
        text=act.said("text", payload["title"]),
        detail=shown,
    )


def write_reel(act: Act, *, word: str) -> Written:
    """A short film of somebody, passed on."""
    shown, title = act.file("video"), act.said("title", "A reel")
    payload = {"reel_video_id": act.said("id", "18000000000000003"), "title": title, "url": shown["url"]}
    return Written(item=attached(act, {"type": word, "payload": payload}), text=title, detail=shown)


def write_link(act: Act) -> Written:
    """A link in a text, with the preview that Messenger makes of it."""
    url, title = act.said("url", "https://example.com/spring"), act.said("title", "Spring sale")
    text = act.said("text", f"Look at {url}")
    preview = {"type": "fallback", "payload": {"url": url, "title": title}}
    item = message(act, text=text, attachments=[preview])
    return Written(item=item, text=text, detail={"link": {"title": title, "url": url}})


def write_link_before(act: Act) -> Written:
    """The former shape of a preview: title and address beside an empty payload."""
    url, title = act.said("url", "https://example.com/spring"), act.said("title", "Spring sale")
    preview = {"type": "fallback", "title": title, "url": url, "payload": None}
    item = message(act, text=url, attachments=[preview])
    return Written(item=item, text=url, detail={"link": {"title": title, "url": url}})


def write_product(act: Act) -> Written:
    """A product of the shop that the customer shares."""
    title = act.said("title", "Straw hat")
    element = {"id": "4711000000000001", "retailer_id": "hat-1", "title": title, "subtitle": "€24.00"}
    payload = {"product": {"elements": [{**element, "image_url": act.file("image")["url"]}]}}
    shown = {"link": {"title": title, "url": ""}}
    return Written(item=attached(act, {"type": "template", "payload": payload}), text=title, detail=shown)


def write_appointment(act: Act) -> Written:
    begins = act.at // 1000 + 86_400
    payload = {
        "booking_id": "9001000000000001",
        "status": act.said("status", "requested"),
        "start_time": begins,
        "end_time": begins + 1_800,
        "timezone": "Europe/Berlin",
    }
    item = attached(act, {"type": "appointment_booking", "payload": payload})
    return Written(item=item, text=f"Appointment {payload['status']}")


def write_bare(act: Act, *, word: str, text: str = "") -> Written:
    """An attachment that says no more than its type."""
    return Written(item=message(act, attachments=[{"type": word}]), text=text)


def write_unknown(act: Act) -> Written:
    """A type of attachment that nobody has heard of yet."""
    part = {"type": act.said("type", "hologram"), "payload": {"depth": 3}}
    return Written(item=attached(act, part), text=act.said("text"))


def media(kind: str, word: str, *fields: str) -> Kind:
    """A file of the customer."""
    return Kind(partial(write_attachment, kind=kind, word=word), ("url", "mediaId", "expired", *fields))


def shared(word: str) -> Kind:
    """Something of the platform that the customer passes on."""
    return Kind(partial(write_shared, word=word), ("url", "id", "title", "text"))


SHARED: Kinds = {
    "image": media("image", "image", "text", "replyTo"),
    "images": Kind(write_images, ("count", "text")),
    "video": media("video", "video", "text", "replyTo"),
    "audio": media("audio", "audio"),
    "voice": media("voice", "audio"),
    "document": media("document", "file", "filename"),
    "unknown": Kind(write_unknown, ("type", "text")),
}
MESSENGER_ATTACHMENTS: Kinds = {
    **SHARED,
    "sticker": Kind(write_sticker, ("url", "mediaId")),
    "sticker_before": Kind(partial(write_sticker, words=("image",)), ("url",)),
    "sticker_twice": Kind(partial(write_sticker, words=("sticker", "image")), ("url",)),
    "like": Kind(partial(write_sticker, sticker=THUMB)),
    "location": Kind(write_location, ("latitude", "longitude", "name")),
    "link": Kind(write_link, ("text", "url", "title")),
    "link_before": Kind(write_link_before, ("url", "title")),
    "post": shared("post"),
    "reel": Kind(partial(write_reel, word="reel"), ("url", "id", "title", "text")),
    "product": Kind(write_product, ("title", "text")),
    "appointment": Kind(write_appointment, ("status",)),
}
INSTAGRAM_ATTACHMENTS: Kinds = {
    **SHARED,
    "story_mention": media("image", "story_mention"),
    "story": media("image", "ig_story"),
    "post": shared("ig_post"),
    "share": shared("share"),
    "reel": Kind(partial(write_reel, word="ig_reel"), ("url", "id", "title", "text")),
    "media_share": shared("media"),
    "like_heart": Kind(partial(write_bare, word="like_heart", text="❤️")),
    "view_once": Kind(partial(write_bare, word="ephemeral")),
    "unsupported_type": media("image", "unsupported_type"),
}
