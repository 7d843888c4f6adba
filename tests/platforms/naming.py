from __future__ import annotations

from backend.platforms.port import AnyNotice


def named(notice: AnyNotice) -> str:
    """A notice as the table writes it."""
    told = (getattr(notice, name, None) for name in ("happening", "topic", "type", "status", "kind"))
    return " ".join(filter(None, (type(notice).__name__, next(filter(None, told), ""))))
