from __future__ import annotations

import re
from collections.abc import Callable

from backend.lib.json_types import JSONObject
from backend.lib.phone import digits_of
from backend.platforms.errors import Malformed
from backend.platforms.meta.compose import platform_id_of
from backend.platforms.meta.graph import node
from backend.platforms.port import (
    MEDIA_TYPES,
    Account,
    ContactCard,
    GraphCall,
    MessageType,
    OutboundMessage,
)
from backend.platforms.whatsapp.interactive import compose_interactive
from backend.platforms.whatsapp.template import compose_template

CALLBACK_DATA_LIMIT = 512
LINK = re.compile(r"https?://", re.IGNORECASE)
PLACE = ("latitude", "longitude", "name", "address")
# Ours -> WhatsApp's.
NAMES = {"firstName": "first_name", "lastName": "last_name"}
WORK = {"company": "company", "jobTitle": "title"}
CARD_WORDS = {"phone": "phone", "waId": "wa_id", "email": "email", "url": "url", "type": "type"}


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


def compose_tappable(message: OutboundMessage) -> JSONObject:
    """Buttons, a list, a link, a flow or a question for the place."""
    return {"type": "interactive", "interactive": compose_interactive(message.payload["interactive"])}


def compose_media(message: OutboundMessage) -> JSONObject:
    """A picture, film, sound, document or sticker by the id of its upload; `text` is its caption."""
    given = message.payload["media"]
    held = message.media[given["id"]]
    kind = message.type.value.lower()
    content: JSONObject = {"id": held.external_id}
    if message.text:
        content["caption"] = message.text
    if message.type is MessageType.DOCUMENT and held.name:
        content["filename"] = held.name
    if held.voice:
        content["voice"] = True
    return {"type": kind, kind: content}


def compose_approved(message: OutboundMessage) -> JSONObject:
    """A template with its values."""
    return {
        "type": "template",
        "template": compose_template(message.payload["template"], message.media),
    }


def compose_location(message: OutboundMessage) -> JSONObject:
    """A place on the map."""
    place = message.payload["location"]
    return {"type": "location", "location": {name: place[name] for name in PLACE if name in place}}


def compose_contacts(message: OutboundMessage) -> JSONObject:
    """Cards of people or businesses."""
    return {"type": "contacts", "contacts": [_card(one) for one in message.payload["contacts"]]}


def _card(given: JSONObject) -> JSONObject:
    names = {theirs: given[ours] for ours, theirs in NAMES.items() if given.get(ours)}
    # Meta wants a part of the name besides the whole of it.
    names.setdefault("first_name", given["name"])
    work = {theirs: given[ours] for ours, theirs in WORK.items() if given.get(ours)}
    many = {
        name: [_plain(one) for one in given[name]] for name in ("phones", "emails", "urls") if given.get(name)
    }
    return {"name": {"formatted_name": given["name"], **names}, **({"org": work} if work else {}), **many}


def _plain(given: JSONObject) -> JSONObject:
    return {theirs: given[ours] for ours, theirs in CARD_WORDS.items() if given.get(ours)}


def messages_path(account: Account) -> str:
    """Where messages of this number are sent."""
    return f"{node(account.account_id)}/messages"


def recipient_of(contact: ContactCard) -> JSONObject:
    """The number with its plus, without which Meta adds the country of the business; else the user's id."""
    is_user_id = contact.external_id == contact.user_id  # The number is none, or not theirs any more.
    number = "" if is_user_id else digits_of(contact.phone) or digits_of(contact.external_id)
    return {"to": f"+{number}"} if number else {"recipient": contact.user_id or contact.external_id}


def quote_of(message: OutboundMessage) -> JSONObject:
    """The message that is answered; empty where there is none to name."""
    quoted = platform_id_of(message.reply_to_external_id)
    return {"context": {"message_id": quoted}} if quoted else {}


COMPOSERS: dict[MessageType, Callable[[OutboundMessage], JSONObject]] = {
    MessageType.TEXT: compose_text,
    **dict.fromkeys(MEDIA_TYPES, compose_media),
    MessageType.INTERACTIVE: compose_tappable,
    MessageType.LOCATION: compose_location,
    MessageType.CONTACTS: compose_contacts,
    MessageType.TEMPLATE: compose_approved,
}
