"""Messenger and Instagram: what the business says by other means than the app."""

from functools import partial

from backend.simulator.kinds.act import BUSINESS, PLATFORM, Act, BadAct, Json, Kinds, Written, change, event
from backend.simulator.kinds.page import REACTIONS, VARIATION, message
from backend.simulator.kinds.page_events import OTHER_APP
from backend.simulator.records import INSTAGRAM, MESSENGER

PAGE_INBOX = 26390203743090  # The app id of Meta's own inbox for Pages.
NATIVE, OTHER = "native_app", "other_app"  # How the outbox names who wrote, where it was not the app.

ECHO_FIELDS = {MESSENGER: "message_echoes", INSTAGRAM: "messages"}
ECHO_MEDIA = {"image": "image", "video": "video", "audio": "audio", "document": "file"}


def write_echo(act: Act, *, app_id: int = 0, author: str = NATIVE) -> Written:
    """The business wrote; Instagram does not say with what."""
    text, kind = act.said("text", "Hello from the shop!"), act.said("media")
    content: Json = {"text": text}
    detail: Json = {"by": author}
    if kind:
        if kind not in ECHO_MEDIA:
            raise BadAct(f"media is one of {', '.join(ECHO_MEDIA)}")
        detail |= act.file(kind)
        content = {"attachments": [{"type": ECHO_MEDIA[kind], "payload": {"url": detail["url"]}}]}
        text = ""
    item = message(act, **content)
    item["message"]["is_echo"] = True
    platform = act.customer.platform
    if app_id and platform == MESSENGER:
        item["message"]["app_id"] = app_id
    return Written(item=item, text=text, detail=detail, field=ECHO_FIELDS[platform], by=BUSINESS)


def write_native_reaction(act: Act) -> Written:
    """The business reacts with its own hands; an empty emoji takes the reaction off."""
    target, emoji = act.target(inbound=True), act.said("emoji", "👍")
    reaction: Json = {"mid": target, "action": "react" if emoji else "unreact"}
    if emoji:
        reaction |= {"reaction": REACTIONS.get(emoji.replace(VARIATION, ""), "other"), "emoji": emoji}
    return Written(
        item={"reaction": reaction}, field="message_reactions", text=emoji, target=target, by=BUSINESS
    )


def write_native_unsend(act: Act) -> Written:
    target = act.target(inbound=False)
    item = {"message": {"mid": target, "is_deleted": True, "is_echo": True}}
    return Written(item=item, target=target, by=BUSINESS)


def write_self_message(act: Act) -> Written:
    """The account writes to itself, which Instagram tells as an echo."""
    text = act.said("text", "Note to self")
    item = message(act, text=text)
    item["message"] |= {"is_echo": True, "is_self": True}
    own = {"id": act.customer.account_id}
    return Written(item={**item, "sender": own, "recipient": own}, text=text, by=PLATFORM)


MESSENGER_ECHOES: Kinds = {
    "native_echo": change(partial(write_echo, app_id=PAGE_INBOX), "text", "media", "replyTo"),
    "other_echo": change(partial(write_echo, app_id=OTHER_APP, author=OTHER), "text", "media", "replyTo"),
    "native_reaction": change(write_native_reaction, "emoji", "messageId"),
}
INSTAGRAM_ECHOES: Kinds = {
    **MESSENGER_ECHOES,
    "native_unsend": change(write_native_unsend, "messageId"),
    "self_message": event(write_self_message, "text"),
}
