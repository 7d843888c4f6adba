"""
Events go back into the inbox and are processed like new ones, which is harmless: what is recorded already stays.

They go in the order of their arrival, and a few at a time: the inbox takes the oldest first, so that whatever arrives
meanwhile would wait behind all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

import structlog
from django.db import transaction
from django.db.models import Count, Max, QuerySet

from backend.businesses import audit
from backend.businesses.audit import Action
from backend.businesses.models import Caller
from backend.lib.clock import now
from backend.receiving.loads import ring_all
from backend.receiving.models import EventState, WebhookEvent, WebhookShare

logger = structlog.get_logger(__name__)

TOGETHER = 500  # One batch of the processor: what arrives meanwhile waits for no more than that.


def replay(events: Iterable[WebhookEvent]) -> int:
    """Let these be processed again; how many are."""
    return put_back([event.pk for event in events])


def put_back(ids: Collection[int]) -> int:
    """Let the events with these ids be processed again; how many are there."""
    with transaction.atomic():
        events = WebhookEvent.objects.filter(pk__in=ids)
        count = events.update(state=EventState.RECEIVED, due_at=now(), attempts=0)
        WebhookShare.objects.filter(event__in=ids).update(state=EventState.RECEIVED)
        transaction.on_commit(ring_all)
    return count


def replay_in_turn(
    events: QuerySet[WebhookEvent], *, wait: Callable[[], object] | None, together: int = TOGETHER
) -> Iterator[int]:
    """
    Put all of them back, the next few once those before them were looked at; says then how many these were.

    `wait` is called as long as some wait to be looked at. None: nobody waits for that. The trail of each business tells
    how many of its deliveries went back; the operator, who is no member, is this service there.
    """
    last, newest = 0, WebhookEvent.objects.aggregate(newest=Max("pk"))["newest"] or 0
    while ids := _next(events, last, newest, together):
        count, last = _put_back_for_operator(ids), ids[-1]
        while wait and WebhookEvent.objects.waiting(now()).filter(pk__in=ids).exists():
            wait()
        yield count


def _put_back_for_operator(ids: Collection[int]) -> int:
    concerned = WebhookShare.objects.filter(event__in=ids).order_by("business_id").values_list("business_id")
    with transaction.atomic():
        for business_id, events in concerned.annotate(Count("event", distinct=True)):
            audit.note(business_id, Action.EVENTS_REPLAYED, business_id, by=None, detail={"events": events})
        return put_back(ids)


def _next(events: QuerySet[WebhookEvent], last: int, newest: int, together: int) -> list[int]:
    rows = events.filter(pk__gt=last, pk__lte=newest).order_by("pk")
    return list(rows.values_list("pk", flat=True)[:together])


# --- for a business ---


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of a request to process many events again."""

    count: int
    more: bool  # There are others, for the next request.


def replay_share(share: WebhookShare, *, by: Caller) -> WebhookShare:
    """Process the delivery of this share again, whatever its state; the share as it is now."""
    with transaction.atomic():
        put_back([share.event_id])
        logger.info("inbox.put_back", events=1, first_event_id=share.event_id, last_event_id=share.event_id)
        audit.note(share.business_id, Action.EVENTS_REPLAYED, share.pk, by=by, detail={"events": 1})
    share.state = EventState.RECEIVED
    return share


def replay_failed(business_id: str, *, by: Caller, together: int = TOGETHER) -> Replayed:
    """Process the oldest failed deliveries of the business again, as many as the inbox takes at once."""
    failed = WebhookShare.objects.filter(business_id=business_id, state=EventState.FAILED).order_by("id")
    found = list(failed.values_list("event_id", flat=True)[: together + 1])
    ids = found[:together]
    if not ids:
        return Replayed(0, more=False)
    with transaction.atomic():
        put_back(ids)
        logger.info("inbox.put_back", events=len(set(ids)), first_event_id=min(ids), last_event_id=max(ids))
        audit.note(business_id, Action.EVENTS_REPLAYED, business_id, by=by, detail={"events": len(set(ids))})
    return Replayed(len(ids), more=len(found) > together)
