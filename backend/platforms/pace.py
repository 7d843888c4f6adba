"""How fast a platform takes messages. Plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Pacing:
    """How fast the platform takes messages, and where that is written."""

    per_second: int  # Of one account.
    levels: Mapping[str, int] = field(
        default_factory=dict
    )  # The platform's word for an account's level -> a second.
    beside_app: int | None = None  # A second, of an account that stays in an app on a phone.
    heavy_per_second: int | None = None  # Audio and video.
    person_every: timedelta | None = None  # One message to the same person in this time ...
    person_burst: int = 1  # ... save for so many at once, which are paid back.
    source: str
    read_on: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What the platform said last of how much of its allowance an account has used."""

    used: int = 0  # Percent.
    rests_for: float = 0.0  # Seconds until it gives more; 0 where it does not say so.
