"""What a message can hold besides a text, as it comes in."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from backend.api import words
from backend.api.one_of import OneOf, one_of, word
from backend.api.serializers import VISIBLE, Choice, Flag, Shape, Text
from backend.platforms.port import InteractiveType

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


# --- something to tap ---


class QuickReply(Shape):
    """One short answer. `id` comes back when it is tapped."""

    type = Choice(words.QUICK_REPLY_TYPES, required=False, help_text="PHONE, EMAIL: the person's own.")
    id = Word(required=False)
    title = Word(required=False)

    def validate(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        if given.get("type", "TEXT") == "TEXT":
            _need(given, "id", "title")
        return given


class Button(Shape):
    """`id` comes back when it is tapped; a button with a `url` opens that instead."""

    id = Word(required=False)
    title = Word()
    url = Url(required=False)

    def validate(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        if ("id" in given) == ("url" in given):
            raise ValidationError({"id": ["Give either `id` or `url`."]})
        return given


class Row(Shape):
    """One line of a list."""

    id = Word()
    title = Word()
    description = Word(required=False)


class Section(Shape):
    """Rows under a title."""

    title = Word(required=False)
    rows = many(Row)


class Card(Shape):
    """One card: a picture, words and buttons. A tap on the card itself opens `url`."""

    title = Word()
    description = Word(required=False)
    image_url = Url(required=False)
    url = Url(required=False)
    buttons = many(Button, required=False)


class QuickReplies(Shape):
    """Answers to choose from. WhatsApp shows them as buttons, of which there are three at most."""

    type = word(InteractiveType.QUICK_REPLIES)
    text = Word(max_length=MOST_TEXT)
    replies = many(QuickReply)


class Framed(Shape):
    """A text with words above and below it."""

    text = Word(max_length=MOST_TEXT)
    header = Word(required=False)
    footer = Word(required=False)


class Buttons(Framed):
    """A text with buttons."""

    type = word(InteractiveType.BUTTONS)
    buttons = many(Button)


class ListOfRows(Framed):
    """A text with one button, behind which there is a list."""

    type = word(InteractiveType.LIST)
    label = Word(help_text="What the button says.")  # type: ignore[assignment]
    sections = many(Section)


class Link(Framed):
    """A text with one button that opens an address."""

    type = word(InteractiveType.LINK)
    label = Word(help_text="What the button says.")  # type: ignore[assignment]
    url = Url()


class Cards(Shape):
    """Cards side by side."""

    type = word(InteractiveType.CARDS)
    cards = many(Card)


class Flow(Framed):
    """A form of the platform's own; the answer is a message of the type FORM."""

    type = word(InteractiveType.FLOW)
    label = Word(help_text="What the button says.")  # type: ignore[assignment]
    flow_id = Word(max_length=64)
    flow_token = Word(required=False, help_text="Comes back with the answer.")
    draft = Flag(required=False, help_text="The flow is not published yet.")
    screen = Word(required=False, help_text="Where it opens; without it the flow's own server decides.")
    data = AnyObject(required=False, help_text="What that screen is filled with.")  # type: ignore[assignment]


class LocationRequest(Shape):
    """A question for the place where the person is."""

    type = word(InteractiveType.LOCATION_REQUEST)
    text = Word(max_length=MOST_TEXT)


INTERACTIVE: dict[str, type[Shape]] = {
    InteractiveType.QUICK_REPLIES: QuickReplies,
    InteractiveType.BUTTONS: Buttons,
    InteractiveType.LIST: ListOfRows,
    InteractiveType.LINK: Link,
    InteractiveType.CARDS: Cards,
    InteractiveType.FLOW: Flow,
    InteractiveType.LOCATION_REQUEST: LocationRequest,
}


@extend_schema_field(one_of("Interactive", INTERACTIVE))
class Interactive(OneOf):
    """Something to tap."""

    shapes: ClassVar[Mapping[str, type[Shape]]] = INTERACTIVE


def _need(given: Mapping[str, Any], *names: str) -> None:
    missing = {name: ["This field is required."] for name in names if name not in given}
    if missing:
        raise ValidationError(missing)
