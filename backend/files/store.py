"""
How bytes get into the storage and out of it.

A row is there before its bytes are and longer than they are, so that no crash leaves bytes that no row knows:
`write` makes the row and puts the bytes down, `settle` says in the caller's transaction that they are there, `discard`
that they are to go; `remove_leaving` then removes bytes and row.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from functools import partial
from typing import IO
from uuid import UUID

import structlog
from django.core.files import File
from django.core.files.storage import Storage, storages
from django.db import IntegrityError, transaction

from backend.engine.lanes import ring
from backend.engine.trimming import remove
from backend.files.incoming import Incoming
from backend.files.models import FileState, StoredFile
from backend.lib.clock import now
from backend.lib.refusal import Refusal
from backend.lib.storable import storable_text

logger = structlog.get_logger(__name__)

LANE = "files"
WRITTEN_WITHIN = timedelta(hours=1)  # What is not there by then never will be: its writer died.
BATCH = 100


class FileGone(Refusal):
    """It was removed since somebody looked for it."""

    code = "not_found"
    message = "This file is not here any more."
    resolution = "Upload it again."


def storage() -> Storage:
    """Where bytes lie: a folder, or what the settings name."""
    return storages["media"]


def write(business_id: str, incoming: Incoming, *, told_type: str = "", name: str = "") -> StoredFile:
    """Put the bytes down, unless the business has them. Nobody sees the row before it is settled."""
    if known := StoredFile.objects.of(business_id).stored().filter(sha256=incoming.sha256).first():
        return known
    row = StoredFile.objects.create(
        business_id=business_id,
        sha256=incoming.sha256,
        size=incoming.size,
        mime_type=incoming.type(told_type),
        name=storable_text(name, 255),
    )
    incoming.file.seek(0)
    taken = storage().save(row.path, File(incoming.file, name=row.path))
    assert taken == row.path, "a storage that renames files cannot be used"
    return row


def settle(written: StoredFile, *, kept_until: datetime | None = None, name: str = "") -> StoredFile:
    """The file, locked and there: this row, or the one that had the same bytes first. In the caller's transaction.

    Raises FileGone where it was removed since it was written.
    """
    own = StoredFile.objects.filter(pk=written.pk, state=FileState.WRITING)
    try:
        with transaction.atomic():
            own.update(state=FileState.STORED)
    except IntegrityError:  # Somebody else was first.
        own.update(state=FileState.LEAVING)
    same = StoredFile.objects.of(written.business_id).stored().filter(sha256=written.sha256)
    row = same.select_for_update(no_key=True).first()
    if row is None:
        raise FileGone
    if kept_until:
        row.kept_until = max(filter(None, (kept_until, row.kept_until)))
        row.name = storable_text(name, 255) or row.name
        row.save(update_fields=["kept_until", "name"])
    return row


def lock_stored(ids: Collection[UUID]) -> list[StoredFile]:
    """Those of the files that are there, locked in one order: nobody discards or settles them meanwhile."""
    rows = StoredFile.objects.stored().filter(pk__in=ids).order_by("pk")
    return list(rows.select_for_update(no_key=True))


def discard(ids: Collection[UUID]) -> None:
    """Nobody uses these any more. Rings `files`, which removes the bytes."""
    if ids:
        StoredFile.objects.filter(pk__in=ids).update(state=FileState.LEAVING, kept_until=now())
        transaction.on_commit(partial(ring, LANE))


def stop_waiting(ids: Collection[UUID]) -> None:
    """Uploads that are used, or are not to be waited for any longer, are files like others."""
    StoredFile.objects.stored().filter(pk__in=ids).update(kept_until=None)


def open_file(row: StoredFile) -> IO[bytes]:
    """The bytes, to be read and closed. Raises FileNotFoundError where they are gone."""
    return storage().open(row.path)


def remove_leaving() -> bool:
    """Remove the bytes of a batch of rows that leave, then the rows; whether there may be more. Safe to repeat."""
    rows = StoredFile.objects.filter(state__in=(FileState.WRITING, FileState.LEAVING)).order_by("created_at")
    died = now() - WRITTEN_WITHIN
    found = [row for row in rows[:BATCH] if row.state == FileState.LEAVING or row.created_at < died]
    removed = [row.pk for row in found if _remove_bytes(row)]
    remove(StoredFile, removed)
    return len(removed) == BATCH


def _remove_bytes(row: StoredFile) -> bool:
    try:
        storage().delete(row.path)  # Says nothing where there is nothing.
    except Exception:  # Whatever the storage raises: the row stays, and it is tried again.
        logger.exception("files.not_removed", file_id=str(row.pk))
        return False
    return True
