"""A template with its values, as WhatsApp takes it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from backend.lib.json_types import JSONObject
from backend.platforms.port import OutboundMedia

Media = Mapping[str, OutboundMedia]

# What goes into a button tells which kind of button it is. One-time passwords are links at WhatsApp.
BUTTON_OF = {
    "TEXT": "url",
    "PAYLOAD": "quick_reply",
    "ACTION": "flow",
    "COUPON_CODE": "copy_code",
    "PRODUCT": "catalog",
}


def compose_template(content: JSONObject, media: Media) -> JSONObject:
    """WhatsApp's `template` of a neutral one; `media` holds the files it names."""
    components = [_component(one, media) for one in content.get("components", ())]
    return {
        "name": content["name"],
        "language": {"policy": "deterministic", "code": content["language"]},
        **({"components": components} if components else {}),
    }


def _component(given: JSONObject, media: Media) -> JSONObject:
    kind = given["type"].lower()
    if kind == "carousel":
        return {"type": kind, "cards": [_card(*each, media) for each in enumerate(given["cards"])]}
    parameters = [_parameter(one, media) for one in given.get("parameters", ())]
    if kind != "button":
        return {"type": kind, "parameters": parameters}
    sub_type = BUTTON_OF[given["parameters"][0]["type"]]
    return {"type": kind, "sub_type": sub_type, "index": str(given["index"]), "parameters": parameters}


def _card(index: int, given: JSONObject, media: Media) -> JSONObject:
    return {"card_index": index, "components": [_component(one, media) for one in given["components"]]}


def _parameter(given: JSONObject, media: Media) -> JSONObject:
    named = {"parameter_name": given["name"]} if given.get("name") else {}
    return {**named, **PARAMETERS[given["type"]](given, media)}


def _text(given: JSONObject, media: Media) -> JSONObject:
    return {"type": "text", "text": given["text"]}


def _currency(given: JSONObject, media: Media) -> JSONObject:
    money = {"fallback_value": given["fallback"], "code": given["code"], "amount_1000": given["amount1000"]}
    return {"type": "currency", "currency": money}


def _date_time(given: JSONObject, media: Media) -> JSONObject:
    return {"type": "date_time", "date_time": {"fallback_value": given["fallback"]}}


def _file(given: JSONObject, media: Media) -> JSONObject:
    kind = given["type"].lower()
    held = media[given["mediaId"]] if given.get("mediaId") else None
    where = {"id": held.external_id} if held else {"link": given["url"]}
    name = (given.get("filename") or (held.name if held else "")) if kind == "document" else ""
    return {"type": kind, kind: {**where, **({"filename": name} if name else {})}}


def _location(given: JSONObject, media: Media) -> JSONObject:
    return {"type": "location", "location": given["location"]}


def _payload(given: JSONObject, media: Media) -> JSONObject:
    return {"type": "payload", "payload": given["payload"]}


def _action(given: JSONObject, media: Media) -> JSONObject:
    action: JSONObject = {"flow_token": given["flowToken"]} if given.get("flowToken") else {}
    if given.get("data"):
        action["flow_action_data"] = given["data"]
    return {"type": "action", "action": action}


def _coupon(given: JSONObject, media: Media) -> JSONObject:
    return {"type": "coupon_code", "coupon_code": given["code"]}


def _product(given: JSONObject, media: Media) -> JSONObject:
    return {"type": "action", "action": {"thumbnail_product_retailer_id": given["retailerId"]}}


def _expiration(given: JSONObject, media: Media) -> JSONObject:
    ends_at = datetime.fromisoformat(given["at"])
    offer = {"expiration_time_ms": round(ends_at.timestamp() * 1000)}
    return {"type": "limited_time_offer", "limited_time_offer": offer}


PARAMETERS: dict[str, Callable[[JSONObject, Media], JSONObject]] = {
    "TEXT": _text,
    "CURRENCY": _currency,
    "DATE_TIME": _date_time,
    "IMAGE": _file,
    "VIDEO": _file,
    "DOCUMENT": _file,
    "LOCATION": _location,
    "PAYLOAD": _payload,
    "ACTION": _action,
    "COUPON_CODE": _coupon,
    "PRODUCT": _product,
    "EXPIRATION": _expiration,
}
