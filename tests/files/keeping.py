"""Bytes put into the storage, short to write."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from backend.files import store
from backend.files.incoming import Incoming
from backend.files.models import StoredFile
from tests.files.samples import PNG

MOST = 1024 * 1024


def incoming(content: bytes, *, most: int = MOST) -> Incoming:
    """These bytes, as if they had just arrived."""
    arrived = Incoming(most)
    for start in range(0, len(content), 1000):
        arrived.write(content[start : start + 1000])
    return arrived


def write(business_id: str, content: bytes = PNG, **more: Any) -> StoredFile:
    """Bytes that lie in the storage and that nobody has settled."""
    with incoming(content) as arrived:
        return store.write(business_id, arrived, **more)


def keep(business_id: str, content: bytes = PNG, **more: Any) -> StoredFile:
    """A file of the business."""
    written = write(business_id, content)
    with transaction.atomic():
        return store.settle(written, **more)


def content_of(row: StoredFile) -> bytes:
    with store.open_file(row) as file:
        return file.read()


def is_on_disk(row: StoredFile) -> bool:
    return store.storage().exists(row.path)
