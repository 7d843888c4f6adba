"""Messenger and Instagram: the object inside `messaging`."""

from functools import partial

from backend.simulator.kinds.act import Act, BadAct, Json, Kind, Kinds, Written

REACTIONS = {
    "❤": "love",
    "😍": "love",
    "😆": "smile",
    "😂": "smile",
    "😮": "wow",
    "😢": "sad",
    "😠": "angry",
    "👍": "like",
    "👎": "dislike",
}
VARIATION = "\N{VARIATION SELECTOR-16}"


def message(act: Act, **content: object) -> Json:
    """A message item; a reply names the message it answers."""
    reply = act.said("replyTo")
    return {"message": {"mid": act.id, **content, **({"reply_to": {"mid": reply}} if reply else {})}}


def write_text(act: Act) -> Written:
    text = act.said("text", "hi")
    return Written(item=message(act, text=text), text=text)


def write_quick_reply(act: Act) -> Written:
    text = act.said("title", act.said("text", "Yes"))
    payload = act.said("payload", text.upper().replace(" ", "_"))
    return Written(item=message(act, text=text, quick_reply={"payload": payload}), text=text)


def write_postback(act: Act) -> Written:
    title = act.said("title", "Get Started")
    payload = act.said("payload", title.upper().replace(" ", "_"))
    item = {"postback": {"mid": act.id, "title": title, "payload": payload}}
    return Written(item=item, field="messaging_postbacks", text=title)


def write_attachment(act: Act, *, kind: str, word: str) -> Written:
    url = act.url(kind)
    attachment = {"type": word, "payload": {"url": url}}
    return Written(item=message(act, attachments=[attachment]), detail={"url": url, "medium": kind})


def write_sticker(act: Act) -> Written:
    url = act.url("sticker")
    attachment = {"type": "sticker", "payload": {"url": url, "sticker_id": 369239263222822}}
    return Written(item=message(act, attachments=[attachment]), detail={"url": url, "medium": "sticker"})


def write_location(act: Act) -> Written:
    try:
        place = {
            "lat": float(act.params.get("latitude", 52.52)),
            "long": float(act.params.get("longitude", 13.405)),
        }
    except (TypeError, ValueError) as error:
        raise BadAct("location: latitude and longitude are numbers") from error
    attachment = {
        "title": act.said("name", "Pinned location"),
        "type": "location",
        "payload": {"coordinates": place},
    }
    return Written(item=message(act, attachments=[attachment]), text=act.said("name"), detail=place)


def write_shared(act: Act, *, word: str) -> Written:
    url = act.said("url", "https://www.instagram.com/p/simulated/")
    payload = {"id": act.said("id", "17900000000000002"), "title": act.said("title", "A post"), "url": url}
    return Written(item=message(act, attachments=[{"type": word, "payload": payload}]), text=payload["title"])


def write_like_heart(act: Act) -> Written:
    return Written(item=message(act, attachments=[{"type": "like_heart"}]), text="❤️")


def write_reaction(act: Act) -> Written:
    target, emoji = act.target(), act.said("emoji", "❤️")
    word = REACTIONS.get(emoji.replace(VARIATION, ""), "other")
    item = {"reaction": {"mid": target, "action": "react", "reaction": word, "emoji": emoji}}
    return Written(item=item, field="message_reactions", text=emoji, target=target)


def write_unreact(act: Act) -> Written:
    target = act.target()
    return Written(
        item={"reaction": {"mid": target, "action": "unreact"}}, field="message_reactions", target=target
    )


def write_edit(act: Act) -> Written:
    target, text = act.target(inbound=True), act.said("text", "hi (edited)")
    edited = act.sim.world.messages.get(target)
    times = int(edited.detail.get("edits", 0)) + 1 if edited else 1
    item = {"message_edit": {"mid": target, "text": text, "num_edit": str(times)}}
    return Written(item=item, field="message_edits", text=text, target=target)


