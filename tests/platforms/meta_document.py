"""
Meta's own OpenAPI document of WhatsApp, made fit to validate with.

Its defects are listed here, and nothing else of it is softened: what Meta's own examples in the document break, or
what Meta's pages show and the document does not know.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from backend.lib.json_types import JSONObject

DOCUMENT = Path("/work/shared/meta/business-messaging-api_v23.0.yaml")
needed = pytest.mark.skipif(not DOCUMENT.exists(), reason="Meta's OpenAPI document is not on this machine")

# Type of a message -> the schema of what is sent.
SCHEMAS = {
    "text": "TextMessage",
    "audio": "AudioMessage",
    "document": "DocumentMessage",
    "image": "ImageMessage",
    "location": "LocationMessage",
    "video": "VideoMessage",
    "sticker": "StickerMessage",
    "reaction": "ReactionMessage",
    "interactive": "InteractiveMessage",
    "template": "TemplateMessage",
    "contacts": "ContactsMessage",
}
# What every message may have besides: of Meta's pages.
ALSO = ("biz_opaque_callback_data", "recipient")
# Words that the document does not know.
NEWER_INTERACTIVE = ["cta_url", "location_request_message"]
NEWER_BUTTONS = ["flow", "copy_code"]


@cache
def document() -> JSONObject:
    """The document without its defects."""
    read: JSONObject = yaml.load(DOCUMENT.read_bytes(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    schemas = read["components"]["schemas"]
    # Coordinates are numbers in the document's own examples.
    place = schemas["LocationMessage"]["allOf"][1]["properties"]["location"]["properties"]
    place["latitude"]["type"] = place["longitude"]["type"] = "number"
    schemas["InteractiveObject"]["properties"]["type"]["enum"] += NEWER_INTERACTIVE
    schemas["ActionObject"]["oneOf"] += [
        {
            "required": ["name", "parameters"],
            "properties": {
                "name": {"const": "cta_url"},
                "parameters": {"required": ["display_text", "url"], "additionalProperties": False}
                | {"properties": {"display_text": {"maxLength": 20}, "url": {"type": "string"}}},
            },
        },
        {"required": ["name"], "properties": {"name": {"const": "send_location"}}},
    ]
    component = schemas["TemplateComponent"]["properties"]
    # The pattern refuses the index of the document's own examples.
    component["index"]["pattern"] = r"^[0-9]$"
    component["type"]["enum"] += ["carousel", "limited_time_offer"]
    component["sub_type"]["enum"] += NEWER_BUTTONS
    return {"components": {"schemas": {name: _whole(schemas, schemas[name]) for name in schemas}}}


def _whole(schemas: JSONObject, schema: JSONObject) -> JSONObject:
    """`allOf` with a closed part refuses all that the other part holds: the parts are one."""
    if "allOf" not in schema or not any(
        part.get("additionalProperties") is False for part in schema["allOf"]
    ):
        return schema
    parts = [schemas[part["$ref"].rpartition("/")[2]] if "$ref" in part else part for part in schema["allOf"]]
    known = {name: content for part in parts for name, content in part.get("properties", {}).items()}
    needed_words = {name for part in parts for name in part.get("required", ())}
    extra: JSONObject = {name: {"type": "string"} for name in ALSO}
    return {"type": "object", "properties": known | extra, "required": sorted(needed_words)} | {
        "additionalProperties": False
    }


def check(body: Any) -> None:
    """Raises what Meta's document says against the request."""
    assert ("to" in body) != ("recipient" in body)
    named = dict(body) if "to" in body else body | {"to": "+16505551234"}  # It knows no user ids.
    schema = document() | {"$ref": f"#/components/schemas/{SCHEMAS[named['type']]}"}
    jsonschema.Draft202012Validator(schema).validate(named)
