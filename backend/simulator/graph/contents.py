"""What a Messenger or Instagram message may hold."""

from dataclasses import dataclass, field
from typing import Any

from backend.simulator.graph.call import Call
from backend.simulator.graph.errors import bad_parameter, missing_parameter
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
MOST_QUICK_REPLIES = 13
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
    check_quick_replies(message)
    if "text" in message and not message.get("attachment") and not message.get("attachments"):
        content = read_text(message, platform)
    else:
        content = read_attachments(call, message, platform)
    if message.get("metadata") and platform != INSTAGRAM:
        content.echo["metadata"] = str(message["metadata"])[:1000]
    return content


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
    replies = message.get("quick_replies") or []
    detail = {"buttons": [button(reply, "quick_reply") for reply in replies]} if replies else {}
    return Content(kind="text", text=text, detail=detail, echo={"text": text})


def check_quick_replies(message: Json) -> None:
    replies = message.get("quick_replies") or []
    if not isinstance(replies, list) or not all(isinstance(reply, dict) for reply in replies):
        raise bad_parameter("Param message[quick_replies] must be an array of objects")
    if len(replies) > MOST_QUICK_REPLIES:
        raise bad_parameter(
            f"Param message[quick_replies] has too many elements; the maximum is {MOST_QUICK_REPLIES}"
        )


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
        return read_template(payload)
    if kind in ("like_heart", "share"):
        if platform != INSTAGRAM:
            raise bad_parameter(f"The attachment type {word} is not supported here")
        return Content(kind=kind, echo={"type": word, "payload": payload})
    return read_file(call, kind, word, payload)


def read_file(call: Call, kind: str, word: str, payload: Json) -> Content:
    media = call.sim.media
    if attachment_id := str(payload.get("attachment_id") or ""):
        medium = media.get(attachment_id)
        if medium is None:
            raise bad_parameter("Invalid attachment id", 2018074)
        url = media.open_url(medium)
        return Content(
            kind=kind, detail={"url": url, "medium": kind}, echo={"type": word, "payload": {"url": url}}
        )
    url = str(payload.get("url") or "") or sent_along(call)
    if not url.startswith(("http://", "https://")):
        raise bad_parameter("Failed to fetch the file from the url", 2018008)
    return Content(
        kind=kind, detail={"url": url, "medium": kind}, echo={"type": word, "payload": {"url": url}}
    )


def sent_along(call: Call) -> str:
    """The address of the file that came with the message itself; empty where none came."""
    file = call.files.get("filedata")
    if file is None or call.token is None:
        return ""
    shelf, now = call.sim.media, call.sim.clock.now()
    return shelf.open_url(shelf.upload(call.token.page_id, file.mime_type, file.name, file.content, now))


def read_template(payload: Json) -> Content:
    kind = payload.get("template_type")
    if kind not in ("generic", "button", "media", "receipt", "product", "coupon"):
        raise bad_parameter("Param message[attachment][payload][template_type] is not a known template type")
    elements = payload.get("elements") or []
    if kind == "generic" and not 1 <= len(elements) <= 10:
        raise bad_parameter("Param message[attachment][payload][elements] must have 1 to 10 elements")
    buttons = payload.get("buttons") or [each for one in elements for each in one.get("buttons", ())]
    if kind == "button" and not 1 <= len(buttons) <= 3:
        raise bad_parameter("Param message[attachment][payload][buttons] must have 1 to 3 elements")
    text = str(payload.get("text") or (elements[0].get("title", "") if elements else ""))
    echo = {"type": "template", "payload": payload}
    return Content(
        kind="template",
        text=text,
        detail={"buttons": [button(one, "postback") for one in buttons]},
        echo=echo,
    )


def button(given: Json, kind: str) -> Json:
    """A button as the customer can tap it."""
    title = str(given.get("title") or "")
    return {"kind": kind, "title": title, "payload": str(given.get("payload") or title)}
