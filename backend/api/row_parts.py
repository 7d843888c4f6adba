"""Parts of a message that every list of bare rows shows in the same way."""

from __future__ import annotations

from backend.conversations.models import ReactionState
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


def shown_reaction(entry: JSONObject, account_id: str) -> JSONObject:
    """A reaction, with whose it is; what the platform itself told of a reaction of the business was sent."""
    by_business = entry["by"] == account_id
    return {
        "emoji": entry["emoji"],
        "by": entry["by"],
        "by_business": by_business,
        "state": entry.get("state", ReactionState.SENT) if by_business else ReactionState.RECEIVED,
        "error": entry.get("error"),
    }


def show_reaction(entry: JSONObject, account_id: str) -> JSONObject:
    """The same as it travels."""
    shown = shown_reaction(entry, account_id)
    error = shown["error"]
    return {
        "emoji": shown["emoji"],
        "by": shown["by"],
        "byBusiness": shown["by_business"],
        "state": shown["state"],
        "error": show_error(**error) if error else None,
    }


def show_author(kind: str, id: str, name: str) -> JSONObject:
    """Who wrote it."""
    return {"kind": kind, "id": id or None, "name": name or None}
