"""What a member can say, as it comes in: one shape for each type of request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from backend.api.one_of import as_sent, one_of, word
from backend.api.outgoing_parts import MOST_TEXT, ContactCard, Location, many
from backend.api.outgoing_tappable import Interactive
from backend.api.outgoing_template import Template
from backend.api.serializers import VISIBLE, Flag, Id, Shape, Text
from backend.platforms.port import SendType
from backend.sending.parts import Draft


class NewMessage(Shape):
    """A reply of a member."""

    reply_to_id = Id(required=False, allow_null=True, help_text="A message of the same conversation.")
    human_agent = Flag(required=False, help_text="Written by a person, outside of the free window.")

    holds: ClassVar[tuple[str, ...]] = ()  # The fields that a text does not hold.

    def draft(self) -> Draft:
        """What the command takes."""
        new = self.validated_data
        sent = as_sent(self)
        return Draft(
            type=new["type"],
            text=new.get("text", ""),
            reply_to_id=new.get("reply_to_id"),
            human_agent=new.get("human_agent", False),
            content={name: sent[name] for name in self.holds if name in sent},
        )


class NewText(NewMessage):
    """A text. One that is longer than the platform takes becomes several messages."""

    type = word(SendType.TEXT)
    text = Text(max_length=MOST_TEXT, pattern=VISIBLE)


class NewMediaMessage(NewMessage):
    """Files, each a message of its own. `text` stands under the first, or is a message behind them."""

    type = word(SendType.MEDIA)
    media_ids = serializers.ListField(
        child=Id(), min_length=1, max_length=30, help_text="Of `POST /api/media`, or of attachments."
    )
    text = Text(max_length=MOST_TEXT, pattern=VISIBLE, required=False)
    voice = Flag(required=False, help_text="A voice note: sound is made into what the platform plays as one.")
    sticker = Flag(required=False, help_text="A WebP picture as a sticker; WHATSAPP alone has them.")

    holds = ("mediaIds", "voice", "sticker")

    def validate(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        if given.get("voice") and given.get("sticker"):
            raise ValidationError({"sticker": ["It is either a voice note or a sticker."]})
        return given


class NewInteractive(NewMessage):
    """Something to tap."""

    type = word(SendType.INTERACTIVE)
    interactive = Interactive()

    holds = ("interactive",)


class NewLocation(NewMessage):
    """A place on the map."""

    type = word(SendType.LOCATION)
    location = Location()

    holds = ("location",)


class NewContacts(NewMessage):
    """Contact cards."""

    type = word(SendType.CONTACTS)
    contacts = many(ContactCard)

    holds = ("contacts",)


class NewTemplateMessage(NewMessage):
    """A message that the platform has approved beforehand; it may be sent whenever the customer last wrote."""

    type = word(SendType.TEMPLATE)
    template = Template()

    holds = ("template",)


NEW_MESSAGES: dict[str, type[NewMessage]] = {
    SendType.TEXT: NewText,
    SendType.MEDIA: NewMediaMessage,
    SendType.INTERACTIVE: NewInteractive,
    SendType.TEMPLATE: NewTemplateMessage,
    SendType.LOCATION: NewLocation,
    SendType.CONTACTS: NewContacts,
}
ANY_NEW_MESSAGE = one_of("NewMessage", NEW_MESSAGES)
