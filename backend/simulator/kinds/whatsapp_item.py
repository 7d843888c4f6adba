"""WhatsApp: what all objects inside `messages` have in common."""

from typing import Any

from backend.simulator.kinds.act import Act, BadAct, Json
from backend.simulator.media import Medium

# Code -> what WhatsApp says of a message whose contents it does not pass on.
ERRORS: dict[int, Json] = {
    131051: {
        "title": "Message type unknown",
        "error_data": {"details": "Message type is currently not supported."},
    },
    131060: {
        "title": "This message is currently unavailable",
        "error_data": {"details": "The message can be read in the WhatsApp Business app only."},
    },
    131052: {
        "title": "Media download error",
        "error_data": {"details": "Failed to download the media that the user sent."},
    },
}


def error_of(code: int) -> Json:
    return {"code": code, "message": ERRORS[code]["title"], **ERRORS[code]}


def message(act: Act, word: str, content: Any, **more: Any) -> Json:
    """A message item; a reply names the message it answers, a forwarded one says so."""
    about = {"id": act.id, "timestamp": str(act.at // 1000), "type": word, word: content}
    return {**context_of(act), **about, **more}


def context_of(act: Act) -> Json:
    forwarded, reply = act.said("forwarded"), act.said("replyTo")
    if forwarded == "frequently":
        return {"context": {"frequently_forwarded": True}}
    if forwarded:
        return {"context": {"forwarded": True}}
    return {"context": {"from": act.said("businessPhone"), "id": reply}} if reply else {}


def answering(act: Act, item: Json) -> Json:
    """The tap with the message that showed the button; without any message it stands alone."""
    if "context" in item:
        return item
    try:
        asked = act.target(inbound=False)
    except BadAct:
        return item
    return {"context": {"from": act.said("businessPhone"), "id": asked}, **item}


def media_content(act: Act, medium: Medium, word: str) -> Json:
    """The file as a webhook names it."""
    content: Json = {"mime_type": medium.mime_type, "sha256": medium.sha256_base64, "id": medium.id}
    content["url"] = act.sim.media.guarded_url(medium, act.sim.clock.now())
    if word == "document":
        content["filename"] = medium.name
    return content
