"""
The stored deliveries lose what they hold of people who were erased.

A lane of its own searches them, so that erasing takes no longer the more is stored, and goes on after a crash. What
comes late, or was being processed meanwhile, is cut where it is settled.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence

import structlog
from django.db import transaction

from backend.conversations.models import Erasure
from backend.conversations.record import Erased, Told, find_erased
from backend.lib.clock import now
from backend.lib.json_types import JSON
from backend.lib.storable import storable
from backend.platforms.port import AnyNotice
from backend.receiving.cutting import Cut
from backend.receiving.models import ErasureSearch, WebhookEvent, WebhookShare
from backend.receiving.readings import Reading, read
from backend.receiving.second_ids import by_first_ids, second_ids_of
from backend.receiving.shares import describe

logger = structlog.get_logger(__name__)

BATCH = 500
TOGETHER = 100  # Erasures that one search looks for.


def drain() -> bool:
    """Search one batch of the stored deliveries for people who were erased; whether there may be more."""
    _begin_searches()
    if not ErasureSearch.objects.filter(done_at__isnull=True).exists():
        return False
    with transaction.atomic():
        searches = list(
            ErasureSearch.objects.filter(done_at__isnull=True).order_by("searched_until", "pk")[:TOGETHER]
        )
        if not searches:
            return False
        start = searches[0].searched_until
        together = [search for search in searches if search.searched_until == start]
        rows = WebhookEvent.objects.select_for_update().filter(pk__gt=start).order_by("id")
        events = list(rows[:BATCH])
        _clean(events, _accounts(together))
        _note_progress(together, events)
    return True


def _begin_searches() -> None:
    fresh = Erasure.objects.filter(search__isnull=True).order_by("pk")[:TOGETHER]
    ErasureSearch.objects.bulk_create(
        [ErasureSearch(erasure=erasure) for erasure in fresh], ignore_conflicts=True
    )


def _accounts(searches: Iterable[ErasureSearch]) -> set[str]:
    erasures = Erasure.objects.filter(pk__in=[search.pk for search in searches])
    return set(erasures.values_list("account_id", flat=True))


def _note_progress(searches: Sequence[ErasureSearch], events: Sequence[WebhookEvent]) -> None:
    rows = ErasureSearch.objects.filter(pk__in=[search.pk for search in searches])
    if events:
        rows.update(searched_until=events[-1].pk)
    else:
        rows.update(done_at=now())
        logger.info("erasures.searched", erasures=len(searches))


def _clean(events: Iterable[WebhookEvent], accounts: Collection[str]) -> None:
    """Of the deliveries that speak of one of the accounts, cut what was erased."""
    seconds = second_ids_of(accounts)
    wanted = [name.encode() for name in {*accounts, *seconds}]
    readings = [read(event) for event in events if any(name in bytes(event.body) for name in wanted)]
    for reading in readings:
        reading.notices = [by_first_ids(told, seconds.get(told.account_id)) for told in reading.notices]
    erased = find_erased_in(readings)
    concerned = [reading for reading in readings if _of(reading, erased)]
    for share in WebhookShare.objects.filter(event__in=[reading.event for reading in concerned]):
        _shorten(share, next(reading for reading in concerned if reading.event.pk == share.event_id), erased)
    remove(erased, concerned)


def told_in(readings: Iterable[Reading], but: Collection[int] = ()) -> list[Told]:
    """Everything that the readings say, with the account that it speaks of; `but`: not these, by their identity."""
    return [
        Told(reading.platform, notice.account_id, notice, reading.event.received_at)
        for reading in readings
        if reading.platform
        for notice in reading.notices
        if id(notice) not in but
    ]


def find_erased_in(readings: Iterable[Reading]) -> Erased:
    """What the readings say of people who were erased."""
    told = told_in(readings)
    return {id(told[number].notice): names for number, names in find_erased(told).items()}


def remove(erased: Erased, readings: Iterable[Reading]) -> None:
    """Cut it from the stored bodies; a delivery that held nothing else goes as a whole."""
    for reading in readings:
        gone = _of(reading, erased)
        if not gone:
            continue
        row = WebhookEvent.objects.filter(pk=reading.event.pk)
        if len(gone) == len(reading.notices):
            row.delete()
        else:
            row.update(body=_body_without(reading, gone, erased))


def _of(reading: Reading, erased: Erased) -> list[AnyNotice]:
    return [notice for notice in reading.notices if id(notice) in erased]


def _body_without(reading: Reading, gone: Iterable[AnyNotice], erased: Erased) -> bytes:
    parts = {id(part): erased[id(notice)] for notice in gone for part in _parts(notice)}
    facts = {id(part) for notice in reading.notices for part in _parts(notice)}
    return json.dumps(Cut(parts, facts).apply(reading.payload)).encode()


def _parts(notice: AnyNotice) -> list[JSON]:
    """Where the notice stands in the payload; some name a part of an entry by its word."""
    raw = notice.raw
    named = list(raw.values()) if isinstance(raw, dict) and len(raw) == 1 else []
    return [part for part in (raw, *named) if isinstance(part, (dict, list))]


def _shorten(share: WebhookShare, reading: Reading, erased: Erased) -> None:
    """Take from a business's share what its delivery loses; an empty share goes."""
    items = list(share.items)
    for notice in _of(reading, erased):
        shown = describe(notice, "")
        same = (item for item in items if _shows(item, shown, notice.raw))
        if found := next(same, None):
            items.remove(found)
    if items:
        share.items = items
        share.save(update_fields=["items"])
    else:
        share.delete()


def _shows(item: Mapping[str, JSON], shown: Mapping[str, JSON], raw: JSON) -> bool:
    if not shown["external_id"] and item.get("payload") is None:
        return False  # It says nothing of anybody.
    words = ("kind", "word", "external_id", "detail")
    return all(item.get(word) == shown[word] for word in words) and item.get("payload") in (
        None,
        storable(raw),
    )
