"""
What can be said on a platform besides a text, in words that hold on every platform.

Plain data. What a message holds travels in one neutral shape, that of the API; each platform composes its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import IO

from backend.lib.json_types import JSONObject
from backend.platforms.kinds import MessageType
from backend.platforms.notices import ContactCard


class SendType(StrEnum):
    """What a request to send asks for. It becomes as many messages as the platform needs."""

    TEXT = "TEXT"
    MEDIA = "MEDIA"  # Files: pictures, films, sound, documents, stickers.
    INTERACTIVE = "INTERACTIVE"  # Something to tap.
    TEMPLATE = "TEMPLATE"  # Approved by the platform beforehand.
    LOCATION = "LOCATION"
    CONTACTS = "CONTACTS"


MEDIA_TYPES = (
    MessageType.IMAGE,
    MessageType.VIDEO,
    MessageType.AUDIO,
    MessageType.DOCUMENT,
    MessageType.STICKER,
)
# Either word, of a request or of a message -> what was asked for.
SEND_TYPES: Mapping[str, SendType] = {
    **{str(word): word for word in SendType},
    **dict.fromkeys(map(str, MEDIA_TYPES), SendType.MEDIA),
}


class InteractiveType(StrEnum):
    """What a person can tap."""

    QUICK_REPLIES = (
        "QUICK_REPLIES"  # Short answers that vanish once one was tapped, where the platform has it.
    )
    BUTTONS = "BUTTONS"
    LIST = "LIST"  # Rows behind one button.
    LINK = "LINK"  # One button that opens an address.
    CARDS = "CARDS"  # Several cards side by side, each with a picture and buttons.
    FLOW = "FLOW"  # A form of the platform's own.
    LOCATION_REQUEST = "LOCATION_REQUEST"


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractiveLimits:
    """How much of it there may be; lengths in characters, 0: there is none of it."""

    text: int = 0
    most: int = 0  # Replies, buttons, rows or cards.
    title: int = 0  # Of each of them.
    id: int = 0  # Of what comes back when it is tapped.
    description: int = 0  # Of a row or a card.
    label: int = 0  # Of the button that opens it.
    header: int = 0
    footer: int = 0
    buttons: int = 0  # Of a card.
    links: bool = False  # A button may open an address.
    contact_data: bool = False  # A quick reply may offer the person's own number or e-mail address.


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaLimits:
    """Which files pass as a type of message."""

    mime_types: tuple[str, ...]
    max_bytes: int
    caption: int = 0  # Characters; 0: a text goes as a message of its own.
    voice_form: str = ""  # What a voice note has to be: `opus`, `aac`; empty: anything that passes.


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundMedia:
    """A file that the platform holds already, or can fetch."""

    name: str = ""
    external_id: str = ""  # The platform's id of the upload.
    url: str = ""  # Where the platform fetches it, for those that take no upload.
    voice: bool = False
    reused: bool = False  # It was handed in for an earlier message.


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadFile:
    """A file to be handed in at the platform."""

    mime_type: str
    name: str
    content: IO[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundMessage:
    """One message as the platform is to deliver it; already within the platform's limits."""

    to: ContactCard
    type: MessageType
    text: str
    correlation_id: str  # Ours; returned by platforms that can, in an echo or a status.
    reply_to_external_id: str = ""
    payload: JSONObject = field(default_factory=dict)  # What `text` does not hold, in the neutral shape.
    media: Mapping[str, OutboundMedia] = field(default_factory=dict)  # The files that it names, by our ids.
    human_agent: bool = (
        False  # The window is over: it goes out with the platform's tag for a person's own answer.
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphCall:
    """One request to the platform, composed and not yet sent: POST `path` with `body` as JSON."""

    path: str
    body: JSONObject


class TextUnit(StrEnum):
    """What a platform counts when it limits a text."""

    CHARACTERS = "CHARACTERS"
    BYTES = "BYTES"  # Of UTF-8.


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a platform can do, as data, so that the API shows it and the frontend hides a button."""

    text_limit: int
    text_unit: TextUnit
    window_hours: int
    typing: bool
    typing_seconds: int  # How long it is shown, unless a message ends it.
    typing_reads: bool  # It also shows that the business has read.
    read_receipts: bool
    reads_late: bool  # They are shown after the window too.
    reactions: bool
    reply_to: bool
    message_types: tuple[SendType, ...]  # What can be sent.
    outside_window: tuple[SendType, ...] = ()  # Of these, what may be sent when the window is over.
    human_agent_hours: int | None = (
        None  # How long a person may still answer with the platform's tag; None: no tag.
    )
    interactive: Mapping[InteractiveType, InteractiveLimits] = field(default_factory=dict)
    media: Mapping[MessageType, MediaLimits] = field(default_factory=dict)
    contacts: int = 0  # Cards in a message.
