"""The interactive messages of WhatsApp: what may be in them, and what the customer can tap."""

from collections.abc import Callable
from typing import Any

from backend.simulator.graph.errors import GraphError, bad_parameter

Json = dict[str, Any]

MOST_BODY = 1024
MOST_HEADER = 60
MOST_FOOTER = 60
HEADERS = ("text", "image", "video", "document")


def invalid(details: str) -> GraphError:
    return GraphError("(#131009) Parameter value is not valid", 131009, details=details)


def missing(name: str) -> GraphError:
    details = f"Parameter '{name}' is missing."
    return GraphError("(#131008) Required parameter is missing", 131008, details=details)


def checked_text(what: str, value: Any, most: int, *, least: int = 1) -> str:
    """The text within its limits."""
    text = value if isinstance(value, str) else ""
    if not least <= len(text) <= most:
        raise invalid(f"{what} length invalid. Min length: {least}, Max length: {most}")
    return text


def all_different(what: str, values: list[str]) -> None:
    if len(set(values)) < len(values):
        raise invalid(f"Duplicated {what} are not allowed.")


def read_frame(given: Json, kind: str) -> Json:
    """What stands around the buttons: header and footer."""
    shown: Json = {}
    if footer := given.get("footer"):
        shown["footer"] = checked_text("Footer text", footer.get("text"), MOST_FOOTER)
    header = given.get("header")
    if not header:
        return shown
    word = str(header.get("type") or "")
    if word not in HEADERS or (kind in ("list", "product_list") and word != "text"):
        raise invalid(f"Header type {word or 'unknown'} is not supported for {kind} messages.")
    if word == "text":
        text = checked_text("Header text", header.get("text"), MOST_HEADER)
        return {**shown, "header": {"type": "text", "text": text}}
    file = header.get(word)
    if not isinstance(file, dict) or not (file.get("link") or file.get("id")):
        raise missing(f"interactive.header.{word}")
    return {**shown, "header": {"type": word, **file}}


def read_buttons(action: Json) -> Json:
    """The reply buttons: one to three, short, each different."""
    replies = [button.get("reply") or {} for button in rows_in(action, "buttons")]
    if not 1 <= len(replies) <= 3:
        raise invalid("Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: 3")
    titles = [checked_text("Button title", reply.get("title"), 20) for reply in replies]
    all_different("button titles", titles)
    all_different("button ids", [checked_text("Button id", reply.get("id"), 256) for reply in replies])
    return {"buttons": [choice(reply, "button_reply") for reply in replies]}


def read_list(action: Json) -> Json:
    """The rows of a list: at most ten over all sections."""
    label = checked_text("Button label", action.get("button"), 20)
    sections = rows_in(action, "sections")
    if not 1 <= len(sections) <= 10:
        raise invalid("Invalid sections count. Min allowed sections: 1, Max allowed sections: 10")
    shown = [read_section(section, alone=len(sections) == 1) for section in sections]
    rows = [row for section in shown for row in section["rows"]]
    if not 1 <= len(rows) <= 10:
        raise invalid("Total row count exceed max allowed count: 10")
    all_different("row ids", [row["payload"] for row in rows])
    return {"buttons": rows, "list": {"button": label, "sections": shown}}


def read_section(section: Json, *, alone: bool) -> Json:
    title = checked_text("Section title", section.get("title") or "", 24, least=0 if alone else 1)
    rows = rows_in(section, "rows")
    for row in rows:
        checked_text("Row title", row.get("title"), 24)
        checked_text("Row id", row.get("id"), 200)
        checked_text("Row description", row.get("description") or "", 72, least=0)
    return {"title": title, "rows": [choice(row, "list_reply") for row in rows]}


def read_link(action: Json) -> Json:
    about = parameters_of(action, "cta_url")
    title = checked_text("Display text", about.get("display_text"), 20)
    url = str(about.get("url") or "")
    if not url.startswith(("http://", "https://")):
        raise invalid("The url of the button must begin with http:// or https://")
    return {"buttons": [{"kind": "web_url", "title": title, "url": url}]}


def read_place(action: Json) -> Json:
    named(action, "send_location")
    return {"buttons": [{"kind": "location", "title": "Send location"}]}


def read_flow(action: Json) -> Json:
    """A form, opened by a button."""
    about = parameters_of(action, "flow")
    if not (about.get("flow_id") or about.get("flow_name")):
        raise missing("interactive.action.parameters.flow_id")
    if str(about.get("flow_message_version") or "") != "3":
        raise invalid("flow_message_version must be 3")
    title = checked_text("Flow CTA", about.get("flow_cta"), 30)
    if not title.isprintable() or any(ord(letter) > 0x1F000 for letter in title):
        raise invalid("Flow CTA must not contain emoji")
    asked = about.get("flow_action_payload") or {}
    form = {
        "title": title,
        "id": str(about.get("flow_id") or about.get("flow_name")),
        "token": str(about.get("flow_token") or ""),
        "screen": str(asked.get("screen") or ""),
        "data": asked.get("data") or {},
    }
    return {"buttons": [{"kind": "flow_reply", "title": title, "payload": form["token"]}], "flow": form}


def parameters_of(action: Json, name: str) -> Json:
    named(action, name)
    about = action.get("parameters")
    if not isinstance(about, dict):
        raise missing("interactive.action.parameters")
    return about


def named(action: Json, name: str) -> None:
    if action.get("name") != name:
        raise invalid(f"The action's name must be {name}")


def rows_in(given: Json, name: str) -> list[Json]:
    rows = given.get(name) or []
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise bad_parameter(f"Param {name} must be an array of objects")
    return rows


def choice(given: Json, kind: str) -> Json:
    """A button or row as the customer can tap it."""
    title = str(given.get("title") or "")
    more = {"description": str(given["description"])} if given.get("description") else {}
    return {"kind": kind, "title": title, "payload": str(given.get("id") or title), **more}


INTERACTIVE: dict[str, Callable[[Json], Json]] = {
    "button": read_buttons,
    "list": read_list,
    "cta_url": read_link,
    "location_request_message": read_place,
    "flow": read_flow,
}
