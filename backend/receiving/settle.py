"""What became of each event, and each business's share of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from backend.conversations.record import Arrival, Recording, Told
from backend.engine.pipeline import Sent, pipelined
from backend.engine.rows import Row, update_rows, upsert_rows
from backend.integrations.adapters import app
from backend.lib.clock import now
from backend.receiving.awaiting import await_accounts
from backend.receiving.erasing import remove, told_in
from backend.receiving.models import EventState, WebhookEvent, WebhookShare
from backend.receiving.readings import Item, Reading
from backend.receiving.shares import describe

TRY_AGAIN_AFTER = tuple(timedelta(seconds=s) for s in (5, 30, 120, 600, 3600))


def settle(readings: Sequence[Reading], items: Sequence[Item]) -> None:
    """In one transaction: record the items, and write what became of each event and each business's share of it.

    What was erased is not recorded, and leaves the event again. `items`: those that are not recorded yet.
    """
    here = list(readings)
    while not _settled(here, items):
        here = _those_left(here)


def _settled(readings: Sequence[Reading], items: Sequence[Item]) -> bool:
    """Whether it is done. False, and nothing is written, where an event was removed meanwhile, with a person."""
    with pipelined():
        closing = _close(readings)
        waiting = {id(item) for item in items}
        arrivals = [item.arrival for reading in readings for item in reading.items if id(item) in waiting]
        recording = Recording(arrivals, own_app_id=app().app_id, beside=_others(readings, arrivals))
        # Composed while the database looks for the people, and written by it while we read what it found.
        shares = _shares(readings)
        if erased := recording.erased():
            shares = _shares(readings, but=erased)
        upsert_rows(WebhookShare, shares, unique=["event", "integration"], update=["state", "items"])
        recording.finish()
        await_accounts(readings)
        remove(erased, readings)
        all_there = closing.count() == len(readings)
        if not all_there:
            transaction.set_rollback(True)
    return all_there


def _those_left(readings: Iterable[Reading]) -> list[Reading]:
    by_id = {reading.event.pk: reading for reading in readings}
    there = WebhookEvent.objects.filter(pk__in=by_id).values_list("pk", flat=True)
    return [by_id[pk] for pk in sorted(there)]


def note_failed(reading: Reading, error: str) -> None:
    """Settle an event of which nothing else can be written."""
    reading.error = error
    with transaction.atomic():
        _close([reading])


def _close(readings: Sequence[Reading]) -> Sent:
    """Write the verdict, which locks the events.

    First of all: whoever searches the events for an erased person waits from here on, or was here before and is seen.
    """
    present = now()
    return update_rows(WebhookEvent, [_verdict(reading, present) for reading in readings])


def _verdict(reading: Reading, present: datetime) -> Row:
    attempts = reading.event.attempts + 1
    error = reading.error or next((item.error for item in reading.items if item.error), "")
    again = TRY_AGAIN_AFTER[attempts - 1 :][:1] if error else ()
    state = EventState.FAILED if error else EventState.UNROUTED if reading.unrouted else EventState.DONE
    return {
        "id": reading.event.pk,
        "state": state,
        "error": error,
        "attempts": attempts,
        "due_at": present + again[0] if again else None,
        "processed_at": present,
    }


def _others(readings: Sequence[Reading], arrivals: Sequence[Arrival]) -> list[Told]:
    """What the events say besides the arrivals: it is not recorded, but may speak of somebody who was erased."""
    return told_in(readings, but={id(arrival.notice) for arrival in arrivals})


def _shares(readings: Sequence[Reading], *, but: Collection[int] = ()) -> list[Row]:
    """What each business is shown of the events; `but`: without these notices, by their identity."""
    return [share for reading in readings for share in _shares_of(reading, but)]


def _shares_of(reading: Reading, but: Collection[int]) -> list[Row]:
    by_integration: dict[UUID, list[Item]] = defaultdict(list)
    for item in reading.items:
        if id(item.arrival.notice) not in but:
            by_integration[item.arrival.integration.id].append(item)
    return [
        {
            "event_id": reading.event.pk,
            "business_id": own[0].arrival.integration.business_id,
            "integration_id": integration_id,
            "state": EventState.FAILED if any(item.error for item in own) else EventState.DONE,
            "items": [describe(item.arrival.notice, item.error) for item in own],
        }
        for integration_id, own in by_integration.items()
    ]
