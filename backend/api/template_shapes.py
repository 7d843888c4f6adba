"""How templates travel: with what has to be filled in."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from backend.api.serializers import Answer, CamelCase, TextOrNull
from backend.integrations.models import MessageTemplate
from backend.integrations.template_parts import parts_of_template


@extend_schema_serializer(component_name="TemplateParameter")
class SlotOut(CamelCase):
    """A value to be filled in. `name` is a number where the values are counted, empty where there is one."""

    name = serializers.CharField(allow_blank=True)
    type = serializers.CharField()
    required = serializers.BooleanField()  # type: ignore[assignment]
    example = TextOrNull()


@extend_schema_serializer(component_name="TemplateButton")
class ButtonOut(CamelCase):
    """A button; `parameter` is null where nothing is filled in."""

    index = serializers.IntegerField()
    type = serializers.CharField(help_text="The platform's word: QUICK_REPLY, URL, PHONE_NUMBER, FLOW …")
    text = serializers.CharField(allow_blank=True)
    url = TextOrNull()
    phone = TextOrNull()
    parameter = SlotOut(source="slot", allow_null=True)


class FlatComponent(CamelCase):
    """A part of a card."""

    type = serializers.CharField(help_text="HEADER, BODY, FOOTER, LIMITED_TIME_OFFER, BUTTONS or CAROUSEL.")
    format = TextOrNull(help_text="TEXT, IMAGE, VIDEO, DOCUMENT or LOCATION.")
    text = TextOrNull()
    parameters = SlotOut(source="slots", many=True)
    buttons = ButtonOut(many=True)


@extend_schema_serializer(component_name="TemplateCardOut")
class CardOut(CamelCase):
    """One card of a carousel."""

    components = FlatComponent(many=True)

    def to_representation(self, instance: Any) -> dict[str, Any]:
        return super().to_representation({"components": instance})


@extend_schema_serializer(component_name="TemplateComponent")
class ComponentOut(FlatComponent):
    """A part of the template. Send the values for it with the same `type`, buttons with their `index`."""

    cards = CardOut(many=True)


@extend_schema_field(ComponentOut(many=True))
class Components(serializers.Field[Any, Any, Any, Any]):
    """The parts of a template with what they take."""

    def get_attribute(self, instance: MessageTemplate) -> Any:
        return parts_of_template(instance.components, instance.category)

    def to_representation(self, value: Any) -> Any:
        return ComponentOut(value, many=True).data


@extend_schema_serializer(component_name="Template")
class TemplateOut(CamelCase):
    """A message that the platform approves beforehand. Only one whose `status` is APPROVED can be sent."""

    id = serializers.UUIDField()
    external_id = TextOrNull()
    name = serializers.CharField()
    language = serializers.CharField()
    status = serializers.CharField(
        help_text="The platform's word: APPROVED, PENDING, REJECTED, PAUSED, DISABLED …"
    )
    category = TextOrNull(help_text="AUTHENTICATION, MARKETING or UTILITY.")
    quality = TextOrNull(help_text="GREEN, YELLOW, RED or UNKNOWN.")
    rejected_reason = TextOrNull()
    named = serializers.BooleanField(help_text="Values are given by `name`; else they are counted.")
    components = Components()
    updated_at = serializers.DateTimeField(help_text="When it was last read from the platform.")


class TemplateList(Answer):
    """Newest first, as this service saw them; `syncedAt` is null while they were never read."""

    templates = TemplateOut(many=True)
    next_cursor = serializers.CharField(allow_null=True)
    synced_at = serializers.DateTimeField(allow_null=True)
    sync_error = TextOrNull(help_text="Why the last try to read them failed.")


class TemplatesSynced(Answer):
    """How many templates the account has."""

    count = serializers.IntegerField()
    synced_at = serializers.DateTimeField()
