"""Foreign text made fit for any database: what a database refuses is replaced, never a reason to lose a message."""

from __future__ import annotations

import hashlib
import math
from typing import Any

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
MAX_DEPTH = 64  # No platform nests as deep; databases and Python have limits of their own.


def storable_text(text: str, limit: int | None = None) -> str:
    """The text without NUL (Postgres refuses it) and lone surrogates (no UTF-8), cut at the limit."""
    if text.isascii() and "\x00" not in text:  # Nearly all of it, at a fraction of the cost.
        return text if limit is None else text[:limit]
    clean = text.encode("utf-8", "replace").decode().replace("\x00", REPLACEMENT)
    return clean if limit is None else clean[:limit]


def storable(value: Any, depth: int = MAX_DEPTH) -> Any:
    """Decoded JSON with every string, keys too, made storable; no number that is none, and no bottomless nesting."""
    if isinstance(value, str):
        return storable_text(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, (dict, list, tuple)) and not depth:
        return REPLACEMENT
    if isinstance(value, dict):
        return {storable_text(str(key)): storable(item, depth - 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [storable(item, depth - 1) for item in value]
    return value


def storable_id(external_id: str, limit: int = 512) -> str:
    """An id that fits its column; one that is too long becomes a stable hash of itself."""
    clean = storable_text(external_id)
    if len(clean) <= limit:
        return clean
    return ("h_" + hashlib.sha256(clean.encode()).hexdigest())[:limit]
