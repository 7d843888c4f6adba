"""What a WhatsApp message may hold."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from backend.simulator.graph.call import Call
from backend.simulator.graph.carousel_whatsapp import as_shown, carousel
from backend.simulator.graph.errors import bad_parameter
from backend.simulator.graph.interactive_whatsapp import (
    INTERACTIVE,
    MOST_BODY,
    checked_text,
    invalid,
    read_frame,
)
from backend.simulator.graph.media_whatsapp import fault_of, is_alive
from backend.simulator.graph.offer_whatsapp import offer
from backend.simulator.graph.template_whatsapp import check_status, rendered
from backend.simulator.graph.templates import templates_of
from backend.simulator.records import PhoneNumber

Json = dict[str, Any]

MOST_TEXT = 4096
MOST_CAPTION = 1024
MOST_CONTACTS = 257
CAPTIONED = ("image", "video", "document")


@dataclass(kw_only=True)
class Content:
    """A message that was understood."""

    kind: str
    text: str = ""
    target: str = ""
    detail: Json = field(default_factory=dict)


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
    preview = body.get("preview_url") is True
    return Content(kind="text", text=text, detail={"preview": True} if preview else {})


def read_media(call: Call, number: PhoneNumber, body: Any, *, kind: str) -> Content:
    given = body_of(kind, body)
    caption = str(given.get("caption") or "")
    if caption and kind not in CAPTIONED:
        raise bad_parameter(f"Param {kind}['caption'] is not supported.")
    if len(caption) > MOST_CAPTION:
        raise bad_parameter(f"Param {kind}['caption'] must be at most {MOST_CAPTION} characters long.")
    shown = read_file(call, number, kind, given)
    if kind == "document" and given.get("filename"):
        shown["name"] = str(given["filename"])
    if kind == "audio" and given.get("voice") is True:
        shown["medium"] = "voice"
    return Content(kind=kind, text=caption, detail=shown)


def read_file(call: Call, number: PhoneNumber, kind: str, given: Json) -> Json:
    """The file that is named by its id or its address; what is wrong with it shows later."""
    link = str(given.get("link") or "")
    if link and given.get("id"):
        raise bad_parameter(f"Param {kind} must have either 'id' or 'link', not both.")
    if link:
        if not link.startswith(("http://", "https://")):
            raise bad_parameter(f"Param {kind}['link'] is not a valid URL.")
        return {"url": link, "medium": kind}
    sim = call.sim
    medium = sim.media.get(str(given.get("id") or ""))
    if medium is None or medium.account_id != number.id or not is_alive(medium, sim.clock.now()):
        text = f"Param {kind}['id'] is not a valid whatsapp business account media attachment ID"
        raise bad_parameter(text)
    fault = fault_of(kind, medium, sim.media.content(medium), voice=given.get("voice") is True)
    failed = {"failure": {"code": 131053, "details": fault}} if fault else {}
    return {**sim.media.shown(medium, kind), **failed}


def read_location(call: Call, number: PhoneNumber, body: Any) -> Content:
    place = body_of("location", body)
    if "latitude" not in place or "longitude" not in place:
        raise bad_parameter("The parameters location['latitude'] and location['longitude'] are required.")
    try:
        where = {"lat": float(place["latitude"]), "long": float(place["longitude"])}
    except (TypeError, ValueError) as error:
        raise bad_parameter("Param location['latitude'] must be a number.") from error
    if abs(where["lat"]) > 90 or abs(where["long"]) > 180:
        raise invalid("Latitude is at most 90, longitude at most 180 degrees.")
    if place.get("address") and not place.get("name"):
        raise bad_parameter("Param location['address'] needs location['name'].")
    more = {"address": str(place["address"])} if place.get("address") else {}
    return Content(kind="location", text=str(place.get("name") or ""), detail={**where, **more})


def read_contacts(call: Call, number: PhoneNumber, body: Any) -> Content:
    if not isinstance(body, list) or not body or not all(isinstance(card, dict) for card in body):
        raise bad_parameter("Param contacts must be an array with at least 1 element(s).")
    cards = [read_card(card) for card in body]
    if len(cards) > MOST_CONTACTS:
        raise bad_parameter(f"Param contacts must be an array with at most {MOST_CONTACTS} element(s).")
    return Content(
        kind="contacts", text=", ".join(card["name"] for card in cards), detail={"contacts": cards}
    )


def read_card(card: Json) -> Json:
    name = card.get("name") or {}
    if not isinstance(name, dict) or not name.get("formatted_name"):
        raise bad_parameter("The parameter contacts[0]['name']['formatted_name'] is required.")
    if len(name) < 2:
        raise bad_parameter("Param contacts[0]['name'] needs one more part than formatted_name.")
    shown = {
        "name": str(name["formatted_name"]),
        "phones": [str(one.get("phone") or "") for one in card.get("phones") or []],
        "emails": [str(one.get("email") or "") for one in card.get("emails") or []],
        "company": str((card.get("org") or {}).get("company") or ""),
    }
    return {key: value for key, value in shown.items() if value}


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
    reader = INTERACTIVE.get(kind)
    if reader is None or not isinstance(action, dict):
        raise bad_parameter(f"Param interactive['type'] must be one of {{{', '.join(INTERACTIVE)}}}")
    text = (given.get("body") or {}).get("text")
    if not text:
        raise bad_parameter("The parameter interactive['body'] is required.")
    checked_text("Body text", text, MOST_BODY)
    shown = {"interactive": kind, **read_frame(given, kind), **reader(action)}
    return Content(kind="interactive", text=text, detail=with_file(call, number, shown))


def with_file(call: Call, number: PhoneNumber, shown: Json) -> Json:
    """The same with the header's file as the customer sees it."""
    header = shown.get("header") or {}
    word = header.get("type")
    if word not in ("image", "video", "document"):
        return shown
    file = read_file(call, number, word, header)
    name = {"name": str(header["filename"])} if header.get("filename") else {}
    failed = {"failure": file.pop("failure")} if "failure" in file else {}
    return {**shown, **failed, "header": {"type": word, **file, **name}}


def read_template(call: Call, number: PhoneNumber, body: Any) -> Content:
    given = body_of("template", body)
    name, language = (str(given.get("name") or ""), str((given.get("language") or {}).get("code") or ""))
    known = templates_of(call.sim.world, number.business_account_id)
    found = next((one for one in known if (one["name"], one["language"]) == (name, language)), None)
    template = check_status(found, name, language)
    components = given.get("components") or []
    shown = rendered(template, components)
    text = shown.pop("text")
    about = {"template": name, "category": template["category"], **offer(template, components)}
    if cards := carousel(template, components):
        about["cards"] = [as_shown(with_file(call, number, card)) for card in cards]
    return Content(kind="template", text=text, detail={**about, **with_file(call, number, shown)})


READERS: dict[str, Callable[[Call, PhoneNumber, Any], Content]] = {
    "text": read_text,
    **{kind: partial(read_media, kind=kind) for kind in ("image", "video", "audio", "document", "sticker")},
    "location": read_location,
    "contacts": read_contacts,
    "reaction": read_reaction,
    "interactive": read_interactive,
    "template": read_template,
}
