"""Webhook events become notices, and notices become records. In batches, in order of arrival, safe to repeat."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

import structlog
from django.db import InterfaceError, OperationalError
from django.db.models import Q

from backend.conversations.record import Arrival, record_notices
from backend.integrations.adapters import app
from backend.integrations.models import ChannelIntegration
from backend.integrations.state import note_error
from backend.lib.clock import now
from backend.lib.storable import storable_text
from backend.platforms.port import AccessRevoked, AnyNotice
from backend.receiving.models import EventState, WebhookEvent
from backend.receiving.readings import Reading, read
from backend.receiving.second_ids import by_first_ids
from backend.receiving.settle import Item, settle

logger = structlog.get_logger(__name__)

BATCH = 500
# Of one transaction: one event may hold thousands, and databases limit what a statement names.
MAX_ITEMS = 1_000
# These mean that the database is away, not that an item is bad: the whole batch waits.
DATABASE_AWAY = (OperationalError, InterfaceError)


def drain() -> bool:
    """Process one batch; whether there may be more. One at a time in the whole installation."""
    events = list(WebhookEvent.objects.waiting(now())[:BATCH])
    if not events:
        return False
    readings = [read(event) for event in events]
    items = route(readings)
    for start in range(0, len(items), MAX_ITEMS):
        record(items[start : start + MAX_ITEMS])
    settle(readings, items)
    return len(events) == BATCH


def route(readings: Sequence[Reading]) -> list[Item]:
    """Every notice with the integrations that hold its account, in the order of the events."""
    holders = _holders(readings)
    items: list[Item] = []
    for reading in readings:
        for place, told in enumerate(reading.notices):
            found = holders.get(_address(reading.platform, told), [])
            notice = by_first_ids(told, found[0].account_id) if found else told
            reading.notices[place] = notice
            received_at = reading.event.received_at
            items += [Item(reading, Arrival(integration, notice, received_at)) for integration in found]
            if not found and _names_an_account(notice):
                reading.unrouted += 1
    return items


Address = tuple[str | None, str, str]


def _address(platform: str | None, notice: AnyNotice) -> Address:
    wide = "" if notice.account_id else notice.business_account_id
    return platform, notice.account_id, wide


def _names_an_account(notice: AnyNotice) -> bool:
    return bool(notice.account_id or notice.business_account_id)


def _holders(readings: Iterable[Reading]) -> dict[Address, list[ChannelIntegration]]:
    """Live integrations by each address that notices may carry; a WABA-wide one concerns all of its numbers."""
    addresses = {_address(reading.platform, notice) for reading in readings for notice in reading.notices}
    single = {address[1] for address in addresses if address[1]}
    wide = {address[2] for address in addresses if address[2]}
    holders: dict[Address, list[ChannelIntegration]] = defaultdict(list)
    # By platform too: the indexes begin with it.
    live = ChannelIntegration.objects.live().filter(platform__in={address[0] for address in addresses})
    by_either = Q(account_id__in=single) | Q(app_scoped_id__in=single)
    for integration in live.filter(by_either) if single else ():
        for name in single & {integration.account_id, integration.app_scoped_id}:
            holders[integration.platform, name, ""].append(integration)
    for integration in live.filter(platform_account_id__in=wide) if wide else ():
        holders[integration.platform, "", integration.platform_account_id or ""].append(integration)
    return holders


def record(items: Sequence[Item]) -> None:
    """Record all items; one that raises fails alone, its siblings are recorded."""
    if not items:
        return
    try:
        record_notices([item.arrival for item in items], own_app_id=app().app_id)
        _mark_revoked(items)
    except DATABASE_AWAY:
        raise
    except Exception as error:
        if len(items) == 1:
            logger.exception("inbox.item_failed", event_id=items[0].reading.event.pk)
            items[0].error = storable_text(f"{type(error).__name__}: {error}", 500)
            return
        middle = len(items) // 2
        record(items[:middle])
        record(items[middle:])


def _mark_revoked(items: Iterable[Item]) -> None:
    for item in items:
        if isinstance(item.arrival.notice, AccessRevoked) and not _is_outdated(item):
            note_error(
                item.arrival.integration,
                code="reconnect_required",
                message=f"The platform ended our access ({item.arrival.notice.reason}).",
                resolution="Connect the account again in the settings; conversations are kept.",
                fatal=True,
            )


def _is_outdated(item: Item) -> bool:
    """Whether the account was connected anew after the platform said it; it may say so again for days."""
    connected_at = item.arrival.integration.connected_at
    said_at = item.arrival.notice.occurred_at or item.reading.event.received_at
    return connected_at is not None and said_at < connected_at


def replay(events: Iterable[WebhookEvent], *, told: Callable[[WebhookEvent], None] = lambda _: None) -> int:
    """Put events back into the inbox; they are processed like new ones, which is harmless. How many."""
    count = 0
    for event in events:
        event.state, event.due_at, event.attempts = EventState.RECEIVED, now(), 0
        event.save(update_fields=["state", "due_at", "attempts"])
        told(event)
        count += 1
    return count
