"""Files that members hand in, to be sent by somebody soon."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import transaction

from backend.files import store
from backend.files.incoming import Incoming
from backend.files.models import StoredFile
from backend.lib.clock import now


def keep_upload(business_id: str, incoming: Incoming, *, told_type: str, name: str) -> StoredFile:
    """The file, to be sent within the time of the settings; the same bytes again are the same file."""
    days = settings.UPLOAD_RETENTION_DAYS
    until = now() + timedelta(days=days) if days else None
    while True:
        written = store.write(business_id, incoming, told_type=told_type, name=name)
        try:
            with transaction.atomic():
                return store.settle(written, kept_until=until, name=name)
        except store.FileGone:  # Somebody let go of the same bytes at this moment.
            continue
