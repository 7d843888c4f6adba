"""
Old conversations of an account are read page by page, at the pace that the platform allows.

A page is one call and one transaction: what was said is recorded together with how far the import is. Whatever is
killed in between, the page is read again and nothing is there twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import lru_cache, partial
from uuid import UUID

import structlog
from django.db import close_old_connections, transaction

from backend.conversations.record import Arrival, record_history
from backend.integrations.adapters import account_of, adapter_for, app
from backend.integrations.state import note_error
from backend.integrations.vault import VaultUnreadable
from backend.lib.clock import now
from backend.lib.refusal import Refusal
from backend.platforms.errors import CredentialRejected, PlatformError, RateLimited, Unavailable
from backend.platforms.port import HistoryPage
from backend.syncing.models import HistoryImport, ImportOrigin
from backend.syncing.phones import file_part, wake_phones
from backend.syncing.progress import end, fail, forget_trouble, next_try, note_trouble
from backend.syncing.start import check_allowed

logger = structlog.get_logger(__name__)

APART = timedelta(seconds=0.5)  # Meta takes two of these calls a second for an account.
CLAIM_FOR = timedelta(
    seconds=20
)  # Longer than a call and its writing; after a crash it goes on so much later.
AT_ONCE = 4  # Accounts. What is waited for is Meta.
SOON = timedelta(seconds=2)  # So long the lane waits for the next page of an account itself.

Run = Callable[[Callable[[UUID], None], Iterable[UUID]], Iterable[None]]


def drain(run: Run = map, *, pause: Callable[[float], None] = time.sleep) -> bool:
    """Read a page of each of some accounts; whether there may be more.

    `run` takes them in its own way: one after the other, or several `at_once`.
    """
    wake_phones()
    due = list(HistoryImport.objects.due(now()).values_list("pk", flat=True)[:AT_ONCE])
    for _ in run(_take, due):
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


def _take(import_id: UUID) -> None:
    """Take one step of one import, unless somebody else does."""
    claimed_until = now() + CLAIM_FOR
    if not HistoryImport.objects.claim(import_id, at=now(), until=claimed_until):
        return
    job = HistoryImport.objects.select_related("integration").get(pk=import_id)
    if job.origin == ImportOrigin.PHONE:
        _write(import_id, claimed_until, file_part)
    else:
        _read_page(job, claimed_until)


def _read_page(job: HistoryImport, claimed_until: datetime) -> None:
    import_id, began = job.pk, now()
    try:
        check_allowed(job.integration)
        page = adapter_for(job.integration).history(
            account_of(job.integration), cursor=job.cursor or None, size=job.page_size
        )
    except Unavailable as error:
        _write(import_id, claimed_until, partial(_postpone, error=error))
    except (PlatformError, Refusal, VaultUnreadable) as error:
        _write(import_id, claimed_until, partial(_give_up, error=error))
        _note_lost_access(job, error)
    else:
        _write(import_id, claimed_until, partial(_record, page=page, began=began))


def _write(import_id: UUID, claimed_until: datetime, change: Callable[[HistoryImport], None]) -> None:
    """Change the row, if it is still in our hand: whoever took it over meanwhile writes the page instead."""
    with transaction.atomic():
        held = HistoryImport.objects.running().filter(pk=import_id, claimed_until=claimed_until)
        job = held.select_related("integration").select_for_update(of=("self",)).first()
        if job is not None:
            job.claimed_until = None
            change(job)
            job.save()


def _record(job: HistoryImport, *, page: HistoryPage, began: datetime) -> None:
    arrivals = [Arrival(job.integration, notice) for told in page.conversations for notice in told.notices]
    job.messages += record_history(arrivals, own_app_id=app().app_id)
    job.due_at = began + APART
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
