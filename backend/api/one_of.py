"""Shapes that a word tells apart: which of them it is, stands in a field of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from backend.api.serializers import Shape
from backend.lib.json_types import JSONObject

TOLD_APART_BY = "type"
S = TypeVar("S", bound=Shape)


def word(value: str) -> serializers.Field[Any, Any, Any, Any]:
    """The field that tells: always this word."""

    @extend_schema_field({"type": "string", "const": str(value)})
    class Word(serializers.CharField):
        pass

    return Word()


def one_of(name: str, shapes: Mapping[str, type[Shape]]) -> PolymorphicProxySerializer:
    """What the schema says of them."""
    named: dict[str, Any] = {str(told): shape for told, shape in shapes.items()}
    return PolymorphicProxySerializer(
        component_name=name, serializers=named, resource_type_field_name=TOLD_APART_BY
    )


def pick(shapes: Mapping[str, type[S]], data: Any) -> S:
    """The body in the shape that it names, checked. Raises ValidationError."""
    told = data.get(TOLD_APART_BY) if isinstance(data, Mapping) else None
    shape = shapes.get(told) if isinstance(told, str) else None
    if shape is None:
        raise ValidationError({TOLD_APART_BY: [f"Choose one of: {', '.join(shapes)}."]})
    new = shape(data=data)
    new.is_valid(raise_exception=True)
    return new


def as_sent(shape: Shape) -> JSONObject:
    """What came in, as it travels: in camelCase, without what was left out."""
    return dict(shape.to_representation(shape.validated_data))


class OneOf(serializers.Field[Any, Any, Any, Any]):
    """A field that holds one of several shapes; it keeps what was sent as it travels."""

    shapes: ClassVar[Mapping[str, type[Shape]]]

    def to_internal_value(self, data: Any) -> JSONObject:
        return as_sent(pick(self.shapes, data))

    def to_representation(self, value: JSONObject) -> JSONObject:
        return value
