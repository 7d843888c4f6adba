"""A WhatsApp template with its parameters in place, as strictly as WhatsApp takes them."""

import re
from collections.abc import Callable
from typing import Any

from backend.simulator.graph.errors import GraphError
from backend.simulator.graph.interactive_whatsapp import invalid, missing

Json = dict[str, Any]

PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*\}\}")
UNTIDY = re.compile(r"[\n\t]| {5,}")
MOST_RENDERED = 1024
MEDIA = ("IMAGE", "VIDEO", "DOCUMENT")


def refused(code: int, title: str, details: str, *, status: int = 400) -> GraphError:
    return GraphError(f"(#{code}) {title}", code, status=status, details=details)


def unfit(details: str) -> GraphError:
    return refused(132012, "Parameter format does not match format in the created template", details)


# Status of a template -> what WhatsApp says to whoever sends it.
STOPPED = {
    "PAUSED": (132015, "Template is paused"),
    "DISABLED": (132016, "Template is disabled"),
}


def check_status(template: Json | None, name: str, language: str) -> Json:
    """The template, if it can be sent."""
    status = template["status"] if template else ""
    if status in STOPPED:
        raise refused(*STOPPED[status], f"template name ({name}) was stopped because of its quality")
    if template is None or status != "APPROVED":
        title, details = (
            "Template name does not exist in the translation",
            f"({name}) does not exist in {language}",
        )
        raise refused(132001, title, f"template name {details}", status=404)
    return template


def rendered(template: Json, components: Any) -> Json:
    """What the customer sees: text, header, footer and buttons. Raises WhatsApp's refusal of wrong parameters."""
    if not isinstance(components, list) or not all(isinstance(part, dict) for part in components):
        raise invalid("Param template['components'] must be an array of objects")
    parts = {part["type"]: part for part in template["components"]}
    named = template.get("parameter_format") == "NAMED"
    body = parameters_of(components, "body")
    text = filled("body", str(parts.get("BODY", {}).get("text") or ""), body, named=named)
    if len(text) > MOST_RENDERED:
        raise refused(132005, "Translated text too long", f"The text has {len(text)} characters.")
    shown: Json = {"text": text, "buttons": buttons_of(parts.get("BUTTONS", {}), components)}
    if header := parts.get("HEADER"):
        shown["header"] = header_of(header, parameters_of(components, "header"), named=named)
    if footer := parts.get("FOOTER"):
        shown["footer"] = str(footer.get("text") or "")
    return shown


def parameters_of(components: list[Json], kind: str) -> list[Json]:
    given = [part for part in components if str(part.get("type", "")).lower() == kind]
    values = [value for part in given for value in part.get("parameters") or []]
    if not all(isinstance(value, dict) for value in values):
        raise invalid(f"The parameters of the {kind} must be objects")
    return values


def filled(where: str, text: str, values: list[Json], *, named: bool) -> str:
    """The text with its parameters in place."""
    places = list(dict.fromkeys(PLACEHOLDER.findall(text)))
    if len(values) != len(places):
        counted = f"{where}: number of localizable_params ({len(values)})"
        details = f"{counted} does not match the expected number of params ({len(places)})"
        raise refused(132000, "Number of parameters does not match the expected number of params", details)
    words = [word_of(where, value) for value in values]
    if named:
        names = [str(value.get("parameter_name") or "") for value in values]
        if set(names) != set(places):
            raise unfit(f"{where}: parameter names ({', '.join(names)}) are not those of the template")
        places = names
    meant = dict(zip(places, words, strict=True))
    return PLACEHOLDER.sub(lambda found: meant[found.group(1)], text)


def word_of(where: str, value: Json) -> str:
    """What stands for the placeholder."""
    kind = str(value.get("type") or "text")
    if kind not in WORDS:
        raise unfit(f"{where}: Format mismatch, expected TEXT, received {kind.upper()}")
    word = WORDS[kind](value)
    if not isinstance(word, str) or not word.strip():
        raise missing(f"{where}.parameters.{kind}")
    if UNTIDY.search(word):
        details = "Param text cannot have new-line/tab characters or more than 4 consecutive spaces"
        raise refused(132018, "There is an issue with the parameters of the template", details)
    return word


