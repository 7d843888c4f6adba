"""A template with its values, as it comes in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from backend.api import words
from backend.api.outgoing_parts import Word, many
from backend.api.outgoing_values import Count, Value
from backend.api.serializers import Choice, Shape


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
