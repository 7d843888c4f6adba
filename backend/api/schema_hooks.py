"""What is added to the schema, and shared in it, once the views have described themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from backend.api.codes import ErrorCode
from backend.api.failures import Failure
from backend.lib.json_types import JSONObject
from backend.platforms.registry import PLATFORMS

TAG = "Webhooks"
HEADERS = {
    "X-Request-Id": {"schema": {"type": "string"}, "description": "Names it in our logs."},
    "Retry-After": {"schema": {"type": "integer"}, "description": "Seconds to wait."},
}
HANDSHAKE = {
    "hub.mode": "`subscribe`.",
    "hub.verify_token": "The app's verify token, or the integration's own webhook secret.",
    "hub.challenge": "Comes back as it is.",
}
DELIVERY = {
    "object": "instagram",
    "entry": [{"id": "17841405793187218", "time": 1750329067, "messaging": []}],
}

WRONG_TOKEN = Failure(
    code=ErrorCode.VERIFY_TOKEN_INVALID, message="The verify token is not the one of this webhook."
)
UNSIGNED = Failure(code=ErrorCode.SIGNATURE_INVALID, message="The signature is missing or wrong.")
UNKNOWN = Failure(code=ErrorCode.NOT_FOUND, message="There is no webhook at this address.")
TOO_SLOW = Failure(code=ErrorCode.REQUEST_TIMEOUT, message="The body did not arrive in time.")
TOO_LARGE = Failure(code=ErrorCode.TOO_LARGE, message="A delivery has at most 3 MiB.")
NOT_STORED = Failure(code=ErrorCode.SERVICE_UNAVAILABLE, message="The delivery could not be stored.")


# --- the platforms' own way in ---


def add_webhook_doors(result: JSONObject, generator: Any, **_rest: Any) -> JSONObject:
    """The webhook doors stand in front of the views, so that no view describes them."""
    own = [
        _parameter(
            "platform", "path", {"type": "string", "enum": [info.slug for info in PLATFORMS.values()]}
        ),
        _parameter("integrationId", "path", {"type": "string", "format": "uuid"}),
    ]
    result["paths"]["/api/webhooks/meta"] = {"get": _handshake("App", []), "post": _delivery("App", [])}
    result["paths"]["/api/webhooks/{platform}/{integrationId}"] = {
        "get": _handshake("Integration", own),
        "post": _delivery("Integration", own),
    }
    return result


def _handshake(name: str, path: list[JSONObject]) -> JSONObject:
    words = [_parameter(word, "query", {"type": "string"}, text) for word, text in HANDSHAKE.items()]
    return {
        "operationId": f"verify{name}Webhook",
        "summary": "The handshake of a webhook",
        "description": "The platform asks once, when the webhook is set.",
        "tags": [TAG],
        "parameters": [*path, *words],
        "responses": {
            "200": _said("1158201444"),
            "403": _refused(WRONG_TOKEN),
            **({"404": _refused(UNKNOWN)} if path else {}),
            "503": _refused(NOT_STORED),
        },
    }


def _delivery(name: str, path: list[JSONObject]) -> JSONObject:
    signature = _parameter(
        "X-Hub-Signature-256", "header", {"type": "string"}, "`sha256=` and the HMAC of the raw bytes."
    )
    body = {"schema": {}, "examples": {"Delivery": {"value": DELIVERY}}}
    return {
        "operationId": f"receive{name}Webhook",
        "summary": "A delivery of the platform",
        "description": "Signed with an app secret; 200 means that it is stored.",
        "tags": [TAG],
        "parameters": [*path, signature],
        "requestBody": {"required": True, "content": {"application/json": body}},
        "responses": {
            "200": _said("EVENT_RECEIVED"),
            "403": _refused(UNSIGNED),
            **({"404": _refused(UNKNOWN)} if path else {}),
            "408": _refused(TOO_SLOW),
            "413": _refused(TOO_LARGE),
            "503": _refused(NOT_STORED),
        },
    }


def _parameter(name: str, place: str, schema: JSONObject, description: str = "") -> JSONObject:
    about = {"description": description} if description else {}
    return {"in": place, "name": name, "schema": schema, "required": place == "path", **about}


def _said(text: str) -> JSONObject:
    content = {"schema": {"type": "string"}, "examples": {"Text": {"value": text}}}
    return {"description": "It is well.", "headers": _headers(200), "content": {"text/plain": content}}


def _refused(failure: Failure) -> JSONObject:
    content = {
        "schema": {"$ref": "#/components/schemas/Error"},
        "examples": {str(failure.code): {"value": failure.envelope()}},
    }
    return {
        "description": f"`{failure.code}`",
        "headers": _headers(failure.code.status),
        "content": {"application/json": content},
    }


def _headers(status: int) -> JSONObject:
    return {name: header for name, header in HEADERS.items() if name == "X-Request-Id" or status == 503}


# --- what is said more than once ---


def share_repeated_parts(result: JSONObject, generator: Any, **_rest: Any) -> JSONObject:
    """Headers and examples stand once under `components`; whoever shows them points there."""
    shared: dict[str, JSONObject] = {"headers": {}, "examples": {}}
    for place, kind in _containers(result["paths"]):
        for name, part in place.items():
            if shared[kind].setdefault(name, part) == part:
                place[name] = {"$ref": f"#/components/{kind}/{name}"}
    for kind, parts in shared.items():
        result["components"][kind] = dict(sorted(parts.items()))
    return result


def _containers(value: Any) -> Iterator[tuple[JSONObject, str]]:
    """Every `headers` and `examples` of the operations."""
    if not isinstance(value, dict):
        return
    for name, part in value.items():
        if name in ("headers", "examples") and isinstance(part, dict):
            yield part, name
        else:
            yield from _containers(part)
