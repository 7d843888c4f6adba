"""What can be tapped, as it comes in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework.exceptions import ValidationError

from backend.api import words
from backend.api.one_of import OneOf, one_of, word
from backend.api.outgoing_parts import MOST_TEXT, AnyObject, Url, Word, many
from backend.api.serializers import Choice, Flag, Shape
from backend.platforms.port import InteractiveType


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
