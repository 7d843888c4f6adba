"""How an item of a delivery is shown to the business that it belongs to."""

from __future__ import annotations

import re
from functools import cache

from backend.lib.json_types import JSON, JSONObject
from backend.lib.storable import storable, storable_text
from backend.platforms.port import AccountChanged, AnyNotice, Unrecognised

# What has no other place to be seen in.
SHOWN_AS_THEY_CAME = (Unrecognised, AccountChanged)


def describe(notice: AnyNotice, error: str) -> JSONObject:
    """One item for `GET /api/webhook-events`; what we do not understand is shown as it came."""
    word, detail = _told(notice)
    as_it_came = isinstance(notice, SHOWN_AS_THEY_CAME) or error
    return {
        "kind": _snake(type(notice).__name__),
        "word": storable_text(word),
        "external_id": storable_text(getattr(notice, "external_id", "")),
        "detail": storable_text(detail),
        "error": storable_text(error),
        "payload": storable(_shown(notice.raw)) if as_it_came else None,
    }


def _told(notice: AnyNotice) -> tuple[str, str]:
    """The platform's word, and ours for what is shown nowhere else."""
    if isinstance(notice, Unrecognised):
        return notice.word or notice.kind, notice.detail
    return (notice.word, notice.text) if isinstance(notice, AccountChanged) else ("", "")


def _shown(raw: JSON) -> JSON:
    return raw if raw is None or isinstance(raw, dict) else {"value": raw}


@cache
def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
