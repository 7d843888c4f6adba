"""How an import goes on and ends; its beginning and its end are told in the feed."""

from __future__ import annotations

from datetime import datetime, timedelta

from backend.feed.publish import Change, publish
from backend.lib.clock import now
from backend.lib.storable import storable_text
from backend.syncing.models import HistoryImport, ImportState


def import_changed(job: HistoryImport) -> Change:
    return Change(
        business_id=job.business_id,
        type="import.updated",
        data={
            "integrationId": str(job.integration_id),
            "importId": str(job.pk),
            "state": job.state,
            "conversations": job.conversations,
            "messages": job.messages,
        },
    )


def end(job: HistoryImport) -> None:
    """Everything was read. The caller saves the row, in the same transaction."""
    job.state, job.finished_at = ImportState.DONE, now()
    publish([import_changed(job)])


def fail(job: HistoryImport, *, code: str, message: str, resolution: str | None) -> None:
    """It does not go on. The caller saves the row, in the same transaction."""
    note_trouble(job, code=code, message=message, resolution=resolution)
    job.state, job.finished_at = ImportState.FAILED, now()
    publish([import_changed(job)])


def note_trouble(job: HistoryImport, *, code: str, message: str, resolution: str | None) -> None:
    """Keep on the unsaved row what went wrong last."""
    job.last_error = storable_text(message)
    job.last_error_code = code
    job.last_error_resolution = storable_text(resolution or "")
    job.last_error_at = now()


def forget_trouble(job: HistoryImport) -> None:
    """It went well again."""
    job.tries, job.last_error_at = 0, None
    job.last_error = job.last_error_code = job.last_error_resolution = ""


# Seconds until the next try, by the number of those that failed in a row; for the last of them a day of tries.
WAITS = (2, 10, 30, 120, 300, *(900 for _ in range(100)))


def next_try(tries: int, at: datetime, told: float | None) -> datetime | None:
    """When a page is asked for again, at the earliest when the platform said; None: it is given up."""
    if tries > len(WAITS):
        return None
    return at + timedelta(seconds=max(WAITS[tries - 1], told or 0))
