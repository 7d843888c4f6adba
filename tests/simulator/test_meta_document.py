"""What the simulator says for WhatsApp, held against Meta's own OpenAPI document."""

from __future__ import annotations

import os
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from backend.simulator.kinds.perform import KINDS
from tests.simulator.conftest import Callback, Shop

SHARED = Path(os.environ.get("SHARED_DIR", "/work/shared"))
DOCUMENT = SHARED / "meta" / "business-messaging-api_v23.0.yaml"
pytestmark = pytest.mark.skipif(not DOCUMENT.exists(), reason=f"Meta's document is not at {DOCUMENT}")

# Webhook fields that the document describes; of the others it only knows that they exist.
DESCRIBED = {"messages", "group_lifecycle_update", "group_settings_update", "group_participants_update"}
# Kinds of messages that Meta describes on pages newer than the document.
NEWER = ["edit", "revoke", "ephemeral", "hologram"]

Json = dict[str, Any]


def mended(schemas: Json) -> Json:
    """The schemas without the defects that their own examples, and Meta's newer pages, show."""
    # Webhooks borrow the shapes of requests, which have a recipient but neither an id nor a time.
    schemas["BaseMessageProperties"] = {
        "type": "object",
        "required": ["id", "timestamp", "type"],
        "properties": {
            **{name: {"type": "string"} for name in ("id", "from", "from_user_id", "type")},
            "timestamp": {"type": "string", "pattern": "^[0-9]{10}$"},
            "context": {
                "type": "object",
                "properties": {"id": {"type": "string"}, "from": {"type": "string"}},
            },
        },
    }
    del schemas["ErrorObject"]["required"]  # Asks for a `type` that no webhook has.
    place = schemas["LocationMessage"]["allOf"][1]["properties"]["location"]["properties"]
    place |= {name: {"type": "number"} for name in ("latitude", "longitude")}
    # A sticker comes as any other file does, and never with a link.
    schemas["StickerMessage"]["allOf"][1]["properties"]["sticker"] = {
        "$ref": "#/components/schemas/MediaObject"
    }
    schemas["PhoneObject"]["properties"]["type"]["enum"] += ["MOBILE"]
    answer = schemas["InteractiveMessageReply"]["allOf"][1]["properties"]["interactive"]
    answer["properties"]["type"]["enum"] += ["nfm_reply", "call_permission_reply"]
    schemas["Statuses"]["properties"]["status"]["enum"] += ["played"]
    schemas["Groups"]["properties"]["timestamp"] = {"type": "string"}
    schemas["Change"]["properties"]["field"]["enum"] += ["group_participants_update"]
    system = schemas["SystemMessage"]["allOf"][1]["properties"]["system"]["properties"]["type"]
    system["enum"] += ["customer_identity_changed", "user_changed_user_id"]
    newer = {"allOf": [{"$ref": "#/components/schemas/BaseMessageProperties"}]}
    schemas["NewerMessage"] = {**newer, "properties": {"type": {"enum": NEWER}}}
    schemas["IncomingMessage"]["oneOf"] += [{"$ref": "#/components/schemas/NewerMessage"}]
    errors = {"type": "array", "items": {"$ref": "#/components/schemas/StatusError"}}
    schemas["ErrorsValue"] = {
        "type": "object",
        "required": ["metadata", "errors"],
        "properties": {"errors": errors},
    }
    schemas["Change"]["properties"]["value"]["oneOf"] += [{"$ref": "#/components/schemas/ErrorsValue"}]
    return {name: opened(schema) for name, schema in schemas.items()}


def opened(schema: Any) -> Any:
    """The schema without `additionalProperties: false`, which beside `allOf` forbids the shared properties."""
    if isinstance(schema, dict):
        return {
            name: opened(part)
            for name, part in schema.items()
            if (name, part) != ("additionalProperties", False)
        }
    return [opened(part) for part in schema] if isinstance(schema, list) else schema


@pytest.fixture(scope="module")
def document() -> Json:
    loaded: Json = yaml.load(DOCUMENT.read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return loaded


@pytest.fixture(scope="module")
def validator(document: Json) -> Draft202012Validator:
    schemas = mended(deepcopy(document["components"]["schemas"]))
    return Draft202012Validator(
        {"$ref": "#/components/schemas/WebhookPayload", "components": {"schemas": schemas}}
    )


def test_the_examples_of_the_document_fit_its_mended_schemas(
    document: Json, validator: Draft202012Validator
) -> None:
    content = document["paths"]["/whatsapp/webhooks"]["post"]["requestBody"]["content"]["application/json"]
    assert len(content["examples"]) >= 14
    for name, example in content["examples"].items():
        if name == "Group Remove Participants":
            continue  # Its wrong type and its numbers where strings belong are the example's own.
        assert faults(validator, numbers_told(example["value"])) == [], name


def numbers_told(body: Json) -> Json:
    """The example with the participants' numbers as strings, which YAML read as numbers."""
    for change in body["entry"][0]["changes"]:
        for group in change["value"].get("groups", ()):
            for person in group.get("added_participants", ()):
                person |= {name: str(value) for name, value in person.items()}
    return body


@pytest.mark.parametrize(
    "broken",
    [
        {"type": "text", "text": {"body": 4}},
        {"type": "image", "image": {"mime_type": "image/png"}},
        {"type": "order", "order": {"catalog_id": "1", "product_items": []}},
        {"type": "poem", "poem": {}},
        {"type": "text", "text": {"body": "no time"}, "timestamp": None},
    ],
)
def test_what_is_broken_does_not_fit(validator: Draft202012Validator, broken: Json) -> None:
    message = {"id": "wamid.1", "from": "1", "timestamp": "1749416383", **broken}
    value = {
        "metadata": {"display_phone_number": "1", "phone_number_id": "1"},
        "contacts": [],
        "messages": [message],
    }
    body = {
        "object": "whatsapp_business_account",
        "entry": [
            {
                "id": "1",
                "changes": [{"field": "messages", "value": {"messaging_product": "whatsapp", **value}}],
            }
        ],
    }
    assert faults(validator, body)


def test_every_kind_fits_the_document(
    shop: Shop, callback: Callback, validator: Draft202012Validator
) -> None:
    for kind in KINDS["WHATSAPP"]:
        shop.hear("WHATSAPP")
        shop.send("WHATSAPP", "yes?")
        assert "error" not in shop.hear("WHATSAPP", kind)
    shop.hear("WHATSAPP", hidePhone=True)
    shop.meta.delivered()
    seen = set()
    for body in callback.bodies():
        assert set(body) == {"object", "entry"}
        fields = {change["field"] for entry in body["entry"] for change in entry["changes"]}
        seen |= fields
        if fields <= DESCRIBED:
            assert faults(validator, body) == [], body
    assert seen >= DESCRIBED | {"smb_message_echoes", "calls", "user_preferences"}


def faults(validator: Draft202012Validator, body: Json) -> list[str]:
    return [f"{fault.json_path}: {fault.message[:300]}" for fault in validator.iter_errors(body)]
