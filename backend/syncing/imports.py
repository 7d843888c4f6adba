"""
Old conversations of an account are read page by page, at the pace that the platform allows.

A page is one call, recorded a moment at a time (`pages.py`). Whatever is killed in between, the page is read again and
nothing is there twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import lru_cache, partial
from uuid import UUID

import structlog
from django.db import close_old_connections

from backend.integrations.adapters import account_of, adapter_for
from backend.integrations.state import note_error
from backend.integrations.vault import VaultUnreadable
from backend.lib.clock import now
from backend.lib.refusal import Refusal
from backend.platforms.errors import CredentialRejected, PlatformError, RateLimited, Unavailable
from backend.syncing.holding import Hold, take
from backend.syncing.models import HistoryImport, ImportOrigin
from backend.syncing.pages import record_page
from backend.syncing.phones import file_parts, wake_phones
from backend.syncing.progress import fail, next_try, note_trouble
from backend.syncing.start import check_allowed

logger = structlog.get_logger(__name__)

AT_ONCE = 4  # Accounts. What is waited for is Meta.
SOON = timedelta(seconds=2)  # So long the lane waits for the next page of an account itself.

Run = Callable[[Callable[[UUID], None], Iterable[UUID]], Iterable[None]]


def drain(
    run: Run = map,
    *,
    pause: Callable[[float], None] = time.sleep,
    is_behind: Callable[[], bool] = lambda: False,
) -> bool:
    """Read a page of each of some accounts; whether there may be more. Nothing is done while the inbox `is_behind`.

    `run` takes them in its own way: one after the other, or several `at_once`.
    """
    if is_behind():
        return False
    wake_phones()
    due = list(HistoryImport.objects.due(now()).values_list("pk", flat=True)[:AT_ONCE])
    for _ in run(partial(_take, pause=pause), due):
        pass
    following = HistoryImport.objects.free(now()).order_by("due_at").values_list("due_at", flat=True).first()
    if following is None or following > now() + SOON:
        return False
    pause(max(0.0, (following - now()).total_seconds()))
    return True


def at_once(take: Callable[[UUID], None], imports: Iterable[UUID]) -> Iterable[None]:
    """Several accounts at the same time; one slow answer holds up few others."""
    return _pool().map(partial(_and_give_back, take), imports)


@lru_cache(maxsize=1)
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(AT_ONCE, thread_name_prefix="imports")


def _and_give_back(take: Callable[[UUID], None], import_id: UUID) -> None:
    try:
        take(import_id)
    finally:
        close_old_connections()  # A thread that kept its connection would empty the pool.


def _take(import_id: UUID, *, pause: Callable[[float], None] = time.sleep) -> None:
    """Take one step of one import, unless somebody else does."""
    taken = take(import_id)
    if taken is None:
        return
    job, hold = taken
    if job.origin == ImportOrigin.PHONE:
        file_parts(hold, pause=pause)
    else:
        _read_page(job, hold, pause)


def _read_page(job: HistoryImport, hold: Hold, pause: Callable[[float], None]) -> None:
    asked_at = now()
    try:
        check_allowed(job.integration)
        page = adapter_for(job.integration).history(
            account_of(job.integration), cursor=job.cursor or None, size=job.page_size
        )
    except Unavailable as error:
        hold.write_last(partial(_postpone, error=error))
    except (PlatformError, Refusal, VaultUnreadable) as error:
        hold.write_last(partial(_give_up, error=error))
        _note_lost_access(job, error)
    else:
        record_page(hold, page, asked_at=asked_at, pause=pause)


def _postpone(job: HistoryImport, *, error: Unavailable) -> None:
    """Ask again later, and for less: a page may have been too much for the platform."""
    job.tries += 1
    again_at = next_try(job.tries, now(), error.retry_after)
    if again_at is None:
        _give_up(job, error=error)
        return
    note_trouble(job, code=error.code, message=error.told, resolution=error.resolution)
    job.due_at = again_at
    if not isinstance(error, RateLimited):
        job.page_size = max(1, job.page_size // 2)
    logger.warning(
        "imports.postponed", integration_id=str(job.integration_id), code=error.code, tries=job.tries
    )


def _give_up(job: HistoryImport, *, error: PlatformError | Refusal | VaultUnreadable) -> None:
    message = error.told if isinstance(error, PlatformError) else error.message
    fail(job, code=error.code, message=message, resolution=error.resolution)
    logger.warning("imports.failed", integration_id=str(job.integration_id), code=error.code)


def _note_lost_access(job: HistoryImport, error: Exception) -> None:
    if isinstance(error, CredentialRejected):
        note_error(
            job.integration,
            code=error.code,
            message=error.message,
            resolution=error.resolution,
            fatal=True,
        )
