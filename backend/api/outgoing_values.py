"""One value of a template, as it comes in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from backend.api.one_of import OneOf, one_of, word
from backend.api.outgoing_parts import AnyObject, Location, Url, Word
from backend.api.serializers import Id, Shape, Text

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


class ProductValue(Shape):
    """The product whose picture stands over a button that opens the catalogue."""

    type = word("PRODUCT")
    retailer_id = Word(max_length=100, help_text="The product's id in the catalogue, as the shop gave it.")


class ExpirationValue(Shape):
    """Until when a limited offer holds."""

    type = word("EXPIRATION")
    at = serializers.DateTimeField()


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
    "PRODUCT": ProductValue,
    "EXPIRATION": ExpirationValue,
}


@extend_schema_field(one_of("TemplateValue", VALUES))
class Value(OneOf):
    """One value of a template."""

    shapes: ClassVar[Mapping[str, type[Shape]]] = VALUES
