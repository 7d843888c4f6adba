"""How it travels what a platform can do."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from backend.api import words
from backend.api.serializers import CamelCase, Choice


@extend_schema_serializer(component_name="InteractiveLimits")
class InteractiveLimitsOut(CamelCase):
    """How much there may be of something to tap; lengths in characters, 0: there is none of it."""

    text = serializers.IntegerField()
    most = serializers.IntegerField(help_text="Replies, buttons, rows in all, or cards.")
    title = serializers.IntegerField(help_text="Of each of them.")
    id = serializers.IntegerField(help_text="Of what comes back when it is tapped.")
    description = serializers.IntegerField(help_text="Of a row or a card.")
    label = serializers.IntegerField(  # type: ignore[assignment]
        help_text="Of the button that opens it; of CARDS, of each button."
    )
    header = serializers.IntegerField()
    footer = serializers.IntegerField()
    buttons = serializers.IntegerField(help_text="Of one card.")
    links = serializers.BooleanField(help_text="Whether buttons may have a `url`.")
    contact_data = serializers.BooleanField(help_text="Whether quick replies may be of PHONE and EMAIL.")


@extend_schema_serializer(component_name="MediaLimits")
class MediaLimitsOut(CamelCase):
    """Which files pass as a type of message; `*` stands for any."""

    mime_types = serializers.ListField(child=serializers.CharField())
    max_bytes = serializers.IntegerField()
    caption = serializers.IntegerField(help_text="Characters; 0: a text goes as a message of its own.")


@extend_schema_serializer(component_name="Capabilities")
class CapabilitiesOut(CamelCase):
    """What can be done on a platform; hide what is not."""

    text_limit = serializers.IntegerField(help_text="Longer texts are sent as several messages.")
    text_unit = Choice(words.TEXT_UNITS)
    window_hours = serializers.IntegerField(help_text="How long an answer is free after the customer wrote.")
    typing = serializers.BooleanField()
    typing_seconds = serializers.IntegerField(help_text="How long it is shown; say it again while it lasts.")
    typing_reads = serializers.BooleanField(help_text="Typing also marks as read.")
    read_receipts = serializers.BooleanField()
    reactions = serializers.BooleanField()
    reply_to = serializers.BooleanField()
    outside_window = serializers.ListField(
        child=Choice(words.SEND_TYPES), help_text="What may be sent when the window is over."
    )
    human_agent_hours = serializers.IntegerField(
        allow_null=True, help_text="How long a person may answer with `humanAgent`; null: not at all."
    )
    message_types = serializers.ListField(
        child=Choice(words.SEND_TYPES), help_text="What a request to send may ask for."
    )
    interactive = serializers.DictField(
        child=InteractiveLimitsOut(), help_text="What can be tapped, by its type."
    )
    media = serializers.DictField(child=MediaLimitsOut(), help_text="By the type of the message.")
    contacts = serializers.IntegerField(help_text="Contact cards in one message.")
