"""How long files are kept: what was lent for a day, the rest as the settings say, an upload until somebody sends it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction

from backend.conversations.models import Attachment, AttachmentState, Message
from backend.conversations.record.attachments import let_go, remove_attachments
from backend.conversations.record.changes import message_changed
from backend.feed.publish import publish
from backend.files import store
from backend.files.models import StoredFile

BATCH = 100


def remove_lent_files(*, at: datetime) -> bool:
    """Remove a batch of what the platform lets us show for a day only; whether there may be more."""
    return _remove(Attachment.objects.filter(leaves_at__lte=at).values_list("pk", flat=True)[:BATCH])


def remove_old_files(*, before: datetime) -> bool:
    """Remove a batch of the files that came before that time; whether there may be more."""
    old = Attachment.objects.filter(state=AttachmentState.STORED, created_at__lt=before)
    return _remove(old.order_by("created_at").values_list("pk", flat=True)[:BATCH])


def _remove(found: Collection[UUID]) -> bool:
    ids = list(found)
    with transaction.atomic():
        removed = remove_attachments(ids)
        messages = Message.objects.filter(pk__in={row.message_id for row in removed}).order_by("pk")
        publish([message_changed(message, "updated") for message in messages])
    return len(ids) == BATCH


def release_uploads(*, at: datetime) -> bool:
    """Let go of a batch of uploads that nobody sent in time; whether there may be more."""
    waited = StoredFile.objects.stored().filter(kept_until__lte=at)
    ids = list(waited.values_list("pk", flat=True)[:BATCH])
    with transaction.atomic():
        let_go(ids)
        store.stop_waiting(ids)
    return len(ids) == BATCH
