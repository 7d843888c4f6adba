"""WhatsApp: what a customer says, shows, changes and takes back."""

from functools import partial
from typing import Any

from backend.simulator.kinds.act import Act, Json, Kind, Kinds, Written, change
from backend.simulator.kinds.whatsapp_item import error_of, media_content, message


def write_text(act: Act) -> Written:
    text = act.said("text", "hi")
    shown = {"forwarded": act.said("forwarded")} if act.said("forwarded") else {}
    return Written(item=message(act, "text", {"body": text}), text=text, detail=shown)


def write_forward(act: Act, *, how: str) -> Written:
    """Words that somebody else wrote, passed on once or often."""
    act.params = {"text": "Free hats at the corner shop!", **act.params, "forwarded": how}
    return write_text(act)


def write_media(act: Act, *, kind: str, word: str = "", **more: Any) -> Written:
    medium, word = act.medium(kind), word or kind
    if act.said("url"):
        medium.elsewhere = act.said("url")
        act.sim.media.shelf.put(medium)
    content = {**media_content(act, medium, word), **more}
    caption = act.said("caption", act.said("text")) if word in CAPTIONED else ""
    if caption:
        content["caption"] = caption
    shown = act.sim.media.shown(medium, kind)
    return Written(item=message(act, word, content), text=caption, detail=shown)


CAPTIONED = ("image", "video", "document")


def write_lost_media(act: Act) -> Written:
    """A file that WhatsApp itself could not fetch from the phone."""
    written = write_media(act, kind="image")
    written.item["errors"] = [error_of(131052)]
    return written


def write_location(act: Act) -> Written:
    place: Json = {
        "latitude": act.number("latitude", 52.52),
        "longitude": act.number("longitude", 13.405),
    }
    place |= {name: act.said(name) for name in ("name", "address", "url") if act.said(name)}
    return Written(item=message(act, "location", place), text=act.said("name"), detail=place)


def write_contacts(act: Act) -> Written:
    name, phone = act.said("name", "Lucía Gómez"), act.said("phone", "+1 650 555 2319")
    first, _, last = name.partition(" ")
    digits = "".join(filter(str.isdigit, phone))
    card: Json = {
        "name": {"formatted_name": name, "first_name": first, **({"last_name": last} if last else {})},
        "phones": [{"phone": phone, "type": "MOBILE", "wa_id": digits}],
    }
    if act.said("email"):
        card["emails"] = [{"email": act.said("email"), "type": "WORK"}]
    if act.said("company"):
        card["org"] = {"company": act.said("company")}
    shown = {"name": name, "phones": [phone], "company": act.said("company")}
    return Written(item=message(act, "contacts", [card]), text=name, detail={"contacts": [shown]})


def write_reaction(act: Act) -> Written:
    target, emoji = act.target(), act.said("emoji", "👍")
    content = {"message_id": target, "emoji": emoji}
    return Written(item=message(act, "reaction", content), text=emoji, target=target)


def write_unreact(act: Act, **emoji: str) -> Written:
    """A reaction is taken off: its emoji is empty, or is not there at all."""
    target = act.target()
    return Written(item=message(act, "reaction", {"message_id": target, **emoji}), target=target)


def write_edit(act: Act) -> Written:
    """A text or a caption is changed; a file comes along once more."""
    target, text = act.target(inbound=True), act.said("text", "hi (edited)")
    edited = act.sim.world.messages.get(target)
    kind = edited.kind if edited and edited.kind in CAPTIONED else "text"
    content: Json = {"body": text}
    if kind != "text":
        content = {**media_content(act, act.medium(kind), kind), "caption": text}
    changed = {"original_message_id": target, "message": {"type": kind, kind: content}}
    return Written(item=message(act, "edit", changed), text=text, target=target)


def write_unsend(act: Act) -> Written:
    target = act.target(inbound=True)
    return Written(item=message(act, "revoke", {"original_message_id": target}), target=target)


def write_referral(act: Act, *, media: str = "") -> Written:
    """The first message of somebody who came by an advertisement: words, or a picture."""
    text = act.said("text", "Hello! Can I get more info on this?")
    advertisement = {
        "source_url": act.said("url", "https://fb.me/simulated"),
        "source_id": act.said("adId", "120226305854810726"),
        "source_type": "ad",
        "headline": act.said("title", "Chat with us"),
        "body": "Answers within the hour",
        "media_type": "image",
        "image_url": "https://scontent.xx.fbcdn.net/simulated.jpg",
        "ctwa_clid": act.said("ref", "Aff-simulated"),
        "welcome_message": {"text": "Hi there! How can we help?"},
    }
    shown = {"referral": {"title": advertisement["headline"], "url": advertisement["source_url"]}}
    if media:
        act.params.pop("url", None)
        written = write_media(act, kind=media)
        written.item["referral"] = advertisement
        written.detail |= shown
        return written
    return Written(item=message(act, "text", {"body": text}, referral=advertisement), text=text, detail=shown)


def write_unsupported(act: Act, *, code: int = 131051, kind: str = "poll") -> Written:
    content = {"type": act.said("type", kind)}
    return Written(item=message(act, "unsupported", content, errors=[error_of(code)]))


def write_ephemeral(act: Act) -> Written:
    """A message that vanishes, as older versions told of it."""
    item = message(act, "ephemeral", {}, errors=[error_of(131051)])
    return Written(item=item)


def write_unknown(act: Act) -> Written:
    """A type that nobody has heard of yet."""
    word = act.said("type", "hologram")
    return Written(item=message(act, word, {"depth": 3}))


def media(kind: str, *fields: str, **more: Any) -> Kind:
    """A file of the customer."""
    return Kind(partial(write_media, kind=kind, **more), ("mediaId", "mimeType", "url", *fields, "replyTo"))


WHATSAPP_MESSAGES: Kinds = {
    "text": Kind(write_text, ("text", "replyTo", "forwarded", "hidePhone")),
    "forward": Kind(partial(write_forward, how="once"), ("text",)),
    "frequent_forward": Kind(partial(write_forward, how="frequently"), ("text",)),
    "image": media("image", "caption"),
    "video": media("video", "caption"),
    "audio": media("audio", voice=False),
    "voice": media("voice", word="audio", voice=True),
    "document": media("document", "caption", "filename"),
    "sticker": media("sticker", animated=False),
    "animated_sticker": media("animated_sticker", word="sticker", animated=True),
    "lost_media": Kind(write_lost_media),
    "location": Kind(write_location, ("latitude", "longitude", "name", "address", "url")),
    "contacts": Kind(write_contacts, ("name", "phone", "email", "company")),
    "referral": Kind(write_referral, ("text", "title", "url", "adId", "ref")),
    "advertisement": Kind(partial(write_referral, media="image"), ("caption", "title", "adId", "ref")),
    "reaction": Kind(write_reaction, ("emoji", "messageId")),
    "unreact": change(partial(write_unreact, emoji=""), "messageId"),
    "unreact_absent": change(write_unreact, "messageId"),
    "edit": change(write_edit, "text", "messageId"),
    "unsend": change(write_unsend, "messageId"),
    "unsupported": Kind(write_unsupported, ("type",)),
    "view_once": Kind(partial(write_unsupported, kind="view_once")),
    "unavailable": Kind(partial(write_unsupported, code=131060, kind="unknown")),
    "ephemeral": Kind(write_ephemeral),
    "unknown": Kind(write_unknown, ("type",)),
}
