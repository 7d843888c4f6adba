"""What a WhatsApp message may hold."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from backend.simulator.graph.call import Call
from backend.simulator.graph.errors import GraphError, bad_parameter
from backend.simulator.graph.templates import templates_of
from backend.simulator.records import PhoneNumber

Json = dict[str, Any]

MOST_TEXT = 4096
MOST_CAPTION = 1024
MOST_BODY = 1024
PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")


@dataclass(kw_only=True)
class Content:
    """A message that was understood."""

    kind: str
    text: str = ""
    target: str = ""
    detail: Json = field(default_factory=dict)


def invalid(details: str) -> GraphError:
    return GraphError("(#131009) Parameter value is not valid", 131009, details=details)


def body_of(kind: str, body: Any) -> Json:
    if not isinstance(body, dict):
        raise bad_parameter(f"Param {kind} must be a JSON object.")
    return body


def read_text(call: Call, number: PhoneNumber, body: Any) -> Content:
    text = body_of("text", body).get("body")
    if not isinstance(text, str) or not text.strip():
        raise bad_parameter("The parameter text['body'] is required.")
    if len(text) > MOST_TEXT:
        raise bad_parameter(f"Param text['body'] must be at most {MOST_TEXT} characters long.")
    return Content(kind="text", text=text)


def read_media(call: Call, number: PhoneNumber, body: Any, *, kind: str) -> Content:
    given = body_of(kind, body)
    caption = str(given.get("caption") or "")
    if len(caption) > MOST_CAPTION:
        raise bad_parameter(f"Param {kind}['caption'] must be at most {MOST_CAPTION} characters long.")
    if link := str(given.get("link") or ""):
        return Content(kind=kind, text=caption, detail={"url": link, "medium": kind})
    medium = call.sim.media.get(str(given.get("id") or ""))
    if medium is None or medium.account_id != number.id:
        text = f"Param {kind}['id'] is not a valid whatsapp business account media attachment ID"
        raise bad_parameter(text)
    return Content(kind=kind, text=caption, detail={"url": call.sim.media.open_url(medium), "medium": kind})


def read_location(call: Call, number: PhoneNumber, body: Any) -> Content:
    place = body_of("location", body)
    if "latitude" not in place or "longitude" not in place:
        raise bad_parameter("The parameters location['latitude'] and location['longitude'] are required.")
    detail = {"lat": place["latitude"], "long": place["longitude"]}
    return Content(kind="location", text=str(place.get("name") or ""), detail=detail)


def read_contacts(call: Call, number: PhoneNumber, body: Any) -> Content:
    if not isinstance(body, list) or not body or not all(isinstance(card, dict) for card in body):
        raise bad_parameter("Param contacts must be an array with at least 1 element(s).")
    names = [str((card.get("name") or {}).get("formatted_name") or "") for card in body]
    if not all(names):
        raise bad_parameter("The parameter contacts[0]['name']['formatted_name'] is required.")
    return Content(kind="contacts", text=", ".join(names))


def read_reaction(call: Call, number: PhoneNumber, body: Any) -> Content:
    given = body_of("reaction", body)
    target = call.sim.world.messages.get(str(given.get("message_id") or ""))
    if target is None or target.account_id != number.id:
        raise invalid("The message to react to is not known.")
    emoji = str(given.get("emoji") or "")
    return Content(kind="reaction" if emoji else "unreact", text=emoji, target=target.id)


def read_interactive(call: Call, number: PhoneNumber, body: Any) -> Content:
    given = body_of("interactive", body)
    kind, action = str(given.get("type") or ""), given.get("action") or {}
    check = INTERACTIVE.get(kind)
    if check is None or not isinstance(action, dict):
        raise bad_parameter(f"Param interactive['type'] must be one of {{{', '.join(INTERACTIVE)}}}")
    text = str((given.get("body") or {}).get("text") or "")
    if not text:
        raise bad_parameter("The parameter interactive['body'] is required.")
    if len(text) > MOST_BODY:
        raise invalid(f"Body text length invalid. Min length: 1, Max length: {MOST_BODY}")
    return Content(kind="interactive", text=text, detail={"buttons": check(action)})


def check_buttons(action: Json) -> list[Json]:
    """The reply buttons: one to three, short, each different."""
    replies = [button.get("reply") or {} for button in action.get("buttons") or []]
    titles = [str(reply.get("title") or "") for reply in replies]
    if not 1 <= len(titles) <= 3:
        raise invalid("Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: 3")
    if any(not 1 <= len(title) <= 20 for title in titles):
        raise invalid("Button title length invalid. Min length: 1, Max length: 20")
    if len(set(titles)) < len(titles):
        raise invalid("Duplicate button titles are not allowed.")
    return [choice(reply, "button_reply") for reply in replies]


def check_list(action: Json) -> list[Json]:
    """The rows of a list: at most ten over all sections."""
    rows = [row for section in action.get("sections") or [] for row in section.get("rows") or []]
    titles = [str(row.get("title") or "") for row in rows]
    if not 1 <= len(str(action.get("button") or "")) <= 20:
        raise invalid("Button label length invalid. Min length: 1, Max length: 20")
    if not 1 <= len(titles) <= 10:
        raise invalid("Total row count exceed max allowed count: 10")
    if any(not 1 <= len(title) <= 24 for title in titles):
        raise invalid("Row title is too long. Max length: 24")
    return [choice(row, "list_reply") for row in rows]


def check_nothing(action: Json) -> list[Json]:
    return []


def choice(given: Json, kind: str) -> Json:
    """A button or row as the customer can tap it."""
    title = str(given.get("title") or "")
    return {"kind": kind, "title": title, "payload": str(given.get("id") or title)}


INTERACTIVE: dict[str, Callable[[Json], list[Json]]] = {
    "button": check_buttons,
    "list": check_list,
    "cta_url": check_nothing,
    "location_request_message": check_nothing,
    "flow": check_nothing,
}


def read_template(call: Call, number: PhoneNumber, body: Any) -> Content:
    given = body_of("template", body)
    name, language = (str(given.get("name") or ""), str((given.get("language") or {}).get("code") or ""))
    known = templates_of(call.sim.world, number.business_account_id)
    template = next((one for one in known if (one["name"], one["language"]) == (name, language)), None)
    if template is None or template["status"] != "APPROVED":
        details = f"template name ({name}) does not exist in {language}"
        raise GraphError(
            "(#132001) Template name does not exist in the translation", 132001, status=404, details=details
        )
    text = next(str(part.get("text") or "") for part in template["components"] if part["type"] == "BODY")
    return Content(kind="template", text=filled(text, given.get("components") or []))


def filled(text: str, components: list[Json]) -> str:
    """The template with its parameters in place; raises when their count does not fit."""
    bodies = [part for part in components if str(part.get("type", "")).lower() == "body"]
    given = [value for part in bodies for value in part.get("parameters") or []]
    values = [str(value.get("text") or "") for value in given]
    places = list(dict.fromkeys(PLACEHOLDER.findall(text)))
    if len(values) != len(places):
        counted = f"body: number of localizable_params ({len(values)})"
        details = f"{counted} does not match the expected number of params ({len(places)})"
        raise GraphError("(#132000) Number of parameters does not match", 132000, details=details)
    named = {str(value.get("parameter_name") or ""): str(value.get("text") or "") for value in given}
    for place, value in zip(places, values, strict=True):
        text = text.replace(f"{{{{{place}}}}}", named.get(place, value))
    return text


READERS: dict[str, Callable[[Call, PhoneNumber, Any], Content]] = {
    "text": read_text,
    **{kind: partial(read_media, kind=kind) for kind in ("image", "video", "audio", "document", "sticker")},
    "location": read_location,
    "contacts": read_contacts,
    "reaction": read_reaction,
    "interactive": read_interactive,
    "template": read_template,
}
