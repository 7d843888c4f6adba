"""What became of each event, and each business's share of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F

from backend.conversations.record import Arrival
from backend.engine.rows import upsert_rows
from backend.lib.clock import now
from backend.receiving.erasing import find_erased_in, remove
from backend.receiving.models import EventState, WebhookEvent, WebhookShare
from backend.receiving.readings import Reading
from backend.receiving.shares import describe

TRY_AGAIN_AFTER = tuple(timedelta(seconds=s) for s in (5, 30, 120, 600, 3600))


@dataclass(slots=True)
class Item:
    """One notice for one integration."""

    reading: Reading
    arrival: Arrival
    error: str = ""


def settle(readings: Sequence[Reading], items: Sequence[Item]) -> None:
    """Write what became of each event, and each business's share of it; what was erased leaves the event again."""
    with transaction.atomic():
        readings = _still_there(readings)
        erased = find_erased_in(readings)
        by_event: dict[int, list[Item]] = defaultdict(list)
        for item in items:
            if id(item.arrival.notice) not in erased:
                by_event[item.reading.event.pk].append(item)
        shares = [share for reading in readings for share in _shares(reading, by_event[reading.event.pk])]
        upsert_rows(shares, unique=["event", "integration"], update=["state", "items"])
        _settle_events(readings, by_event)
        remove(erased, readings)


def _still_there(readings: Sequence[Reading]) -> list[Reading]:
    """Those whose event was not removed meanwhile with a person; locked, so that nobody removes it now."""
    ids = [reading.event.pk for reading in readings]
    rows = WebhookEvent.objects.select_for_update().filter(pk__in=ids).order_by("id")
    there = set(rows.values_list("pk", flat=True))
    return [reading for reading in readings if reading.event.pk in there]


def _shares(reading: Reading, items: Sequence[Item]) -> list[WebhookShare]:
    by_integration: dict[UUID, list[Item]] = defaultdict(list)
    for item in items:
        by_integration[item.arrival.integration.pk].append(item)
    return [
        WebhookShare(
            event=reading.event,
            business_id=own[0].arrival.integration.business_id,
            integration_id=integration_id,
            state=EventState.FAILED if any(item.error for item in own) else EventState.DONE,
            items=[describe(item.arrival.notice, item.error) for item in own],
        )
        for integration_id, own in by_integration.items()
    ]


def _settle_events(readings: Sequence[Reading], by_event: dict[int, list[Item]]) -> None:
    """One statement for all that went well; those that failed have a reason and a time of their own."""
    present = now()
    well: dict[EventState, list[int]] = defaultdict(list)
    for reading in readings:
        error = reading.error or next((item.error for item in by_event[reading.event.pk] if item.error), "")
        if error:
            _settle_failed(reading.event, error, present)
        else:
            well[EventState.UNROUTED if reading.unrouted else EventState.DONE].append(reading.event.pk)
    for state, ids in well.items():
        WebhookEvent.objects.filter(pk__in=ids).update(
            state=state, error="", attempts=F("attempts") + 1, due_at=None, processed_at=present
        )


def _settle_failed(event: WebhookEvent, error: str, present: datetime) -> None:
    event.attempts += 1
    again = TRY_AGAIN_AFTER[event.attempts - 1 :][:1]
    event.state, event.error, event.processed_at = EventState.FAILED, error, present
    event.due_at = present + again[0] if again else None
    event.save(update_fields=["state", "error", "attempts", "due_at", "processed_at"])
