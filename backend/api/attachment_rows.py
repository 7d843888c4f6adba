"""The files of messages as they travel, looked up once for all messages of an answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import Any
from uuid import UUID

from backend.conversations.models import Attachment, AttachmentState
from backend.files.links import link_to
from backend.lib.json_types import JSONObject

COLUMNS = (
    "message_id",
    "id",
    "type",
    "mime_type",
    "size",
    "state",
    "name",
    "error_code",
    "error_message",
    "error_resolution",
)
Attachments = dict[UUID, list[JSONObject]]


def attachments_of(messages: Collection[UUID]) -> Attachments:
    """Message -> its files; none are looked up where no message can have any."""
    found: Attachments = defaultdict(list)
    if messages:
        rows = Attachment.objects.filter(message__in=messages).order_by("message", "position")
        for message_id, *columns in rows.values_list(*COLUMNS):
            found[message_id].append(_show(*columns))
    return found


def _show(
    id: UUID,
    type: str,
    mime_type: str,
    size: int | None,
    state: str,
    name: str,
    code: str,
    message: str,
    remedy: str,
) -> JSONObject:
    error = {"code": code, "message": message, "resolution": remedy or None} if code else None
    return {
        "id": str(id),
        "type": type,
        "mimeType": mime_type or None,
        "size": size,
        "url": link_to(id) if state == AttachmentState.STORED else None,
        "state": state,
        "name": name or None,
        "error": error,
    }


def may_have_files(type: str, payload: Any, deleted_at: object) -> bool:
    """Whether a message may have files: a plain text has none, and most messages are that."""
    return type != "TEXT" or bool(payload) or deleted_at is not None