def write_unsend(act: Act) -> Written:
    target = act.target(inbound=True)
    return Written(item={"message": {"mid": target, "is_deleted": True}}, target=target)


def write_story_reply(act: Act) -> Written:
    text = act.said("text", "Love this!")
    story = {"id": act.said("storyId", "17900000000000001"), "url": act.url("image")}
    return Written(
        item={"message": {"mid": act.id, "text": text, "reply_to": {"story": story}}},
        text=text,
        detail={"url": story["url"], "story": story["id"]},
    )


def write_referral(act: Act) -> Written:
    source = act.said("source", "SHORTLINK")
    referral: Json = {"ref": act.said("ref", "spring"), "source": source, "type": "OPEN_THREAD"}
    if source == "ADS":
        title = act.said("title", "Our spring hats")
        referral |= {"ad_id": act.said("adId", "120226305854810726"), "ads_context_data": {"ad_title": title}}
    return Written(item={"referral": referral}, field="messaging_referrals", text=referral["ref"])


def write_unsupported(act: Act) -> Written:
    return Written(item={"message": {"mid": act.id, "is_unsupported": True}})


def write_watermark(act: Act) -> Written:
    """Messenger counts what is read by time."""
    target = act.target(inbound=False)
    seen = act.sim.world.messages.get(target)
    return Written(
        item={"read": {"watermark": seen.at if seen else act.at}}, field="message_reads", target=target
    )


def write_seen(act: Act) -> Written:
    """Instagram names the message that was seen."""
    target = act.target(inbound=False)
    return Written(item={"read": {"mid": target}}, field="messaging_seen", target=target)


def write_delivered(act: Act) -> Written:
    target = act.target(inbound=False)
    arrived = act.sim.world.messages.get(target)
    item = {"delivery": {"mids": [target], "watermark": arrived.at if arrived else act.at}}
    return Written(item=item, field="message_deliveries", target=target)


SHARED: Kinds = {
    "text": Kind(write_text, ("text", "replyTo")),
    "quick_reply": Kind(write_quick_reply, ("title", "payload", "replyTo")),
    "postback": Kind(write_postback, ("title", "payload")),
    "image": Kind(partial(write_attachment, kind="image", word="image"), ("url",)),
    "video": Kind(partial(write_attachment, kind="video", word="video"), ("url",)),
    "audio": Kind(partial(write_attachment, kind="audio", word="audio"), ("url",)),
    "document": Kind(partial(write_attachment, kind="document", word="file"), ("url", "filename")),
    "reaction": Kind(write_reaction, ("emoji", "messageId")),
    "unreact": Kind(write_unreact, ("messageId",), opens_window=False),
    "edit": Kind(write_edit, ("text", "messageId"), opens_window=False),
    "referral": Kind(write_referral, ("ref", "source", "adId", "title")),
}
MESSENGER_KINDS: Kinds = {
    **SHARED,
    "sticker": Kind(write_sticker, ("url",)),
    "location": Kind(write_location, ("latitude", "longitude", "name")),
    "read": Kind(write_watermark, ("messageId",), opens_window=False),
    "delivered": Kind(write_delivered, ("messageId",), opens_window=False),
}
INSTAGRAM_KINDS: Kinds = {
    **SHARED,
    "unsend": Kind(write_unsend, ("messageId",), opens_window=False),
    "story_reply": Kind(write_story_reply, ("text", "storyId", "url")),
    "story_mention": Kind(partial(write_attachment, kind="image", word="story_mention"), ("url",)),
    "share": Kind(partial(write_shared, word="ig_post"), ("url", "id", "title")),
    "reel": Kind(partial(write_attachment, kind="video", word="ig_reel"), ("url",)),
    "like_heart": Kind(write_like_heart),
    "unsupported": Kind(write_unsupported),
    "read": Kind(write_seen, ("messageId",), opens_window=False),
}
