"""
What shapes share.

Fields are declared in snake_case and travel in camelCase. A shape that comes in refuses what it does not know; types
are taken as JSON has them: no number passes for a text and no text for a boolean.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from uuid import UUID

from django.core.validators import RegexValidator
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from backend.lib.emoji import is_emoji
from backend.lib.json_types import JSON, JSONObject
from backend.lib.secret import MASK
from backend.lib.storable import storable_text


def camel(name: str) -> str:
    """`reply_to_id` as the wire has it: `replyToId`."""
    head, *tail = name.split("_")
    return head + "".join(word.title() for word in tail)


class CamelCase(serializers.Serializer[Any]):
    """A shape whose fields travel in camelCase."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        fields = {}
        for name, field in super().get_fields().items():
            if camel(name) != name and field.source is None:
                field.source = name
            fields[camel(name)] = field
        return fields


class Shape(CamelCase):
    """A body that comes in; fields that it does not know are named in the refusal."""

    also: ClassVar[JSONObject] = {}  # What the schema says of it besides its fields.

    def to_internal_value(self, data: Any) -> Any:
        unknown = sorted(set(data) - set(self.fields)) if isinstance(data, Mapping) else []
        if unknown:
            raise ValidationError(
                {storable_text(name, 100): ["This field is not known here."] for name in unknown}
            )
        return super().to_internal_value(data)


class NoBody(Shape):
    """Nothing, or an empty object."""


@extend_schema_field({"type": "boolean", "const": True})
class Success(serializers.Field[Any, Any, bool, Any]):
    """True, whatever is answered with."""

    def get_attribute(self, instance: Any) -> bool:
        return True

    def to_representation(self, value: Any) -> bool:
        return True


@extend_schema_serializer(many=False)
class Answer(CamelCase):
    """A body that goes out."""

    success = Success()


# --- coming in ---


STORABLE = r"^[^\x00]*$"
VISIBLE = r"^[^\x00]*[^\s\x00][^\x00]*$"  # Something that can be seen, anywhere.


class Text(serializers.CharField):
    """A JSON string, kept as it was written."""

    def __init__(self, *, pattern: str = STORABLE, **kwargs: Any) -> None:
        says = "This needs something that can be seen." if pattern == VISIBLE else "This cannot be stored."
        super().__init__(trim_whitespace=False, validators=[RegexValidator(pattern, says)], **kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


class Emoji(serializers.CharField):
    """One emoji and nothing else."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or not is_emoji(data):
            raise ValidationError("Give one emoji, or null to take it off.")
        return data


class Flag(serializers.BooleanField):
    """A JSON boolean."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class WholeNumber(serializers.IntegerField):
    """A JSON number without a fraction."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return super().to_internal_value(data)


class Choice(serializers.ChoiceField):
    """One of a few words."""

    def __init__(self, choices: Sequence[Any], **kwargs: Any) -> None:
        super().__init__(choices, **kwargs)
        self.error_messages["invalid_choice"] = f"Choose one of: {', '.join(map(str, self.choices))}."

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or data not in self.choices:
            self.fail("invalid_choice")
        return data


class Id(serializers.UUIDField):
    """An id that this service gave out."""

    def to_internal_value(self, data: Any) -> UUID:
        if not isinstance(data, str) or not re.fullmatch(
            r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", data
        ):
            self.fail("invalid", value="")
        return UUID(data)


# --- going out ---


class TextOrNull(serializers.CharField):
    """A text; null where the row holds none."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_null=True, **kwargs)

    def to_representation(self, value: Any) -> Any:
        return str(value) if value not in ("", None) else None


@extend_schema_field({"type": "string", "pattern": r"^\*\*\*masked\*\*\*$"})
class Masked(serializers.Field[Any, Any, str, Any]):
    """A sealed column: whether there is something, never what."""

    def to_representation(self, value: Any) -> str:
        return MASK


@extend_schema_field({"type": "object", "additionalProperties": {}})
class FreeObject(serializers.Field[Any, Any, JSONObject, Any]):
    """An object whose fields differ by platform."""

    def to_representation(self, value: JSON) -> JSONObject:
        return value if isinstance(value, dict) else {}
