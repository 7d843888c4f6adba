"""The rows that all workers share: moments on each account's line, taken in blocks, and what is held."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from django.db import connection

from backend.engine.rows import insert_missing, update_rows, upsert_rows
from backend.sending.breaker import Hold
from backend.sending.models import HeldFor, Pace
from backend.sending.pacing import AHEAD, Grant, grant

MEASURED_FOR = 60.0  # Seconds; then the database's clock is compared with ours again.
TRIES = 5
HOLD_COLUMNS = ("held_until", "held_since", "held_for", "told")


@dataclass(frozen=True, slots=True)
class Wish:
    """How many moments somebody wants on a line, each so many seconds after the one before."""

    count: int
    interval: float


@dataclass(slots=True)
class SharedClock:
    """The database's clock, which all workers go by, told by the one that no person moves."""

    offset: float = 0.0
    measured_at: float = field(default=float("-inf"))

    def now(self) -> float:
        """Seconds since 1970."""
        if time.monotonic() - self.measured_at > MEASURED_FOR:
            # The quickest answer tells the time best.
            self.offset = min(_measured_offset() for _ in range(TRIES))[1]
            self.measured_at = time.monotonic()
        return time.monotonic() + self.offset

    def here(self, moment: float) -> float:
        """A moment of the shared clock, by this process's monotonic one."""
        return moment - self.offset


def take_moments(
    wishes: Mapping[str, Wish], clock: SharedClock, *, lead: float = 0.0, ahead: float = AHEAD
) -> dict[str, Grant]:
    """The next free moments of each line, in the caller's transaction: nobody else has the same ones.

    The first of them is no sooner than in `lead` seconds, the last no more than `ahead` seconds after that.
    """
    if not wishes:
        return {}
    present = clock.now() + lead
    rows = _locked(wishes)
    if missing := wishes.keys() - rows.keys():
        insert_missing(Pace, [_new(key) for key in sorted(missing)])
        rows = _locked(wishes)
    granted = {
        key: grant(rows[key], present, want=wish.count, interval=wish.interval, ahead=ahead)
        for key, wish in wishes.items()
    }
    taken = [{"key": key, "next_at": each.next_at} for key, each in sorted(granted.items()) if each.count]
    update_rows(Pace, taken)
    return granted


def _locked(keys: Collection[str]) -> dict[str, float]:
    rows = Pace.objects.filter(pk__in=list(keys)).select_for_update(no_key=True).order_by("key")
    return dict(rows.values_list("key", "next_at"))


def _new(key: str) -> dict[str, object]:
    return {"key": key, "next_at": 0.0, "held_for": "", "told": ""}


def _measured_offset() -> tuple[float, float]:
    """How long the answer took, and by how much the database's clock is before the monotonic one."""
    began = time.monotonic()
    present = _database_time()
    ended = time.monotonic()
    return ended - began, present - (began + ended) / 2


def _database_time() -> float:
    if connection.vendor != "postgresql":
        return time.time()
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
        (present,) = cursor.fetchone()
    return float(present)


def save_holds(holds: Iterable[Hold]) -> None:
    """Tell every worker, and whoever looks, what is held and what is not any more."""
    rows = {
        hold.key: {
            **_new(hold.key),
            "held_until": hold.until,
            "held_since": hold.since,
            "held_for": hold.reason or "",
            "told": hold.told,
        }
        for hold in holds
    }
    upsert_rows(Pace, [rows[key] for key in sorted(rows)], unique=["key"], update=HOLD_COLUMNS)


def holds() -> list[Hold]:
    """What is held now, or has to prove that it goes on."""
    return [
        Hold(row.key, row.held_until, HeldFor(row.held_for), row.held_since, row.told)
        for row in Pace.objects.filter(held_until__isnull=False)
        if row.held_for
    ]