WORDS: dict[str, Callable[[Json], Any]] = {
    "text": lambda value: value.get("text"),
    "currency": lambda value: (value.get("currency") or {}).get("fallback_value"),
    "date_time": lambda value: (value.get("date_time") or {}).get("fallback_value"),
}


def header_of(header: Json, values: list[Json], *, named: bool) -> Json:
    """The header with what belongs in it: words, a file or a place."""
    wanted = str(header.get("format") or "TEXT").upper()
    if wanted == "TEXT":
        return {"type": "text", "text": filled("header", str(header.get("text") or ""), values, named=named)}
    kind = str(values[0].get("type") or "").lower() if values else "unknown"
    if len(values) != 1 or kind.upper() != wanted:
        raise unfit(f"header: Format mismatch, expected {wanted}, received {kind.upper()}")
    content = values[0].get(kind)
    if not isinstance(content, dict) or (wanted in MEDIA and not (content.get("id") or content.get("link"))):
        raise missing(f"header.parameters.{kind}")
    return {"type": kind, **content}


def buttons_of(part: Json, components: list[Json]) -> list[Json]:
    """The buttons as the customer can tap them."""
    buttons: list[Json] = part.get("buttons") or []
    given: dict[int, Json] = {}
    for one in components:
        if str(one.get("type", "")).lower() != "button":
            continue
        index = str(one.get("index", ""))
        if not index.isdigit() or int(index) >= len(buttons):
            details = f"buttons: there is no button at index {index}"
            raise refused(132018, "There is an issue with the parameters of the template", details)
        given[int(index)] = one
    return [button_of(place, button, given.get(place)) for place, button in enumerate(buttons)]


def button_of(place: int, button: Json, given: Json | None) -> Json:
    kind, title = str(button.get("type") or "").upper(), str(button.get("text") or "")
    values: list[Json] = (given or {}).get("parameters") or []
    said = str((given or {}).get("sub_type") or "").upper()
    if given and said != SUB_TYPES.get(kind, kind):
        raise unfit(f"buttons: Format mismatch at index {place}, expected {kind}, received {said}")
    first = values[0] if values else {}
    needs = kind == "URL" and bool(PLACEHOLDER.search(str(button.get("url") or "")))
    if (needs or kind == "COPY_CODE" or kind == "OTP") and not first:
        details = f"buttons: Button at index {place} of type {kind.title()} requires a parameter"
        raise refused(131008, "Required parameter is missing", details)
    return {"title": title, **BUTTONS.get(kind, plain)(button, first)}


SUB_TYPES = {"OTP": "URL"}  # A one-time password travels as the parameter of a link.


def plain(button: Json, first: Json) -> Json:
    return {"kind": "none"}


def quick_reply(button: Json, first: Json) -> Json:
    return {"kind": "quick_reply", "payload": str(first.get("payload") or button.get("text") or "")}


def link(button: Json, first: Json) -> Json:
    url = str(button.get("url") or "")
    return {"kind": "web_url", "url": PLACEHOLDER.sub(lambda _: str(first.get("text") or ""), url)}


def phone(button: Json, first: Json) -> Json:
    return {"kind": "phone", "phone": str(button.get("phone_number") or "")}


def code(button: Json, first: Json) -> Json:
    return {"kind": "copy", "code": str(first.get("coupon_code") or first.get("text") or "")}


def form(button: Json, first: Json) -> Json:
    token = (first.get("action") or {}).get("flow_token") or ""
    return {"kind": "flow_reply", "payload": str(token)}


BUTTONS: dict[str, Callable[[Json, Json], Json]] = {
    "QUICK_REPLY": quick_reply,
    "URL": link,
    "PHONE_NUMBER": phone,
    "COPY_CODE": code,
    "OTP": code,
    "FLOW": form,
}
