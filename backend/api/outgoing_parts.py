"""What a message can hold besides a text, as it comes in."""

from __future__ import annotations

import math
from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from backend.api import words
from backend.api.serializers import VISIBLE, Choice, Shape, Text

# Far above what any platform takes; `capabilities` of a platform tells its own limits.
MOST_TEXT, MOST_WORD, MOST_URL, MOST_OPTIONS = 20_000, 2000, 2000, 100


class Word(Text):
    """A short text that shows something."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": MOST_WORD, "pattern": VISIBLE, **kwargs})


class Url(Text):
    """An address on the web."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=MOST_URL, pattern=r"^https?://[^\s\x00]+$", **kwargs)


@extend_schema_field({"type": "number", "minimum": -180, "maximum": 180})
class Degrees(serializers.Field[Any, Any, Any, Any]):
    """Degrees of latitude or longitude."""

    def __init__(self, most: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.most = most

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool) or not isinstance(data, int | float) or not math.isfinite(data):
            raise ValidationError("A number is needed.")
        if abs(data) > self.most:
            raise ValidationError(f"From -{self.most} to {self.most}.")
        return data

    def to_representation(self, value: float) -> float:
        return value


@extend_schema_field({"type": "object", "additionalProperties": {}})
class AnyObject(serializers.Field[Any, Any, Any, Any]):
    """An object of the caller's own."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, dict):
            raise ValidationError("An object is needed.")
        return data

    def to_representation(self, value: Any) -> Any:
        return value


def many(shape: type[Shape], **kwargs: Any) -> serializers.ListField:
    """A list of this shape, with one of it at least."""
    return serializers.ListField(child=shape(), min_length=1, max_length=MOST_OPTIONS, **kwargs)


# --- a place, and people ---


class Location(Shape):
    """A place on the map."""

    latitude = Degrees(90)
    longitude = Degrees(180)
    name = Word(required=False)
    address = Word(required=False)


class CardPhone(Shape):
    """A number of a contact card."""

    phone = Word(max_length=40)
    type = Choice(words.CARD_PLACES, required=False)
    wa_id = Word(max_length=40, required=False, help_text="The number as WhatsApp knows it: digits.")


class CardEmail(Shape):
    """An e-mail address of a contact card."""

    email = Word(max_length=320)
    type = Choice(words.CARD_PLACES, required=False)


class CardUrl(Shape):
    """A web address of a contact card."""

    url = Url()
    type = Choice(words.CARD_PLACES, required=False)


@extend_schema_serializer(component_name="NewContactCard")
class ContactCard(Shape):
    """A person or a business, to be kept in the customer's address book."""

    name = Word(help_text="The whole name, as it is shown.")
    first_name = Word(required=False)
    last_name = Word(required=False)
    company = Word(required=False)
    job_title = Word(required=False)
    phones = many(CardPhone, required=False)
    emails = many(CardEmail, required=False)
    urls = many(CardUrl, required=False)
