"""How an item of a delivery is shown to the business that it belongs to."""

from __future__ import annotations

import re
from functools import cache

from backend.lib.json_types import JSON, JSONObject
from backend.lib.storable import storable, storable_text
from backend.platforms.port import AnyNotice, Unrecognised


def describe(notice: AnyNotice, error: str) -> JSONObject:
    """One item for `GET /api/webhook-events`; what we do not understand is shown as it came."""
    unread = notice if isinstance(notice, Unrecognised) else None
    return {
        "kind": _snake(type(notice).__name__),
        "word": storable_text(unread.word or unread.kind) if unread else "",
        "external_id": storable_text(getattr(notice, "external_id", "")),
        "detail": storable_text(unread.detail) if unread else "",
        "error": storable_text(error),
        "payload": storable(_shown(notice.raw)) if unread or error else None,
    }


def _shown(raw: JSON) -> JSON:
    return raw if raw is None or isinstance(raw, dict) else {"value": raw}


@cache
def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
