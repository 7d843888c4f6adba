"""A template with its values, as it comes in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from backend.api import words
from backend.api.one_of import OneOf, one_of, word
from backend.api.outgoing_parts import AnyObject, Location, Url, Word, many
from backend.api.serializers import Choice, Id, Shape, Text

MOST_AMOUNT = 10**15


@extend_schema_field({"type": "integer", "minimum": 0, "maximum": MOST_AMOUNT})
class Count(serializers.IntegerField):
    """A JSON integer."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"min_value": 0, "max_value": MOST_AMOUNT, **kwargs})

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return int(super().to_internal_value(data))


class Named(Shape):
    """A value; `name` where the template's values have names."""

    name = Word(max_length=64, required=False)


class TextValue(Named):
    """Words; of a button with a link, the end of the address; of one with a one-time password, that."""

    type = word("TEXT")
    text = Word()


class CurrencyValue(Named):
    """An amount of money."""

    type = word("CURRENCY")
    code = Text(max_length=3, pattern=r"^[A-Z]{3}$", help_text="ISO 4217.")
    amount_1000 = Count(help_text="The amount times 1000.")
    fallback = Word(help_text="As it reads where it cannot be written in the customer's own way.")


class DateTimeValue(Named):
    """A time."""

    type = word("DATE_TIME")
    fallback = Word(help_text="As it reads.")


class FileValue(Shape):
    """A file: one of ours, or one at a public address."""

    media_id = Id(required=False)
    url = Url(required=False)

    def validate(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        if ("media_id" in given) == ("url" in given):
            raise ValidationError({"mediaId": ["Give either `mediaId` or `url`."]})
        return given


class ImageValue(FileValue):
    """The picture of a header."""

    type = word("IMAGE")


class VideoValue(FileValue):
    """The film of a header."""

    type = word("VIDEO")


class DocumentValue(FileValue):
    """The document of a header."""

    type = word("DOCUMENT")
    filename = Word(max_length=240, required=False)


class LocationValue(Shape):
    """The place of a header."""

    type = word("LOCATION")
    location = Location()


class PayloadValue(Shape):
    """What comes back when a quick reply is tapped."""

    type = word("PAYLOAD")
    payload = Word(max_length=256)


class ActionValue(Shape):
    """What a flow begins with."""

    type = word("ACTION")
    flow_token = Word(required=False)
    data = AnyObject(required=False)  # type: ignore[assignment]


class CouponValue(Shape):
    """The code that a button copies."""

    type = word("COUPON_CODE")
    code = Word(max_length=64)


VALUES: dict[str, type[Shape]] = {
    "TEXT": TextValue,
    "CURRENCY": CurrencyValue,
    "DATE_TIME": DateTimeValue,
    "IMAGE": ImageValue,
    "VIDEO": VideoValue,
    "DOCUMENT": DocumentValue,
    "LOCATION": LocationValue,
    "PAYLOAD": PayloadValue,
    "ACTION": ActionValue,
    "COUPON_CODE": CouponValue,
}


@extend_schema_field(one_of("TemplateValue", VALUES))
class Value(OneOf):
    """One value of a template."""

    shapes: ClassVar[Mapping[str, type[Shape]]] = VALUES


class CardComponent(Shape):
    """The values for one part of a card; buttons are counted from 0 by `index`."""

    type = Choice(words.CARD_COMPONENTS)
    index = Count(max_value=9, required=False)
    parameters = serializers.ListField(child=Value(), min_length=1, max_length=100)

    def validate(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        if (given["type"] == "BUTTON") != ("index" in given):
            raise ValidationError({"index": ["Of buttons, and only of these, it says which one."]})
        return given


class TemplateCard(Shape):
    """The values for one card."""

    components = many(CardComponent)


class Component(Shape):
    """The values for one part of the template: `parameters`, or of a CAROUSEL its `cards`."""

    type = Choice(words.TEMPLATE_COMPONENTS)
    index = Count(max_value=9, required=False)
    parameters = serializers.ListField(child=Value(), min_length=1, max_length=100, required=False)
    cards = serializers.ListField(child=TemplateCard(), min_length=1, max_length=10, required=False)

    def validate(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        if (given["type"] == "BUTTON") != ("index" in given):
            raise ValidationError({"index": ["Of buttons, and only of these, it says which one."]})
        holds = "cards" if given["type"] == "CAROUSEL" else "parameters"
        if holds not in given:
            raise ValidationError({holds: ["This field is required."]})
        if len({"cards", "parameters"} & given.keys()) > 1:
            raise ValidationError({holds: ["Give either `parameters` or `cards`."]})
        return given


@extend_schema_serializer(component_name="NewTemplate")
class Template(Shape):
    """Which template, and the values for its parts, in the order in which the template lists them."""

    name = Word(max_length=512)
    language = Word(max_length=32, help_text="As the template lists it, such as `en_US`.")
    components = many(Component, required=False)
