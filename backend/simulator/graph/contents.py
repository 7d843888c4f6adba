"""What a Messenger or Instagram message may hold."""

from dataclasses import dataclass, field
from typing import Any

from backend.simulator.graph.call import Call
from backend.simulator.graph.cards import read_cards, read_quick_replies
from backend.simulator.graph.errors import bad_parameter, missing_parameter
from backend.simulator.graph.files_page import check_file, is_alive
from backend.simulator.media import Medium
from backend.simulator.records import INSTAGRAM

Json = dict[str, Any]

# Meta's word -> the kind that the outbox shows.
ATTACHMENTS = {
    "image": "image",
    "video": "video",
    "audio": "audio",
    "file": "document",
    "template": "template",
    "like_heart": "like_heart",
    "MEDIA_SHARE": "share",
}
MOST_CHARACTERS = 2000
MOST_INSTAGRAM_BYTES = 1000
MOST_METADATA = 1000
MOST_IMAGES = {"MESSENGER": 30, "INSTAGRAM": 10}


@dataclass(kw_only=True)
class Content:
    """A message that was understood."""

    kind: str
    text: str = ""
    detail: Json = field(default_factory=dict)
    echo: Json = field(default_factory=dict)
    attachment_id: str = ""


def read_content(call: Call, platform: str) -> Content:
    """The content of the call's message; raises Meta's refusal of what cannot be sent."""
    message = call.object("message")
    if not message:
        raise missing_parameter("message")
    chips = read_quick_replies(message)
    if "text" in message and not message.get("attachment") and not message.get("attachments"):
        content = read_text(message, platform)
    else:
        content = read_attachments(call, message, platform)
    if chips:
        content.detail["buttons"] = chips
    if message.get("metadata") and platform != INSTAGRAM:
        content.echo["metadata"] = checked_metadata(message["metadata"])
    return content


def checked_metadata(given: Any) -> str:
    if len(str(given)) > MOST_METADATA:
        raise bad_parameter(f"Length of param message[metadata] must be at most {MOST_METADATA}")
    return str(given)


def read_text(message: Json, platform: str) -> Content:
    text = message["text"]
    if not isinstance(text, str) or not text.strip():
        raise bad_parameter("Param message[text] must be a non-empty UTF-8 encoded string")
    if platform == INSTAGRAM and len(text.encode("utf-8")) > MOST_INSTAGRAM_BYTES:
        raise bad_parameter(
            f"Length of param message[text] must be less than or equal to {MOST_INSTAGRAM_BYTES} bytes"
        )
    if len(text) > MOST_CHARACTERS:
        raise bad_parameter(f"Length of param message[text] must be less than or equal to {MOST_CHARACTERS}")
    return Content(kind="text", text=text, echo={"text": text})


def read_attachments(call: Call, message: Json, platform: str) -> Content:
    given = message.get("attachments") or message.get("attachment")
    parts: list[Any] = given if isinstance(given, list) else [given]
    if not all(isinstance(part, dict) for part in parts) or not given:
        raise bad_parameter("Param message must have text or an attachment")
    if len(parts) > MOST_IMAGES[platform]:
        raise bad_parameter(
            f"Param message[attachments] has too many elements; the maximum is {MOST_IMAGES[platform]}"
        )
    if len(parts) > 1 and any(part.get("type") != "image" for part in parts):
        raise bad_parameter("Param message[attachments] may only hold several images")
    read = [read_attachment(call, part, platform) for part in parts]
    first = read[0]
    first.echo = {"attachments": [part.echo for part in read]}
    if len(read) > 1:
        first.detail["urls"] = [part.detail.get("url", "") for part in read]
    return first


def read_attachment(call: Call, part: Json, platform: str) -> Content:
    word, payload = str(part.get("type", "")), part.get("payload") or {}
    if word not in ATTACHMENTS or not isinstance(payload, dict):
        raise bad_parameter(f"Param message[attachment][type] must be one of {{{', '.join(ATTACHMENTS)}}}")
    kind = ATTACHMENTS[word]
    if kind == "template":
        text, shown = read_cards(payload, platform)
        return Content(kind=kind, text=text, detail=shown, echo={"type": word, "payload": payload})
    if kind in ("like_heart", "share"):
        if platform != INSTAGRAM:
            raise bad_parameter(f"The attachment type {word} is not supported here")
        return Content(kind=kind, echo={"type": word, "payload": payload})
    return read_file(call, kind, word, payload, platform)


def read_file(call: Call, kind: str, word: str, payload: Json, platform: str) -> Content:
    """A file by its id, by its address, or sent along."""
    media, now = call.sim.media, call.sim.clock.now()
    attachment_id = str(payload.get("attachment_id") or "")
    medium = media.get(attachment_id) if attachment_id else sent_along(call, word, platform)
    if attachment_id and (medium is None or not is_own(call, medium) or not is_alive(medium, now)):
        raise bad_parameter("Invalid attachment id", 2018074)
    if medium is not None:
        if medium.uploaded:  # A file behind an address is never fetched, so nothing is known of it.
            check_file(platform, word, medium.mime_type, medium.size)
        shown = call.sim.media.shown(medium, kind)
    else:
        shown = {"url": str(payload.get("url") or ""), "medium": kind}
    if not shown["url"].startswith(("http://", "https://")):
        raise bad_parameter("Failed to fetch the file from the url", 2018008)
    kept = payload.get("is_reusable") in (True, "true") and medium is not None and not attachment_id
    echo = {"type": word, "payload": {"url": shown["url"]}}
    return Content(kind=kind, detail=shown, echo=echo, attachment_id=medium.id if kept and medium else "")


def is_own(call: Call, medium: Medium) -> bool:
    """Whether the file was put there for the account that sends it now."""
    assert call.token is not None  # Whoever sends has shown one.
    return medium.account_id in (call.token.page_id, *call.token.accounts)


def sent_along(call: Call, word: str, platform: str) -> Medium | None:
    """The file that came with the message itself."""
    file = call.files.get("filedata")
    if file is None or call.token is None:
        return None
    check_file(platform, word, file.mime_type, len(file.content))
    now, owner = call.sim.clock.now(), call.token.page_id
    return call.sim.media.upload(owner, file.mime_type, file.name, file.content, now)
