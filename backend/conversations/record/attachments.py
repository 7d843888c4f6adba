"""The files of messages: told of with their message, handed in, and taken away with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction

from backend.conversations.models import Attachment, AttachmentState, Message
from backend.engine.lanes import ring
from backend.engine.rows import insert_rows, row_of
from backend.files import store
from backend.files.models import StoredFile
from backend.lib.clock import now
from backend.lib.storable import storable_id, storable_text
from backend.platforms import port

LANE = "media"
LENT_FOR = timedelta(hours=24)  # As long as a story lives at the platform.
CANNOT_BE_HAD = "media_unavailable"
SEND_AGAIN = "Ask the customer to send it again, in another way or in a smaller file."

# What says where a file is, and what it is to be known by.
WHEREABOUTS = {"media_id": "", "url": "", "sha256": "", "due_at": None, "leaves_at": None}
GONE: dict[str, Any] = WHEREABOUTS | {"state": AttachmentState.REMOVED, "file": None, "name": ""}


def insert_attachments(
    told: Iterable[tuple[Message, Sequence[port.Attachment]]],
) -> dict[UUID, list[Attachment]]:
    """The rows of the files that come with these messages, by message; rings `media`. No file, no statement."""
    rows = [
        _told(message, position, said)
        for message, attachments in told
        for position, said in enumerate(attachments)
    ]
    if rows:
        insert_rows(Attachment, [row_of(row) for row in rows])
        transaction.on_commit(partial(ring, LANE))
    by_message: dict[UUID, list[Attachment]] = defaultdict(list)
    for row in rows:
        by_message[row.message_id].append(row)
    return by_message


def _told(message: Message, position: int, said: port.Attachment) -> Attachment:
    present = now()
    row = Attachment(
        business_id=message.business_id,
        message_id=message.pk,
        position=position,
        type=said.type,
        state=AttachmentState.PENDING,
        created_at=present,
    )
    if message.deleted_at:  # The platform was faster in taking it back.
        row.state = AttachmentState.REMOVED
        return row
    row.name = storable_text(said.name, 255)
    row.mime_type = storable_text(said.mime_type, 127)
    if said.failure:
        row.state = AttachmentState.FAILED
        row.error_code, row.error_message = CANNOT_BE_HAD, storable_text(said.failure)
        row.error_resolution = SEND_AGAIN
        return row
    row.media_id, row.url = storable_id(said.media_id), storable_text(said.url)
    row.sha256 = storable_text(said.sha256, 128)
    row.due_at = present
    row.leaves_at = message.sent_at + LENT_FOR if said.transient else None
    return row


def attach_files(given: Iterable[tuple[Message, Sequence[StoredFile]]]) -> None:
    """The files that own messages are sent with, in the caller's transaction. Raises FileGone."""
    pairs = [(message, position, file) for message, files in given for position, file in enumerate(files)]
    wanted = {file.pk for _, _, file in pairs}
    if wanted and {row.pk for row in store.lock_stored(wanted)} != wanted:
        raise store.FileGone
    rows = [_given(message, position, file) for message, position, file in pairs]
    insert_rows(Attachment, [row_of(row) for row in rows])


def _given(message: Message, position: int, file: StoredFile) -> Attachment:
    return Attachment(
        business_id=message.business_id,
        message_id=message.pk,
        position=position,
        type=type_of(file.mime_type),
        name=file.name,
        mime_type=file.mime_type,
        size=file.size,
        state=AttachmentState.STORED,
        file_id=file.pk,
    )


FAMILIES = {
    "image": port.AttachmentType.IMAGE,
    "video": port.AttachmentType.VIDEO,
    "audio": port.AttachmentType.AUDIO,
}


def type_of(mime_type: str) -> port.AttachmentType:
    """What a file of this type is to those who look at it."""
    return FAMILIES.get(mime_type.partition("/")[0], port.AttachmentType.DOCUMENT)


def take_back_attachments(messages: Iterable[Message]) -> None:
    """Of those messages that were taken back, the files are gone too. Nothing taken back, no statement."""
    taken_back = [message.pk for message in messages if message.deleted_at]
    if taken_back:
        _remove(taken_back)


def _remove(message_ids: Collection[UUID]) -> None:
    rows = Attachment.objects.filter(message__in=message_ids).order_by("id").select_for_update(no_key=True)
    files = [row.file_id for row in rows if row.file_id]
    Attachment.objects.filter(message__in=message_ids).update(**GONE)
    let_go(files)


def remove_attachments(ids: Collection[UUID]) -> list[Attachment]:
    """These files are not kept any longer; which they were. In the caller's transaction."""
    rows = list(Attachment.objects.filter(pk__in=ids).order_by("id").select_for_update(no_key=True))
    Attachment.objects.filter(pk__in=[row.pk for row in rows]).update(**GONE)
    let_go([row.file_id for row in rows if row.file_id])
    return rows


def erase_attachments(message_ids: Collection[UUID]) -> None:
    """Nothing is left of the files of these messages, not even that they were there."""
    rows = Attachment.objects.filter(message__in=message_ids)
    # Behind the lock: whoever fetches one of them has written what came of it, or finds nothing.
    files = [row.file_id for row in rows.order_by("id").select_for_update()]
    rows.delete()
    let_go(files)


def move_attachments(message: Message, twin: Message) -> None:
    """The message takes the files of the row that an echo made for it, unless it has its own."""
    if Attachment.objects.filter(message=message.pk).exists():
        erase_attachments([twin.pk])
    else:
        Attachment.objects.filter(message=twin.pk).update(message=message.pk)


def let_go(files: Collection[UUID | None]) -> None:
    """The bytes that no message of the business uses any more are to be removed; an upload waits for its time."""
    ids = {file for file in files if file}
    if not ids:
        return
    present = now()
    free = {row.pk for row in store.lock_stored(ids) if not _is_kept(row, present)}
    used = Attachment.objects.filter(file__in=free).values_list("file_id", flat=True)
    store.discard(free - set(used))


def _is_kept(row: StoredFile, present: datetime) -> bool:
    return row.kept_until is not None and row.kept_until > present
