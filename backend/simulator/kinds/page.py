"""Messenger and Instagram: the object inside `messaging`."""

from backend.simulator.kinds.act import Act, Json, Kind, Kinds, Written, change

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
ADVERTISEMENT = "120226305854810726"


def message(act: Act, **content: object) -> Json:
    """A message item; a reply names the message it answers."""
    reply = act.said("replyTo")
    quote = {"reply_to": {"mid": reply, "is_self_reply": False}} if reply else {}
    return {"message": {"mid": act.id, **content, **quote}}


def write_text(act: Act) -> Written:
    text = act.said("text", "hi")
    return Written(item=message(act, text=text), text=text)


def write_quick_reply(act: Act) -> Written:
    text = act.said("title", act.said("text", "Yes"))
    payload = act.said("payload", text.upper().replace(" ", "_"))
    return Written(item=message(act, text=text, quick_reply={"payload": payload}), text=text)


def write_postback(act: Act) -> Written:
    """A tap on a button; the first one ever may say by which link the person came."""
    title = act.said("title", "Get Started")
    payload = act.said("payload", title.upper().replace(" ", "_"))
    postback: Json = {"mid": act.id, "title": title, "payload": payload}
    if act.said("ref"):
        postback["referral"] = {"ref": act.said("ref"), "source": "SHORTLINK", "type": "OPEN_THREAD"}
    return Written(item={"postback": postback}, field="messaging_postbacks", text=title)


def write_command(act: Act) -> Written:
    name = act.said("command", "flights")
    return Written(item=message(act, text=f"/{name}", commands=[{"name": name}]), text=f"/{name}")


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


def write_unreact_named(act: Act) -> Written:
    """The other form of a removal, which still says what is taken off."""
    written = write_reaction(act)
    written.item["reaction"]["action"] = "unreact"
    return written


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
    text, shown = act.said("text", "Love this!"), act.file("image")
    story = {"id": act.said("storyId", "17900000000000001"), "url": shown["url"]}
    return Written(
        item={"message": {"mid": act.id, "text": text, "reply_to": {"story": story}}},
        text=text,
        detail={**shown, "story": story["id"]},
    )


def referral_of(act: Act) -> Json:
    """How the person came: by a link, or by an advertisement."""
    source = act.said("source", "SHORTLINK")
    referral: Json = {"ref": act.said("ref", "spring"), "source": source, "type": "OPEN_THREAD"}
    if source == "ADS":
        context = {"ad_title": act.said("title", "Our spring hats"), "post_id": "122106588956012345"}
        referral |= {"ad_id": act.said("adId", ADVERTISEMENT), "ads_context_data": context}
    return referral


def write_referral(act: Act) -> Written:
    referral = referral_of(act)
    return Written(item={"referral": referral}, field="messaging_referrals", text=referral["ref"])


def write_advertisement(act: Act) -> Written:
    """The first words of somebody who came by an advertisement."""
    act.params = {"source": "ADS", **act.params}
    text, referral = act.said("text", "Hello! Can I get more info on this?"), referral_of(act)
    title = referral["ads_context_data"]["ad_title"]
    shown = {"referral": {"title": title, "url": f"https://fb.me/{referral['ad_id']}"}}
    return Written(item=message(act, text=text, referral=referral), text=text, detail=shown)


def write_product_inquiry(act: Act) -> Written:
    """A question about a product of the shop."""
    text, product = act.said("text", "Is this still available?"), act.said("productId", "4711000000000001")
    item = message(act, text=text, referral={"product": {"id": product}})
    return Written(item=item, text=text, detail={"referral": {"title": f"Product {product}", "url": ""}})


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
    delivery: Json = {"mids": [target], "watermark": arrived.at if arrived else act.at}
    if act.is_set("watermarkOnly"):
        del delivery["mids"]
    return Written(item={"delivery": delivery}, field="message_deliveries", target=target)


SHARED: Kinds = {
    "text": Kind(write_text, ("text", "replyTo")),
    "quick_reply": Kind(write_quick_reply, ("title", "payload", "replyTo")),
    "postback": Kind(write_postback, ("title", "payload", "ref")),
    "reaction": Kind(write_reaction, ("emoji", "messageId")),
    "unreact": change(write_unreact, "messageId"),
    "unreact_named": change(write_unreact_named, "emoji", "messageId"),
    "edit": change(write_edit, "text", "messageId"),
    "referral": Kind(write_referral, ("ref", "source", "adId", "title")),
    "advertisement": Kind(write_advertisement, ("text", "title", "adId", "ref")),
    "product_inquiry": Kind(write_product_inquiry, ("text", "productId")),
}
MESSENGER_KINDS: Kinds = {
    **SHARED,
    "command": Kind(write_command, ("command",)),
    "read": change(write_watermark, "messageId"),
    "delivered": change(write_delivered, "messageId", "watermarkOnly"),
}
INSTAGRAM_KINDS: Kinds = {
    **SHARED,
    "unsend": change(write_unsend, "messageId"),
    "story_reply": Kind(write_story_reply, ("text", "storyId", "url", "mediaId")),
    "unsupported": Kind(write_unsupported),
    "read": change(write_seen, "messageId"),
}
