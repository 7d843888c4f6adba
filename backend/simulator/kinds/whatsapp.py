"""WhatsApp: the object inside `messages`."""

from functools import partial
from typing import Any

from backend.simulator.kinds.act import Act, BadAct, Json, Kind, Kinds, Written

UNSUPPORTED = {
    "code": 131051,
    "title": "Message type unknown",
    "message": "Message type unknown",
    "error_data": {"details": "Message type is currently not supported."},
}


def message(act: Act, word: str, content: Any, **more: Any) -> Json:
    """A message item; a reply names the message it answers."""
    reply = act.said("replyTo")
    context = {"context": {"from": act.said("businessPhone"), "id": reply}} if reply else {}
    return {**context, "id": act.id, "timestamp": str(act.at // 1000), "type": word, word: content, **more}


def write_text(act: Act) -> Written:
    text = act.said("text", "hi")
    return Written(item=message(act, "text", {"body": text}), text=text)


def write_media(act: Act, *, kind: str) -> Written:
    medium = act.medium(kind)
    content: Json = {"mime_type": medium.mime_type, "sha256": medium.sha256_base64, "id": medium.id}
    content["url"] = act.sim.media.guarded_url(medium, act.sim.clock.now())
    content |= MEDIA_EXTRAS.get(kind, {})
    if kind == "document":
        content["filename"] = medium.name
    caption = act.said("caption", act.said("text")) if kind in CAPTIONED else ""
    if caption:
        content["caption"] = caption
    shown = {"url": act.sim.media.open_url(medium), "medium": kind}
    return Written(item=message(act, kind, content), text=caption, detail=shown)


CAPTIONED = ("image", "video", "document")
MEDIA_EXTRAS: dict[str, Json] = {"audio": {"voice": True}, "sticker": {"animated": False}}


def write_location(act: Act) -> Written:
    try:
        latitude, longitude = (
            float(act.params.get("latitude", 52.52)),
            float(act.params.get("longitude", 13.405)),
        )
    except (TypeError, ValueError) as error:
        raise BadAct("location: latitude and longitude are numbers") from error
    place: Json = {"latitude": latitude, "longitude": longitude}
    place |= {name: act.said(name) for name in ("name", "address") if act.said(name)}
    return Written(item=message(act, "location", place), text=act.said("name"), detail=place)


def write_contacts(act: Act) -> Written:
    name, phone = act.said("name", "Lucía Gómez"), act.said("phone", "+1 650 555 2319")
    first, _, last = name.partition(" ")
    digits = "".join(filter(str.isdigit, phone))
    card = {
        "name": {"formatted_name": name, "first_name": first, **({"last_name": last} if last else {})},
        "phones": [{"phone": phone, "type": "MOBILE", "wa_id": digits}],
    }
    return Written(item=message(act, "contacts", [card]), text=name)


def write_button_reply(act: Act) -> Written:
    title = act.said("title", "Yes")
    reply = {"id": act.said("payload", act.said("id", title.lower())), "title": title}
    content = {"type": "button_reply", "button_reply": reply}
    return Written(item=answering(act, message(act, "interactive", content)), text=title)


def write_list_reply(act: Act) -> Written:
    title = act.said("title", "Priority Mail")
    reply = {"id": act.said("payload", act.said("id", title.lower().replace(" ", "_"))), "title": title}
    if act.said("description"):
        reply["description"] = act.said("description")
    content = {"type": "list_reply", "list_reply": reply}
    return Written(item=answering(act, message(act, "interactive", content)), text=title)


def write_quick_reply(act: Act) -> Written:
    """A tap on the quick reply button of a template."""
    title = act.said("title", act.said("text", "Unsubscribe"))
    content = {"payload": act.said("payload", title), "text": title}
    return Written(item=answering(act, message(act, "button", content)), text=title)


def answering(act: Act, item: Json) -> Json:
    """The tap with the message that showed the button; without any message it stands alone."""
    if "context" in item:
        return item
    try:
        asked = act.target(inbound=False)
    except BadAct:
        return item
    return {"context": {"from": act.said("businessPhone"), "id": asked}, **item}


def write_reaction(act: Act) -> Written:
    target, emoji = act.target(), act.said("emoji", "👍")
    return Written(
        item=message(act, "reaction", {"message_id": target, "emoji": emoji}), text=emoji, target=target
    )


def write_unreact(act: Act) -> Written:
    target = act.target()
    return Written(item=message(act, "reaction", {"message_id": target, "emoji": ""}), target=target)


def write_edit(act: Act) -> Written:
    target, text = act.target(inbound=True), act.said("text", "hi (edited)")
    content = {"original_message_id": target, "message": {"type": "text", "text": {"body": text}}}
    return Written(item=message(act, "edit", content), text=text, target=target)


def write_unsend(act: Act) -> Written:
    target = act.target(inbound=True)
    return Written(item=message(act, "revoke", {"original_message_id": target}), target=target)


def write_referral(act: Act) -> Written:
    text = act.said("text", "Hello! Can I get more info on this?")
    advertisement = {
        "source_url": act.said("url", "https://fb.me/simulated"),
        "source_id": act.said("adId", "120226305854810726"),
        "source_type": "ad",
        "headline": act.said("title", "Chat with us"),
        "body": "Answers within the hour",
        "media_type": "image",
        "ctwa_clid": act.said("ref", "Aff-simulated"),
    }
    return Written(item=message(act, "text", {"body": text}, referral=advertisement), text=text)


def write_order(act: Act) -> Written:
    product = {"product_retailer_id": "di9ozbzfi4", "quantity": 2, "item_price": 30, "currency": "USD"}
    content = {"catalog_id": "194836987003835", "text": act.said("text"), "product_items": [product]}
    return Written(item=message(act, "order", content), text=act.said("text"))


def write_unsupported(act: Act) -> Written:
    content = {"type": act.said("type", "poll")}
    return Written(item=message(act, "unsupported", content, errors=[UNSUPPORTED]))


def write_receipt(act: Act) -> Written:
    """Receipts travel as statuses; each is written when it is emitted."""
    return Written(item={}, target=act.target(inbound=False))


WHATSAPP_KINDS: Kinds = {
    "text": Kind(write_text, ("text", "replyTo", "hidePhone")),
    "quick_reply": Kind(write_quick_reply, ("title", "payload", "replyTo")),
    "button_reply": Kind(write_button_reply, ("title", "payload", "replyTo")),
    "list_reply": Kind(write_list_reply, ("title", "payload", "description", "replyTo")),
    **{kind: Kind(partial(write_media, kind=kind), ("caption", "mimeType")) for kind in ("image", "video")},
    "audio": Kind(partial(write_media, kind="audio"), ("mimeType",)),
    "document": Kind(partial(write_media, kind="document"), ("caption", "filename", "mimeType")),
    "sticker": Kind(partial(write_media, kind="sticker")),
    "location": Kind(write_location, ("latitude", "longitude", "name", "address")),
    "contacts": Kind(write_contacts, ("name", "phone")),
    "order": Kind(write_order, ("text",)),
    "reaction": Kind(write_reaction, ("emoji", "messageId")),
    "unreact": Kind(write_unreact, ("messageId",), opens_window=False),
    "edit": Kind(write_edit, ("text", "messageId"), opens_window=False),
    "unsend": Kind(write_unsend, ("messageId",), opens_window=False),
    "referral": Kind(write_referral, ("text", "title", "url", "adId", "ref")),
    "unsupported": Kind(write_unsupported, ("type",)),
    "read": Kind(write_receipt, ("messageId",), opens_window=False),
    "delivered": Kind(write_receipt, ("messageId",), opens_window=False),
    "played": Kind(write_receipt, ("messageId",), opens_window=False),
}
