"""What can be tapped, as WhatsApp takes it. Pure."""

from __future__ import annotations

from collections.abc import Callable

from backend.lib.json_types import JSONObject
from backend.platforms.port import InteractiveType

FLOW_VERSION = "3"


def compose_interactive(content: JSONObject) -> JSONObject:
    """WhatsApp's `interactive` of something neutral."""
    kind, action = COMPOSERS[InteractiveType(content["type"])]
    header = {"header": {"type": "text", "text": content["header"]}} if content.get("header") else {}
    footer = {"footer": {"text": content["footer"]}} if content.get("footer") else {}
    return {"type": kind, **header, "body": {"text": content["text"]}, **footer, "action": action(content)}


def _replies(content: JSONObject) -> JSONObject:
    given = content.get("buttons") or content.get("replies") or []
    buttons = [{"type": "reply", "reply": {"id": one["id"], "title": one["title"]}} for one in given]
    return {"buttons": buttons}


def _list(content: JSONObject) -> JSONObject:
    return {"button": content["label"], "sections": [_section(one) for one in content["sections"]]}


def _section(given: JSONObject) -> JSONObject:
    title = {"title": given["title"]} if given.get("title") else {}
    return {**title, "rows": [_row(row) for row in given["rows"]]}


def _row(given: JSONObject) -> JSONObject:
    description = {"description": given["description"]} if given.get("description") else {}
    return {"id": given["id"], "title": given["title"], **description}


def _link(content: JSONObject) -> JSONObject:
    return {"name": "cta_url", "parameters": {"display_text": content["label"], "url": content["url"]}}


def _flow(content: JSONObject) -> JSONObject:
    given: JSONObject = {
        "flow_message_version": FLOW_VERSION,
        "flow_id": content["flowId"],
        "flow_cta": content["label"],
        "mode": "draft" if content.get("draft") else "published",
    }
    if content.get("flowToken"):
        given["flow_token"] = content["flowToken"]
    if content.get("screen"):
        data = {"data": content["data"]} if content.get("data") else {}
        opening = {"screen": content["screen"], **data}
        given |= {"flow_action": "navigate", "flow_action_payload": opening}
    return {"name": "flow", "parameters": given}


def _location(content: JSONObject) -> JSONObject:
    return {"name": "send_location"}


COMPOSERS: dict[InteractiveType, tuple[str, Callable[[JSONObject], JSONObject]]] = {
    # ours -> WhatsApp's word, and what can be done
    InteractiveType.QUICK_REPLIES: ("button", _replies),
    InteractiveType.BUTTONS: ("button", _replies),
    InteractiveType.LIST: ("list", _list),
    InteractiveType.LINK: ("cta_url", _link),
    InteractiveType.FLOW: ("flow", _flow),
    InteractiveType.LOCATION_REQUEST: ("location_request_message", _location),
}
