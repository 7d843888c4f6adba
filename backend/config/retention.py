"""
What is removed by itself, and when: the lane `retention`.

A batch at a time, with a rest after each that is longer than the batch took, and not at all while the inbox is behind:
the lanes that people wait for do not feel it. Conversations and messages stay until somebody erases them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

from django.conf import settings
from django.contrib.sessions.models import Session

from backend.businesses import logins
from backend.conversations.record import forget_submissions
from backend.engine.trimming import BATCH, remove
from backend.feed import publish
from backend.lib.clock import now
from backend.receiving import retention
from backend.receiving.models import EventState

REST = 4  # Times as long as a batch took: at most a fifth of the time is worked.
LONGEST_REST = 1.0  # Seconds; whoever ends the worker does not wait for more.
WALK_EVERY = timedelta(hours=1)

Forget = Callable[[], bool]


class Retention:
    """Removes what is old, a batch each time; knows how far it is."""

    def __init__(self, pause: Callable[[float], None] = time.sleep) -> None:
        self.pause = pause
        self.passage = retention.Passage()
        self.walk_at: datetime | None = None  # When the next walk through the webhook events begins.

    def drain(self) -> bool:
        """Remove one batch of what is old; whether there may be more."""
        for forget in self._all():
            if retention.is_inbox_behind():
                return False
            began = time.monotonic()
            more = forget()
            if more:
                self.pause(min(LONGEST_REST, REST * (time.monotonic() - began)))
                return True
        return False

    def _all(self) -> Iterator[Forget]:
        present = now()
        yield lambda: self._walk(present)
        if days := settings.FEED_RETENTION_DAYS:
            yield partial(publish.forget, before=present - timedelta(days=days))
        if days := settings.IDEMPOTENCY_KEY_RETENTION_DAYS:
            yield partial(forget_submissions, before=present - timedelta(days=days))
        yield logins.forget_refresh_tokens
        yield _forget_sessions

    def _walk(self, present: datetime) -> bool:
        """Once an hour, as what is kept for longer is passed by each time."""
        if self.walk_at and present < self.walk_at:
            return False
        goes_on = self.passage.step(event_limits(present))
        self.walk_at = None if goes_on else present + WALK_EVERY
        return goes_on


def event_limits(present: datetime) -> dict[EventState, datetime]:
    """Before which arrival the events of each state go; 0 days in the settings: never."""
    kept_for = {
        EventState.DONE: settings.WEBHOOK_EVENT_RETENTION_DAYS,
        EventState.FAILED: settings.FAILED_EVENT_RETENTION_DAYS,
        EventState.UNROUTED: settings.FAILED_EVENT_RETENTION_DAYS,
    }
    return {state: present - timedelta(days=days) for state, days in kept_for.items() if days}


def _forget_sessions() -> bool:
    """Logins to the admin that are over."""
    over = Session.objects.filter(expire_date__lt=datetime.now(UTC)).order_by("expire_date")
    keys = list(over.values_list("pk", flat=True)[:BATCH])
    remove(Session, keys)
    return len(keys) == BATCH


drain = Retention().drain
