"""What a draft becomes: one part for each message that the platform needs, within the platform's limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from uuid import UUID

from backend.conversations.models import Conversation
from backend.conversations.record import Part
from backend.files.models import StoredFile
from backend.lib.json_types import JSONObject
from backend.lib.text import split_text
from backend.platforms.port import MediaLimits, MessageType, SendType
from backend.platforms.registry import PLATFORMS
from backend.sending.errors import NothingToSend, Unfitting
from backend.sending.limits import check_interactive
from backend.sending.media import files_of, fit, template_files
from backend.sending.templates import check_template

NO_FILE = "There is no such file, or it is not kept any more."


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


def _media(conversation: Conversation, draft: Draft) -> list[Part]:
    """Each file by itself; the text with the first, or behind them all where it does not fit there."""
    info = PLATFORMS[conversation.platform]
    ids = draft.content["mediaIds"]
    files = files_of(conversation.business_id, ids)
    faults = [(f"mediaIds.{place}", NO_FILE) for place, each in enumerate(ids) if each not in files]
    if faults:
        raise Unfitting.of(faults)
    given = [(f"mediaIds.{place}", files[each]) for place, each in enumerate(ids)]
    flags = {name: bool(draft.content.get(name)) for name in ("voice", "sticker")}
    fitting = fit(info, given, **flags)
    caption = draft.text if len(draft.text) <= info.capabilities.media[fitting[0].type].caption else ""
    parts = [
        Part(type=one.type, text="" if place else caption, payload={"media": one.payload}, files=(one.file,))
        for place, one in enumerate(fitting)
    ]
    return parts if caption or not draft.text else [*parts, *_texts(conversation, draft)]


def _template(conversation: Conversation, draft: Draft) -> list[Part]:
    content = deepcopy(draft.content)
    files = _template_files(conversation, content["template"])
    text, shown = check_template(conversation.integration, content["template"])
    payload = {**content, "shown": shown}
    return [Part(type=MessageType.TEMPLATE, text=text, payload=payload, files=tuple(files.values()))]


def _template_files(conversation: Conversation, content: JSONObject) -> dict[str, StoredFile]:
    """The files that the values name, each once; a document gets the name of its file where it has none."""
    named = list(template_files(content))
    files = files_of(conversation.business_id, {value["mediaId"] for _, value in named}) if named else {}
    limits = PLATFORMS[conversation.platform].capabilities.media
    faults = [fault for path, value in named if (fault := _file_fault(path, value, files, limits))]
    if faults:
        raise Unfitting.of(faults)
    for _, value in named:
        file = files[value["mediaId"]]
        value["mediaId"] = str(file.pk)
        if value["type"] == MessageType.DOCUMENT and file.name:
            value.setdefault("filename", file.name)
    return {str(file.pk): file for file in files.values()}


def _file_fault(
    path: str, value: JSONObject, files: Mapping[str, StoredFile], limits: Mapping[MessageType, MediaLimits]
) -> tuple[str, str] | None:
    file, most = files.get(value["mediaId"]), limits[MessageType(value["type"])]
    if file is None:
        return path, NO_FILE
    if file.mime_type not in most.mime_types:
        return path, f"This takes {', '.join(most.mime_types)}; it is {file.mime_type}."
    return (path, f"At most {most.max_bytes} bytes.") if file.size > most.max_bytes else None


BUILDERS: dict[SendType, Callable[[Conversation, Draft], list[Part]]] = {
    SendType.TEXT: _texts,
    SendType.MEDIA: _media,
    SendType.INTERACTIVE: _interactive,
    SendType.LOCATION: _location,
    SendType.CONTACTS: _contacts,
    SendType.TEMPLATE: _template,
}
