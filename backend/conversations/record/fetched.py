"""What became of a file that was fetched for a message. Each change is told: the message was updated."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from backend.conversations.models import Attachment, AttachmentState, Message
from backend.conversations.record.attachments import WHEREABOUTS, let_go
from backend.conversations.record.changes import message_changed
from backend.feed.publish import publish
from backend.files import store
from backend.files.models import StoredFile
from backend.lib.storable import storable_text


def record_stored(attachment_id: UUID, written: StoredFile) -> bool:
    """The bytes are here. False: nobody waits for them any more, and they are let go. Raises FileGone."""
    with transaction.atomic():
        row = _waiting(attachment_id)
        file = store.settle(written)
        if row is None:
            let_go([file.pk])
            return False
        found = {"file": file, "mime_type": file.mime_type, "size": file.size}
        stays = {"leaves_at": row.leaves_at}
        _change(row, **(WHEREABOUTS | found | stays), state=AttachmentState.STORED)
    return True


def record_unavailable(attachment_id: UUID, *, code: str, message: str, resolution: str | None) -> None:
    """The file cannot be had, for a reason that a person understands."""
    with transaction.atomic():
        if row := _waiting(attachment_id):
            told = {
                "error_message": storable_text(message),
                "error_resolution": storable_text(resolution or ""),
            }
            _change(row, **WHEREABOUTS, **told, error_code=code, state=AttachmentState.FAILED)


def record_fetch_postponed(attachment_id: UUID, *, due_at: datetime) -> None:
    """It could not be had just now: once more, later."""
    Attachment.objects.filter(pk=attachment_id, state=AttachmentState.PENDING).update(due_at=due_at)


def _waiting(attachment_id: UUID) -> Attachment | None:
    rows = Attachment.objects.filter(pk=attachment_id, state=AttachmentState.PENDING)
    return rows.select_for_update(no_key=True).first()


def _change(row: Attachment, **columns: Any) -> None:
    for name, value in columns.items():
        setattr(row, name, value)
    row.save(update_fields=list(columns))
    publish([message_changed(Message.objects.get(pk=row.message_id), "updated")])
