"""What can be tapped, as Messenger and Instagram take it. Pure."""

from __future__ import annotations

from collections.abc import Callable

from backend.lib.json_types import JSONObject
from backend.platforms.port import InteractiveType

# Ours -> what Meta calls a quick reply that offers what it knows of the person.
CONTACT_DATA = {"PHONE": "user_phone_number", "EMAIL": "user_email"}


def compose_interactive(content: JSONObject) -> JSONObject:
    """The `message` of something neutral."""
    return COMPOSERS[InteractiveType(content["type"])](content)


def _quick_replies(content: JSONObject) -> JSONObject:
    return {"text": content["text"], "quick_replies": [_quick_reply(one) for one in content["replies"]]}


def _quick_reply(given: JSONObject) -> JSONObject:
    if word := CONTACT_DATA.get(given.get("type", "")):
        return {"content_type": word}
    return {"content_type": "text", "title": given["title"], "payload": given["id"]}


def _buttons(content: JSONObject) -> JSONObject:
    buttons = [_button(one) for one in content["buttons"]]
    return _template({"template_type": "button", "text": content["text"], "buttons": buttons})


def _button(given: JSONObject) -> JSONObject:
    if given.get("url"):
        return {"type": "web_url", "url": given["url"], "title": given["title"]}
    return {"type": "postback", "title": given["title"], "payload": given["id"]}


def _link(content: JSONObject) -> JSONObject:
    button = _button({"title": content["label"], "url": content["url"]})
    return _template({"template_type": "button", "text": content["text"], "buttons": [button]})


def _cards(content: JSONObject) -> JSONObject:
    return _template({"template_type": "generic", "elements": [_card(one) for one in content["cards"]]})


def _card(given: JSONObject) -> JSONObject:
    card: JSONObject = {"title": given["title"]}
    for ours, theirs in (("description", "subtitle"), ("imageUrl", "image_url")):
        if given.get(ours):
            card[theirs] = given[ours]
    if given.get("url"):
        card["default_action"] = {"type": "web_url", "url": given["url"]}
    if given.get("buttons"):
        card["buttons"] = [_button(one) for one in given["buttons"]]
    return card


def _template(payload: JSONObject) -> JSONObject:
    return {"attachment": {"type": "template", "payload": payload}}


COMPOSERS: dict[InteractiveType, Callable[[JSONObject], JSONObject]] = {
    InteractiveType.QUICK_REPLIES: _quick_replies,
    InteractiveType.BUTTONS: _buttons,
    InteractiveType.LINK: _link,
    InteractiveType.CARDS: _cards,
}
