"""What a draft becomes: one part for each message that the platform needs, within the platform's limits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from backend.conversations.models import Conversation
from backend.conversations.record import Part
from backend.lib.json_types import JSONObject
from backend.lib.text import split_text
from backend.platforms.port import MessageType, SendType
from backend.platforms.registry import PLATFORMS
from backend.sending.errors import NothingToSend, Unfitting
from backend.sending.limits import check_interactive
from backend.sending.templates import check_template


@dataclass(frozen=True, slots=True)
class Draft:
    """What a member wants to say. `content` holds what a text does not, in the shape of the API."""

    type: str
    text: str = ""
    reply_to_id: UUID | None = None
    human_agent: bool = False
    content: JSONObject = field(default_factory=dict)


def parts_of(conversation: Conversation, draft: Draft) -> list[Part]:
    """The messages, in order. Raises NothingToSend, Unfitting, Unsupported."""
    return BUILDERS[SendType(draft.type)](conversation, draft)


def _texts(conversation: Conversation, draft: Draft) -> list[Part]:
    capabilities = PLATFORMS[conversation.platform].capabilities
    texts = split_text(draft.text, capabilities.text_limit, capabilities.text_unit)
    if not texts:
        raise NothingToSend(fields={"text": [NothingToSend.message]})
    return [Part(type=MessageType.TEXT, text=text) for text in texts]


def _interactive(conversation: Conversation, draft: Draft) -> list[Part]:
    content = draft.content["interactive"]
    check_interactive(PLATFORMS[conversation.platform], content)
    text = content.get("text") or content["cards"][0]["title"]
    return [Part(type=MessageType.INTERACTIVE, text=text, payload=draft.content)]


def _location(conversation: Conversation, draft: Draft) -> list[Part]:
    place = draft.content["location"]
    text = place.get("name") or place.get("address") or ""
    return [Part(type=MessageType.LOCATION, text=text, payload=draft.content)]


def _contacts(conversation: Conversation, draft: Draft) -> list[Part]:
    cards = draft.content["contacts"]
    most = PLATFORMS[conversation.platform].capabilities.contacts
    if len(cards) > most:
        raise Unfitting.of([("contacts", f"At most {most} of them.")])
    names = ", ".join(card["name"] for card in cards)
    return [Part(type=MessageType.CONTACTS, text=names, payload=draft.content)]


def _template(conversation: Conversation, draft: Draft) -> list[Part]:
    text, shown = check_template(conversation.integration, draft.content["template"])
    return [Part(type=MessageType.TEMPLATE, text=text, payload={**draft.content, "shown": shown})]


BUILDERS: dict[SendType, Callable[[Conversation, Draft], list[Part]]] = {
    SendType.TEXT: _texts,
    SendType.INTERACTIVE: _interactive,
    SendType.LOCATION: _location,
    SendType.CONTACTS: _contacts,
    SendType.TEMPLATE: _template,
}
