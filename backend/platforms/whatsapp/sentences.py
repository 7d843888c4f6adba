from __future__ import annotations

SUPPORT = "Read the reason in WhatsApp Manager, under Business support, and ask for a review."


def sentence(text: str, *more: str) -> str:
    """One sentence of ours, with what WhatsApp says of it."""
    said = ", ".join(filter(None, more))
    return f"{text.rstrip('.')}: {said}." if said else f"{text.rstrip('.')}."
