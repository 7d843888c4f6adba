"""WhatsApp: what the business writes in the WhatsApp Business app on its phone."""

from backend.simulator.kinds.act import BUSINESS, Act, BadAct, Json, Kinds, Written, change
from backend.simulator.kinds.echoes import NATIVE, OTHER
from backend.simulator.kinds.whatsapp_item import media_content, message


def write_echo(act: Act) -> Written:
    """The business wrote in the WhatsApp Business app: words, or a file."""
    kind, text = act.said("media", "text"), act.said("text", "Hello from the shop!")
    detail: Json = {"by": NATIVE}
    if kind == "text":
        content: Json = {"body": text}
    elif kind in ("image", "video", "audio", "document", "sticker"):
        medium = act.medium(kind)
        content, text = media_content(act, medium, kind), ""
        detail |= {"url": act.sim.media.open_url(medium), "medium": kind, "name": medium.name}
    else:
        raise BadAct("media is text, image, video, audio, document or sticker")
    return echoed(act, message(act, kind, content), text=text, detail=detail)


def write_other_echo(act: Act) -> Written:
    """Other software of the business wrote by the same number."""
    written = write_echo(act)
    written.field, written.detail["by"] = "message_echoes", OTHER
    return written


def write_native_edit(act: Act) -> Written:
    target, text = act.target(inbound=False), act.said("text", "Hello from the shop! (edited)")
    changed = {"original_message_id": target, "message": {"type": "text", "text": {"body": text}}}
    return echoed(act, message(act, "edit", changed), text=text, target=target)


def write_native_unsend(act: Act) -> Written:
    target = act.target(inbound=False)
    return echoed(act, message(act, "revoke", {"original_message_id": target}), target=target)


def write_native_reaction(act: Act) -> Written:
    """The business reacts on its phone; an empty emoji takes the reaction off."""
    target, emoji = act.target(inbound=True), act.said("emoji", "👍")
    item = message(act, "reaction", {"message_id": target, "emoji": emoji})
    return echoed(act, item, text=emoji, target=target)


def echoed(act: Act, item: Json, *, text: str = "", target: str = "", detail: Json | None = None) -> Written:
    ends = {"from": act.said("businessPhone"), "to": act.customer.id, "to_user_id": act.customer.user_id}
    return Written(
        item={**ends, **item},
        text=text,
        target=target,
        detail=detail or {},
        field="smb_message_echoes",
        by=BUSINESS,
        place="message_echoes",
    )


WHATSAPP_ECHOES: Kinds = {
    "native_echo": change(write_echo, "text", "media", "mediaId", "replyTo"),
    "other_echo": change(write_other_echo, "text", "media", "mediaId", "replyTo"),
    "native_edit": change(write_native_edit, "text", "messageId"),
    "native_unsend": change(write_native_unsend, "messageId"),
    "native_reaction": change(write_native_reaction, "emoji", "messageId"),
}
