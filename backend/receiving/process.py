"""Webhook events become notices, and notices become records. In batches, in order of arrival, safe to repeat."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

import structlog
from django.db import transaction

from backend.businesses import audit
from backend.businesses.audit import Action
from backend.conversations.record import record_notices
from backend.engine.faults import is_database_away
from backend.engine.lanes import ring
from backend.integrations.adapters import app
from backend.integrations.heard import note_heard
from backend.integrations.models import ChannelIntegration
from backend.integrations.news import note_news
from backend.integrations.people import note_people
from backend.integrations.state import note_attention, note_error
from backend.integrations.templates import ask_for_sync
from backend.lib.clock import now
from backend.lib.storable import storable_text
from backend.platforms.errors import Effect
from backend.platforms.port import (
    AccessRevoked,
    AccountChanged,
    AccountTopic,
    DeliveryChanged,
    PermissionsChanged,
)
from backend.receiving.loads import Load
from backend.receiving.models import WebhookEvent
from backend.receiving.readings import Item, Reading, read_all, route
from backend.receiving.settle import note_failed, settle

logger = structlog.get_logger(__name__)

BATCH = 500
MAX_BYTES = 16 * 1024 * 1024  # One delivery has up to three millions.
MAX_ITEMS = 1_000  # Of one transaction: one event may hold thousands.


def drain(count: int = BATCH) -> bool:
    """Process one batch; whether there may be more. One at a time in the whole installation."""
    events = WebhookEvent.objects.take_waiting(now(), Load.LIVE, count=count, size=MAX_BYTES)
    for together in _of_one_transaction(understand(events)):
        process(together)
    return bool(events) and (len(events) == count or sum(len(event.body) for event in events) >= MAX_BYTES)


def understand(events: Sequence[WebhookEvent]) -> list[Reading]:
    """What they say, and to whom; what they say of accounts and of who granted access is kept already."""
    readings = read_all(events)
    route(readings)
    note_heard(
        (item.arrival.integration, reading.event.received_at)
        for reading in readings
        for item in reading.items
    )
    _tell_of_people(readings)
    note_news(_news(readings))
    return readings


def _tell_of_people(readings: Iterable[Reading]) -> None:
    """Before the events are settled: it is told again rather than not at all."""
    notices = (notice for reading in readings for notice in reading.notices)
    people = {notice.user_id for notice in notices if isinstance(notice, PermissionsChanged)}
    if people:
        note_people(people)
        ring("tokens")


def _news(readings: Iterable[Reading]) -> Iterator[tuple[ChannelIntegration, AccountChanged]]:
    for reading in readings:
        for item in reading.items:
            if isinstance(item.arrival.notice, AccountChanged):
                yield item.arrival.integration, item.arrival.notice


def _of_one_transaction(readings: Iterable[Reading]) -> Iterator[list[Reading]]:
    """The readings in their order, cut where there are too many items; one with more than that stands alone."""
    together: list[Reading] = []
    count = 0
    for reading in readings:
        count += len(reading.items)
        if together and count > MAX_ITEMS:
            yield together
            together, count = [], len(reading.items)
        together.append(reading)
    if together:
        yield together


def process(readings: Sequence[Reading]) -> None:
    """Record and settle all of them in one transaction; one that raises fails alone, its siblings do not."""
    if _try_together(readings):
        return
    if len(readings) == 1:
        process_alone(readings[0])
        return
    middle = len(readings) // 2
    process(readings[:middle])
    process(readings[middle:])


def _try_together(readings: Sequence[Reading]) -> bool:
    items = [item for reading in readings for item in reading.items]
    return len(items) <= MAX_ITEMS and _refused(lambda: _settle(readings, items)) is None


def _settle(readings: Sequence[Reading], items: Sequence[Item]) -> None:
    _end_access(items)
    _note_attention(items)
    settle(readings, items)


Steps = Callable[[Sequence[Item], Callable[[Sequence[Item]], None]], None]


def _by_thousands(items: Sequence[Item], step: Callable[[Sequence[Item]], None]) -> None:
    for start in range(0, len(items), MAX_ITEMS):
        step(items[start : start + MAX_ITEMS])


def process_alone(reading: Reading, in_steps: Steps = _by_thousands) -> None:
    """The event with something in it that raises, or too much: what can be recorded is, in smaller transactions."""
    in_steps(reading.items, partial(record, reading))
    if error := _refused(lambda: settle([reading], ())):
        logger.error("inbox.settling_failed", event_id=reading.event.pk, exc_info=error)
        note_failed(reading, _reason(error))


def record(reading: Reading, items: Sequence[Item]) -> None:
    """Record the items; one that raises keeps the reason, its siblings are recorded."""
    error = _refused(lambda: _record(items))
    if error is None:
        return
    if len(items) == 1:
        logger.error("inbox.item_failed", event_id=reading.event.pk, exc_info=error)
        items[0].error = _reason(error)
        return
    middle = len(items) // 2
    record(reading, items[:middle])
    record(reading, items[middle:])


def _record(items: Sequence[Item]) -> None:
    _end_access(items)
    _note_attention(items)
    with transaction.atomic():
        record_notices([item.arrival for item in items], own_app_id=app().app_id)


def _refused(work: Callable[[], object]) -> Exception | None:
    """What the work raised; where the database is away, that is raised on, and everything waits."""
    try:
        work()
    except Exception as error:
        if is_database_away(error):
            raise
        return error
    return None


def _reason(error: Exception) -> str:
    return storable_text(f"{type(error).__name__}: {error}", 500)


def _end_access(items: Iterable[Item]) -> None:
    """In a transaction of its own, before the events are settled: it is told again rather than not at all."""
    stale = set()
    for item in items:
        notice = item.arrival.notice
        if isinstance(notice, AccessRevoked) and not _is_outdated(item):
            _note_revoked(item.arrival.integration, notice.reason)
        elif isinstance(notice, AccountChanged) and notice.topic is AccountTopic.TEMPLATE:
            stale.add(item.arrival.integration.pk)
    if stale:
        ask_for_sync(stale)


def _note_attention(items: Iterable[Item]) -> None:
    """What failed messages say about the account itself."""
    for item in items:
        notice = item.arrival.notice
        failure = notice.failure if isinstance(notice, DeliveryChanged) else None
        if failure and failure.effect is Effect.ATTENTION and not _is_outdated(item):
            note_attention(
                ChannelIntegration.objects.get(pk=item.arrival.integration.pk),
                code=failure.code,
                message=failure.message,
                resolution=failure.resolution,
            )


def _note_revoked(integration: ChannelIntegration, reason: str) -> None:
    with transaction.atomic():
        is_news = note_error(
            integration,
            code="reconnect_required",
            message=f"The platform ended our access ({reason}).",
            resolution="Connect the account again in the settings; conversations are kept.",
            fatal=True,
        )
        if is_news:
            detail = {
                "platform": integration.platform,
                "accountId": integration.account_id,
                "reason": reason,
            }
            audit.note(integration.business_id, Action.ACCESS_REVOKED, integration.pk, by=None, detail=detail)


def _is_outdated(item: Item) -> bool:
    """Whether the account was connected anew after the platform said it; it may say so again for days."""
    connected_at = item.arrival.integration.connected_at
    said_at = item.arrival.notice.occurred_at or item.arrival.received_at
    if connected_at is None or said_at is None:
        return False
    return said_at < connected_at.replace(microsecond=0)  # The platform counts whole seconds.
