"""Queued messages go out, each at most once. An outcome that nobody knows is never repeated."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache

import structlog
from django.conf import settings

from backend.conversations.record import record_abandoned, record_expired
from backend.lib.clock import now
from backend.sending.crew import Crew, Run, send_batch

logger = structlog.get_logger(__name__)

# Longer than any call to a platform may take: a claim this old belongs to a worker that died.
LEASE = timedelta(seconds=60)


@lru_cache(maxsize=1)
def _crew(threads: int) -> Crew:
    return Crew(threads)


def drain(run: Run | None = None) -> bool:
    """Send what is due: the first waiting message of each conversation; whether there may be more.

    `run` sends a batch in its own way, for instance one after the other (`map`).
    """
    return send_batch(run) if run else _crew(settings.SEND_THREADS).send_due()


def finish() -> None:
    """This process ends: what it has not begun is given back, what is under way is written."""
    if _crew.cache_info().currsize:
        _crew(settings.SEND_THREADS).finish()


def rescue() -> bool:
    """Messages that a dead worker had claimed end as `outcome_unknown`; those that waited for too long fail."""
    if abandoned := record_abandoned(before=now() - LEASE):
        logger.warning("outbox.abandoned", messages=abandoned)
    if expired := record_expired(at=now()):
        logger.warning("outbox.expired", messages=expired)
    return False
