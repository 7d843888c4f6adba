"""Up to when a contact has received and read: the greatest time counts, whenever it comes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import F, Q

from backend.conversations.models import Conversation, Direction, Message
from backend.conversations.record.changes import message_changed
from backend.conversations.record.people import Folder
from backend.conversations.record.steps import STATUS_COLUMNS, take_step
from backend.conversations.status import sources_of
from backend.engine.rows import update_rows, upsert_rows
from backend.feed.publish import Change
from backend.platforms.port import DeliveryStatus

COVERED = {DeliveryStatus.DELIVERED: "delivered_until", DeliveryStatus.READ: "read_until"}
COVERED_COLUMNS = list(COVERED.values())
FOLDER_COLUMNS = ["unread_count", "last_message", "last_message_at", "last_inbound_at", "status"]


def cover(folder: Folder, status: DeliveryStatus, until: datetime) -> None:
    """Remember on the unsaved conversation that everything up to this time moved on."""
    column = COVERED.get(status)
    known = getattr(folder.conversation, column) if column else None
    if column and (known is None or until > known):
        setattr(folder.conversation, column, until)
        folder.covered = True


def take_covered(message: Message, conversation: Conversation) -> bool:
    """Apply to an unsaved own message what its conversation is covered by; whether anything changed."""
    if message.direction != Direction.OUTBOUND or not message.external_id:
        return False
    moved = False
    for status, column in COVERED.items():
        until = getattr(conversation, column)
        if until and message.sent_at <= until:
            moved |= take_step(message, status)
    return moved


def save_folders(folders: Iterable[Folder]) -> None:
    """Write the conversations that are new or changed."""
    changed = [folder.conversation for folder in folders if folder.touched or folder.covered or folder.is_new]
    upsert_rows(changed, unique=["id"], update=[*FOLDER_COLUMNS, *COVERED_COLUMNS])


def sweep_covered(folders: Iterable[Folder]) -> list[Change]:
    """Move every message on that a newly set time covers; the conversations are saved already."""
    moved = {folder.conversation.pk for folder in folders if folder.covered}
    if not moved:
        return []
    behind = Q()
    for status, column in COVERED.items():
        behind |= Q(delivery_status__in=sources_of(status), sent_at__lte=F(f"conversation__{column}"))
    rows = Message.objects.filter(
        behind, conversation_id__in=moved, direction=Direction.OUTBOUND, external_id__isnull=False
    )
    changed = [
        message
        for message in rows.select_related("conversation").select_for_update(of=("self",)).order_by("id")
        if take_covered(message, message.conversation)
    ]
    update_rows(changed, STATUS_COLUMNS)
    return [message_changed(message, "status") for message in changed]
