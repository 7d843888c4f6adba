"""What Messenger and Instagram have in common of what can be tapped. From Meta's pages, read in 2026."""

from __future__ import annotations

from datetime import timedelta

from backend.platforms.port import InteractiveLimits, InteractiveType

MEBIBYTE = 1024 * 1024
UPLOADS_LAST = timedelta(days=89)  # Ninety, and one for what waits in between.
TEMPLATE_TEXT = 640  # Of a template with buttons.


def interactive_of(text: int) -> dict[InteractiveType, InteractiveLimits]:
    """The limits, with that of a text under which quick replies stand."""
    return {
        InteractiveType.QUICK_REPLIES: InteractiveLimits(
            text=text, most=13, title=20, id=1000, contact_data=True
        ),
        InteractiveType.BUTTONS: InteractiveLimits(text=TEMPLATE_TEXT, most=3, title=20, id=1000, links=True),
        InteractiveType.LINK: InteractiveLimits(text=TEMPLATE_TEXT, label=20),
        InteractiveType.CARDS: InteractiveLimits(
            most=10, title=80, id=1000, description=80, label=20, buttons=3, links=True
        ),
    }
