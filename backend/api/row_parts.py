"""Parts of a message that every list of bare rows shows in the same way."""

from __future__ import annotations

from backend.lib.json_types import JSONObject


def show_error(code: str, message: str, resolution: str, platform_code: int | None) -> JSONObject | None:
    """Why it was not delivered; None: nothing went wrong."""
    if not code:
        return None
    return {
        "code": code,
        "message": message,
        "resolution": resolution or None,
        "platformCode": platform_code,
    }


def show_author(kind: str, id: str, name: str) -> JSONObject:
    """Who wrote it."""
    return {"kind": kind, "id": id or None, "name": name or None}
