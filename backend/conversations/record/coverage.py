"""Up to when a contact has received and read: the greatest time counts, whenever it comes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cache

from django.db import connection

from backend.conversations.models import Conversation, Direction, Message
from backend.conversations.record.folder import Folder
from backend.conversations.record.steps import platform_time, take_step
from backend.conversations.status import NOT_READ, sources_of
from backend.engine.questions import instances
from backend.engine.rows import dumped, name_of, row_of, source, update_rows, upsert_rows
from backend.platforms.port import AnyNotice, DeliveryChanged, DeliveryStatus

COVERED = {DeliveryStatus.DELIVERED: "delivered_until", DeliveryStatus.READ: "read_until"}
COVERED_COLUMNS = list(COVERED.values())
TOLD_COLUMNS = ["id", "business_id", "conversation_id", "delivery_status"]  # What the feed says of a message.
FOLDER_COLUMNS = [
    "unread_count",
    "last_message",
    "last_message_at",
    "last_inbound_at",
    "refused_at",
    "status",
    "handler",
    "handed_at",
    "standing",
    "turn_began_at",
    "turn_due_at",
]


def cover(folder: Folder, status: DeliveryStatus, until: datetime) -> None:
    """Remember on the unsaved conversation that everything up to this time moved on."""
    column = COVERED.get(status)
    known = getattr(folder.conversation, column) if column else None
    if column and (known is None or until > known):
        setattr(folder.conversation, column, until)
        folder.covered = True


def cover_by(folder: Folder, notice: AnyNotice, message: Message | None = None) -> None:
    """Remember what a notice says of more messages than the one that it names."""
    if not isinstance(notice, DeliveryChanged):
        return
    if notice.watermark:
        cover(folder, notice.status, platform_time(notice.watermark))
    if notice.covers_earlier and message:
        cover(folder, notice.status, message.sent_at)


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
    """Write the conversations that are new or changed, with one statement; where none is new, with a cheaper one."""
    changed = [folder for folder in folders if folder.touched or folder.covered or folder.is_new]
    columns = [*FOLDER_COLUMNS, *COVERED_COLUMNS]
    if any(folder.is_new for folder in changed):
        rows = [row_of(folder.conversation) for folder in changed]
        upsert_rows(Conversation, rows, unique=["id"], update=columns)
    else:
        update_rows(Conversation, [row_of(folder.conversation, "id", *columns) for folder in changed])


def sweep_covered(folders: Iterable[Folder]) -> list[Message]:
    """Move every message on that a newly set time covers, with one statement; the conversations are saved already."""
    moved = [(folder.pk,) for folder in folders if folder.covered]
    if not moved:
        return []
    return instances(Message, TOLD_COLUMNS, _sweep(connection.vendor), [dumped(moved)])


@cache
def _sweep(_vendor: str) -> str:
    message, conversation = name_of(Message), name_of(Conversation)
    steps = {
        status: f"({message}.delivery_status IN ({_listed(sources_of(status))})"
        f" AND {message}.sent_at <= {conversation}.{column})"
        for status, column in reversed(COVERED.items())
    }
    furthest = " ".join(f"WHEN {step} THEN '{status}'" for status, step in steps.items())
    read = f"SELECT said.id FROM {source(Conversation, ['id'])}"
    told = ", ".join(f"{message}.{name}" for name in TOLD_COLUMNS)
    return (  # Every word is ours; the ids are a parameter.
        f"UPDATE {message} SET delivery_status = CASE {furthest} END, error_code = '', error_message = '',"
        f" error_resolution = '', error_platform_code = NULL FROM {conversation}"
        f" WHERE {conversation}.id = {message}.conversation_id AND {conversation}.id IN ({read})"
        f" AND {message}.direction = '{Direction.OUTBOUND}' AND {message}.external_id IS NOT NULL"
        f" AND {message}.delivery_status IN ({_listed(NOT_READ)}) AND ({' OR '.join(steps.values())})"
        f" RETURNING {told}"
    )


def _listed(words: Iterable[str]) -> str:
    return ", ".join(f"'{word}'" for word in words)
