"""What requests to Messenger and Instagram have in common."""

from __future__ import annotations

from backend.lib.json_types import JSONObject
from backend.platforms.meta.interactive import compose_interactive
from backend.platforms.port import ContactCard, MessageType, OutboundMessage

ATTACHMENTS: dict[MessageType, str] = {
    # ours -> Meta's
    MessageType.IMAGE: "image",
    MessageType.VIDEO: "video",
    MessageType.AUDIO: "audio",
    MessageType.DOCUMENT: "file",
}
MADE_UP_ID = "h_"  # Ids that we gave to items without one; the platform does not know them.


def recipient_of(contact: ContactCard) -> JSONObject:
    """The person, as Meta wants it."""
    return {"id": contact.external_id}


def text_body(message: OutboundMessage) -> JSONObject:
    """A text within the reply window."""
    return body_of(message, {"text": message.text})


def interactive_body(message: OutboundMessage) -> JSONObject:
    """Something to tap within the reply window."""
    return body_of(message, compose_interactive(message.payload["interactive"]))


def media_body(message: OutboundMessage) -> JSONObject:
    """A file within the reply window, by the id of its upload or by an address. It has no caption."""
    held = message.media[message.payload["media"]["id"]]
    where = (
        {"attachment_id": held.external_id} if held.external_id else {"url": held.url, "is_reusable": True}
    )
    return body_of(message, {"attachment": {"type": ATTACHMENTS[message.type], "payload": where}})


def body_of(message: OutboundMessage, content: JSONObject) -> JSONObject:
    """A message with this content within the reply window."""
    return {
        "recipient": recipient_of(message.to),
        **type_of(message),
        "message": content,
        **quote_of(message),
    }


def type_of(message: OutboundMessage) -> JSONObject:
    """An answer within the reply window, or one that a person gives later."""
    if message.human_agent:
        return {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    return {"messaging_type": "RESPONSE"}


def quote_of(message: OutboundMessage) -> JSONObject:
    """The message that is answered, which stands beside the new one; empty where there is none to name."""
    quoted = platform_id_of(message.reply_to_external_id)
    return {"reply_to": {"mid": quoted}} if quoted else {}


def platform_id_of(external_id: str) -> str:
    """The id, if the platform knows it."""
    return "" if external_id.startswith(MADE_UP_ID) else external_id
