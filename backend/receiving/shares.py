"""How an item of a delivery is shown to the business that it belongs to."""

from __future__ import annotations

import re

from backend.lib.json_types import JSON, JSONObject
from backend.lib.storable import storable
from backend.platforms.port import AnyNotice, Unrecognised


def describe(notice: AnyNotice, error: str) -> JSONObject:
    """One item for `GET /api/webhook-events`; what we do not understand is shown as it came."""
    unread = isinstance(notice, Unrecognised)
    shown = {
        "kind": _snake(type(notice).__name__),
        "word": notice.word or notice.kind if isinstance(notice, Unrecognised) else "",
        "external_id": getattr(notice, "external_id", ""),
        "detail": notice.detail if isinstance(notice, Unrecognised) else "",
        "error": error,
        "payload": _shown(notice.raw) if unread or error else None,
    }
    result: JSONObject = storable(shown)
    return result


def _shown(raw: JSON) -> JSON:
    return raw if raw is None or isinstance(raw, dict) else {"value": raw}


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
