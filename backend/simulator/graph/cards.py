"""The templates of Messenger and Instagram: cards, buttons, a file with buttons."""

from collections.abc import Callable
from typing import Any

from backend.simulator.graph.errors import bad_parameter
from backend.simulator.records import INSTAGRAM

Json = dict[str, Any]

WHERE = "Param message[attachment][payload]"
MOST_ELEMENTS, MOST_BUTTONS = 10, 3
MOST_TITLE, MOST_BUTTON_TITLE, MOST_TEXT, MOST_PAYLOAD = 80, 20, 640, 1000
ON_INSTAGRAM = ("generic", "button")


def read_cards(payload: Json, platform: str) -> tuple[str, Json]:
    """The text of the template, and what the customer sees of it."""
    kind = str(payload.get("template_type") or "")
    reader = TEMPLATES.get(kind)
    if reader is None or (platform == INSTAGRAM and kind not in ON_INSTAGRAM):
        raise bad_parameter(f"{WHERE}[template_type] is not a known template type")
    return reader(payload)


def read_generic(payload: Json) -> tuple[str, Json]:
    """Cards side by side."""
    elements = objects_in(payload, "elements")
    if not 1 <= len(elements) <= MOST_ELEMENTS:
        raise bad_parameter(f"{WHERE}[elements] must have 1 to {MOST_ELEMENTS} elements")
    cards = [read_card(element) for element in elements]
    buttons = [button for card in cards for button in card["buttons"]]
    return cards[0]["title"], {"cards": cards, "buttons": buttons}


def read_card(element: Json) -> Json:
    title, subtitle = str(element.get("title") or ""), str(element.get("subtitle") or "")
    if not 1 <= len(title) <= MOST_TITLE or len(subtitle) > MOST_TITLE:
        raise bad_parameter(f"{WHERE}[elements] needs titles of at most {MOST_TITLE} characters")
    if not (subtitle or element.get("image_url") or element.get("buttons")):
        raise bad_parameter(f"{WHERE}[elements] needs more than a title")
    action = element.get("default_action") or {}
    card = {"title": title, "buttons": read_buttons(element, least=0)}
    more = {"subtitle": subtitle, "imageUrl": element.get("image_url"), "url": action.get("url")}
    return {**card, **{name: str(value) for name, value in more.items() if value}}


def read_button_template(payload: Json) -> tuple[str, Json]:
    text = str(payload.get("text") or "")
    if not 1 <= len(text) <= MOST_TEXT:
        raise bad_parameter(f"{WHERE}[text] must have 1 to {MOST_TEXT} characters")
    return text, {"buttons": read_buttons(payload, least=1)}


def read_media_template(payload: Json) -> tuple[str, Json]:
    """One picture or film with buttons."""
    elements = objects_in(payload, "elements")
    if len(elements) != 1 or elements[0].get("media_type") not in ("image", "video"):
        raise bad_parameter(f"{WHERE}[elements] must have one element with media_type image or video")
    shown = {"url": str(elements[0].get("url") or ""), "medium": elements[0]["media_type"]}
    return "", {**shown, "buttons": read_buttons(elements[0], least=0)}


def read_other(payload: Json) -> tuple[str, Json]:
    """Receipts, products and coupons: their titles only."""
    elements = objects_in(payload, "elements")
    titles = [str(one.get("title") or one.get("id") or "") for one in elements]
    text = str(payload.get("title") or payload.get("text") or ", ".join(filter(None, titles)))
    return text, {"buttons": []}


TEMPLATES: dict[str, Callable[[Json], tuple[str, Json]]] = {
    "generic": read_generic,
    "button": read_button_template,
    "media": read_media_template,
    **dict.fromkeys(("receipt", "product", "coupon"), read_other),
}


def read_buttons(given: Json, *, least: int) -> list[Json]:
    buttons = objects_in(given, "buttons")
    if not least <= len(buttons) <= MOST_BUTTONS:
        raise bad_parameter(f"{WHERE}[buttons] must have {least} to {MOST_BUTTONS} elements")
    return [read_button(button) for button in buttons]


def read_button(button: Json) -> Json:
    """A button as the customer can tap it."""
    kind, title = str(button.get("type") or ""), str(button.get("title") or "")
    if kind not in BUTTONS:
        raise bad_parameter(f"{WHERE}[buttons][type] must be one of {{{', '.join(BUTTONS)}}}")
    if kind not in UNTITLED and not 1 <= len(title) <= MOST_BUTTON_TITLE:
        raise bad_parameter(f"{WHERE}[buttons][title] must have 1 to {MOST_BUTTON_TITLE} characters")
    name, word = BUTTONS[kind]
    value = str(button.get(name) or "") if name else ""
    if name and not value:
        raise bad_parameter(f"{WHERE}[buttons][{name}] is required")
    if kind == "postback" and len(value) > MOST_PAYLOAD:
        raise bad_parameter(f"{WHERE}[buttons][payload] must have at most {MOST_PAYLOAD} characters")
    if kind == "web_url" and not value.startswith(("http://", "https://")):
        raise bad_parameter(f"{WHERE}[buttons][url] must be an absolute address")
    shown = {"kind": kind, "title": title or kind.replace("_", " ")}
    return {**shown, word: value} if word else shown


UNTITLED = ("account_link", "account_unlink", "game_play")
# Meta's type -> the parameter that it needs, and how it is shown.
BUTTONS: dict[str, tuple[str, str]] = {
    "postback": ("payload", "payload"),
    "web_url": ("url", "url"),
    "phone_number": ("payload", "phone"),
    "account_link": ("url", "url"),
    "account_unlink": ("", ""),
    "game_play": ("", ""),
}

QUICK_REPLIES = ("text", "user_phone_number", "user_email")
MOST_QUICK_REPLIES = 13
REPLIES = "Param message[quick_replies]"


def read_quick_replies(message: Json) -> list[Json]:
    """The chips below a message; raises Meta's refusal of those that it does not take."""
    replies = message.get("quick_replies") or []
    if not isinstance(replies, list) or not all(isinstance(reply, dict) for reply in replies):
        raise bad_parameter(f"{REPLIES} must be an array of objects")
    if len(replies) > MOST_QUICK_REPLIES:
        raise bad_parameter(f"{REPLIES} has too many elements; the maximum is {MOST_QUICK_REPLIES}")
    return [read_quick_reply(reply) for reply in replies]


def read_quick_reply(reply: Json) -> Json:
    kind, title = str(reply.get("content_type") or ""), str(reply.get("title") or "")
    if kind not in QUICK_REPLIES:
        raise bad_parameter(f"{REPLIES}[content_type] must be one of {{{', '.join(QUICK_REPLIES)}}}")
    if kind != "text":
        return {"kind": "quick_reply", "title": kind.removeprefix("user_").replace("_", " "), "payload": kind}
    payload = str(reply.get("payload") or "")
    if not title or not payload:
        raise bad_parameter(f"{REPLIES} needs a title and a payload")
    if len(payload) > MOST_PAYLOAD:
        raise bad_parameter(f"{REPLIES}[payload] must have at most {MOST_PAYLOAD} characters")
    # Longer titles are cut, not refused.
    return {"kind": "quick_reply", "title": title[:MOST_BUTTON_TITLE], "payload": payload}


def objects_in(given: Json, name: str) -> list[Json]:
    rows = given.get(name) or []
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise bad_parameter(f"{WHERE}[{name}] must be an array of objects")
    return rows
