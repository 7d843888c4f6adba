"""How the settings of an account travel."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from backend.api import words
from backend.api.serializers import CamelCase, Choice, Flag, Shape, WholeNumber
from backend.integrations.models import ChannelIntegration
from backend.integrations.policy import Policy, policy_of
from backend.lib.json_types import JSONObject

MOST_QUIET = 3_600  # Seconds; longer nobody waits for an answer.

READ_POLICY = "When the customer is shown that the business has read."
QUIET = "How many seconds a customer is silent before what they wrote counts as one turn."
FIRST_HANDLER = (
    "Who answers in a new conversation. Where nothing is chosen: AI if the business has an API key of an AI."
)
TAKES_OVER = "A reply of a person, here or in the platform's app, sets the conversation's `handler` to HUMAN."
HUMAN_AGENT = (
    "Meta approved the Human Agent feature: people may answer up to seven days after the customer wrote."
)


@extend_schema_serializer(component_name="IntegrationSettings")
class SettingsOut(CamelCase):
    """What holds for the account: what was chosen, and the defaults for the rest."""

    read_policy = Choice(words.READ_POLICIES, help_text=READ_POLICY)
    quiet_for_seconds = serializers.IntegerField(help_text=QUIET)
    new_conversation_handler = Choice(words.HANDLERS, help_text=FIRST_HANDLER)
    human_reply_takes_over = serializers.BooleanField(help_text=TAKES_OVER)
    human_agent = serializers.BooleanField(help_text=HUMAN_AGENT)

    def get_attribute(self, instance: ChannelIntegration) -> Policy:
        return policy_of(instance)


@extend_schema_field({"$ref": "#/components/schemas/Handler"})
class HandlerOrNull(Choice):
    """Who answers; null: nobody was chosen."""


class SettingsChange(Shape):
    """What is not given stays."""

    also: ClassVar = {"minProperties": 1}

    read_policy = Choice(words.READ_POLICIES, required=False, help_text=READ_POLICY)
    quiet_for_seconds = WholeNumber(required=False, min_value=0, max_value=MOST_QUIET, help_text=QUIET)
    new_conversation_handler = HandlerOrNull(
        words.HANDLERS, required=False, allow_null=True, help_text=f"{FIRST_HANDLER} Null chooses nothing."
    )
    human_reply_takes_over = Flag(required=False, help_text=TAKES_OVER)
    human_agent = Flag(required=False, help_text=HUMAN_AGENT)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs:
            raise ValidationError(f"Give at least one of: {', '.join(self.fields)}.")
        return attrs


class IntegrationChange(Shape):
    """What owners and admins choose for an account."""

    settings = SettingsChange()

    def chosen(self) -> JSONObject:
        """By the names of the wire, under which they are kept."""
        given = self.validated_data["settings"]
        fields = self.fields["settings"].fields  # type: ignore[attr-defined]  # It is a shape.
        return {name: given[field.source] for name, field in fields.items() if field.source in given}
