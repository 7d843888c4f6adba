"""How long each version of the Graph API lives.

Read on 2026-11-22 at developers.facebook.com/docs/graph-api/changelog. A version that is over is answered by the
oldest one that lives, with whatever differs there: nothing fails, and nobody says so.
"""

from __future__ import annotations

from datetime import date, timedelta

# Version -> its last day; None: Meta has not named one yet.
LIVES_UNTIL: dict[str, date | None] = {
    "v19.0": date(2026, 5, 21),
    "v20.0": date(2026, 9, 24),
    "v21.0": date(2027, 1, 21),
    "v22.0": date(2027, 5, 20),
    "v23.0": date(2027, 10, 8),
    "v24.0": date(2028, 2, 18),
    "v25.0": date(2028, 7, 29),
    "v26.0": None,
}
WARN_BEFORE = timedelta(days=90)


def trouble_with(version: str, today: date) -> str | None:
    """What is to be said of a version on this day; None: it is good."""
    if version not in LIVES_UNTIL:
        return f"{version} is not a version of the Graph API that this release knows."
    last_day = LIVES_UNTIL[version]
    if last_day is None or today < last_day - WARN_BEFORE:
        return None
    told = f"{last_day:%d %B %Y}"
    return f"Version {version} of the Graph API {'ended' if last_day < today else 'ends'} on {told}."
