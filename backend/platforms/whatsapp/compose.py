from __future__ import annotations

import re
from collections.abc import Callable

from backend.lib.json_types import JSONObject
from backend.lib.phone import digits_of
from backend.platforms.errors import Malformed
from backend.platforms.meta.compose import platform_id_of
from backend.platforms.meta.graph import node
from backend.platforms.port import (
    Account,
    ContactCard,
    GraphCall,
    MessageType,
    OutboundMessage,
)

CALLBACK_DATA_LIMIT = 512
LINK = re.compile(r"https?://", re.IGNORECASE)


def compose(account: Account, message: OutboundMessage) -> GraphCall:
    """The request that sends the message; raises Malformed for a kind that cannot be sent."""
    composer = COMPOSERS.get(message.type)
    if composer is None:
        raise Malformed(f"WhatsApp messages of the kind {message.type} cannot be sent.")
    body = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        **recipient_of(message.to),
        **composer(message),
        **quote_of(message),
        "biz_opaque_callback_data": message.correlation_id[:CALLBACK_DATA_LIMIT],
    }
    return GraphCall(path=messages_path(account), body=body)


def compose_text(message: OutboundMessage) -> JSONObject:
    """A text; the first link in it gets a preview."""
    return {
        "type": "text",
        "text": {"body": message.text, "preview_url": LINK.search(message.text) is not None},
    }


def messages_path(account: Account) -> str:
    """Where messages of this number are sent."""
    return f"{node(account.account_id)}/messages"


def recipient_of(contact: ContactCard) -> JSONObject:
    """The number with its plus, without which Meta adds the country of the business; else the user's id."""
    number = digits_of(contact.phone) or digits_of(contact.external_id)
    return {"to": f"+{number}"} if number else {"recipient": contact.user_id or contact.external_id}


def quote_of(message: OutboundMessage) -> JSONObject:
    """The message that is answered; empty where there is none to name."""
    quoted = platform_id_of(message.reply_to_external_id)
    return {"context": {"message_id": quoted}} if quoted else {}


COMPOSERS: dict[MessageType, Callable[[OutboundMessage], JSONObject]] = {MessageType.TEXT: compose_text}
