"""
A page of old conversations is recorded a few conversations at a time, with how many messages were new.

How far the import is, is written last: whatever is killed in between, the page is read again, and nothing is there
twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

import structlog

from backend.conversations.record import Arrival, record_notices
from backend.engine.moments import in_moments
from backend.integrations.adapters import app
from backend.platforms.notices import PastConversation
from backend.platforms.port import HistoryPage
from backend.syncing.holding import Hold
from backend.syncing.models import HistoryImport
from backend.syncing.progress import end, forget_trouble

logger = structlog.get_logger(__name__)

APART = timedelta(seconds=0.5)  # Meta takes two of these calls a second for an account.
FIRST = 2  # Conversations of the first transaction, each with twenty messages at most.


def record_page(hold: Hold, page: HistoryPage, *, asked_at: datetime, pause: Callable[[float], None]) -> None:
    """Record all of it, a moment at a time; the next page is due when the platform takes another call."""
    in_moments(page.conversations, lambda some: hold.write(partial(_record, some)), first=FIRST, pause=pause)
    hold.write_last(partial(_note_page, page=page, asked_at=asked_at))


def _record(some: Sequence[PastConversation], job: HistoryImport) -> None:
    arrivals = [Arrival(job.integration, notice) for told in some for notice in told.notices]
    job.messages += record_notices(arrivals, own_app_id=app().app_id)


def _note_page(job: HistoryImport, *, page: HistoryPage, asked_at: datetime) -> None:
    job.due_at = asked_at + APART
    forget_trouble(job)
    if job.is_second_look:
        _look_on(job, page)
        return
    job.conversations += len(page.conversations)
    job.withheld += sum(told.withheld for told in page.conversations)
    job.cursor = page.next_cursor or ""
    if page.next_cursor is None:
        # Whoever was written to or wrote meanwhile has moved to the top, perhaps past us.
        job.is_second_look = True


def _look_on(job: HistoryImport, page: HistoryPage) -> None:
    """Go through what moved since the import began, which stands at the top."""
    job.cursor = page.next_cursor or ""
    last = page.conversations[-1].updated_at if page.conversations else None
    if page.next_cursor is None or last is None or last < job.started_at:
        end(job)
        logger.info(
            "imports.done",
            integration_id=str(job.integration_id),
            conversations=job.conversations,
            messages=job.messages,
        )
