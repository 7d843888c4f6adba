"""The platform's id of an own message: known at last, by its answer, a status or an echo."""

from __future__ import annotations

from uuid import UUID

from backend.conversations.models import Conversation, Message
from backend.conversations.record.attachments import move_attachments
from backend.conversations.record.folder import Folder
from backend.conversations.record.steps import AMENDED_COLUMNS, take_step
from backend.platforms.port import DeliveryFailure


def give_id(message: Message, external_id: str, folder: Folder) -> UUID | None:
    """Give the unsaved row its id; the row that an echo made for it meanwhile is taken in: its id, or None."""
    twin = (
        Message.objects.filter(
            integration_id=message.integration_id, account_id=message.account_id, external_id=external_id
        )
        .exclude(pk=message.pk)
        .first()
    )
    message.external_id = external_id
    if twin is None:
        return None
    absorbed = twin.pk
    _absorb(message, twin, folder)
    return absorbed


def _absorb(message: Message, twin: Message, folder: Folder) -> None:
    failure = DeliveryFailure(
        code=twin.error_code,
        message=twin.error_message,
        resolution=twin.error_resolution,
        platform_code=twin.error_platform_code,
    )
    take_step(message, twin.delivery_status, failure)
    # Our own words stay, unless they were changed at the platform.
    amended = AMENDED_COLUMNS if twin.deleted_at or twin.edits else ("reactions", "reacted_at")
    for column in amended:
        setattr(message, column, getattr(twin, column))
    Conversation.objects.filter(last_message_id=twin.pk).update(last_message_id=message.pk)
    if folder.conversation.last_message_id == twin.pk:
        folder.conversation.last_message_id = message.pk
    move_attachments(message, twin)
    twin.delete()
