"""
What the platform's history told first, and somebody tells better later.

A message that was read back alerts nobody. When its webhook comes after all, it is as if it had come first: the person
is unread, the window opens, and the webhook's words stay. Where a webhook could only say that there was something, and
history tells what, the row takes that and stays what it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from uuid import UUID

from backend.conversations.models import Attachment, Direction, Message
from backend.conversations.record.coverage import take_covered
from backend.conversations.record.folder import Folder
from backend.conversations.record.named import Named
from backend.conversations.record.steps import AMENDED_COLUMNS, platform_time
from backend.engine.rows import row_of, update_rows
from backend.lib.clock import now
from backend.lib.storable import storable, storable_id, storable_text
from backend.platforms import port
from backend.platforms.port import MessageEchoed, MessageReceived, MessageType

# A message that is there, and a notice that tells of it once more.
Retold = tuple[Message, MessageReceived | MessageEchoed]
Files = tuple[Message, tuple[port.Attachment, ...]]

TOLD_COLUMNS = (
    "is_history",
    "type",
    "text",
    "edits",
    "payload",
    "referral",
    "reply_to_external_id",
    "sent_at",
    "author_id",
    "created_at",
)


ASKED_BY_THE_FEED = ("type", "referral", "author_kind", "author_id", "author_name")


def may_tell_more(known: Message, notice: MessageReceived | MessageEchoed) -> bool:
    """Whether it is worth a look: of a row that a webhook told, history knows a file at most."""
    return known.is_history or (notice.is_history and bool(notice.attachments))


def tells_more(known: Message, notice: MessageReceived | MessageEchoed) -> bool:
    """Whether the notice knows the message better than the row: a webhook, or the file behind a placeholder."""
    if (known.direction == Direction.INBOUND) != isinstance(notice, MessageReceived):
        return False
    comes_now = known.is_history and not notice.is_history
    return comes_now or (notice.is_history and MessageType.UNSUPPORTED in {known.type} - {notice.type})


def tell_better(
    retold: Sequence[Retold], folders: Mapping[UUID, Folder], named: Named, *, with_files: Collection[UUID]
) -> tuple[list[Message], list[Files]]:
    """Give the rows what the notices say; those that are no history any more, and the files that some have now.

    `with_files`: the rows that this batch gives files already.
    """
    # The others are filed with this batch.
    kept = {message.pk: message for message, _ in retold if not message._state.adding}
    _load_words(kept.values(), named)
    came: dict[UUID, Message] = {}
    better: dict[UUID, Message] = {}
    for message, notice in retold:
        folder = folders.get(message.conversation_id)
        if folder and tells_more(message, notice):
            comes_now = message.is_history and not notice.is_history
            _take_words(message, notice)
            take_covered(message, folder.conversation)
            better |= {message.pk: message} if message.pk in kept else {}
            if comes_now:
                folder.add(message, notice)
                came |= {message.pk: message} if message.pk in kept else {}
    update_rows(Message, [row_of(message, "id", *TOLD_COLUMNS) for message in better.values()])
    return list(came.values()), _new_files(told for told in retold if told[0].pk not in with_files)


def _new_files(retold: Iterable[Retold]) -> list[Files]:
    """The files of rows that have none yet."""
    told = {message.pk: (message, notice.attachments) for message, notice in retold if notice.attachments}
    if not told:
        return []
    there = set(Attachment.objects.filter(message__in=told).values_list("message", flat=True))
    return [files for pk, files in told.items() if pk not in there]


def _load_words(rows: Collection[Message], named: Named) -> None:
    """What a batch of mere messages does not read of those that are there."""
    if named.whole or not rows:
        return
    columns = (*ASKED_BY_THE_FEED, *AMENDED_COLUMNS)
    found = Message.objects.filter(pk__in={row.pk for row in rows}).values_list("pk", *columns)
    words = {pk: values for pk, *values in found}
    for row in rows:
        for column, value in zip(columns, words[row.pk], strict=True):
            setattr(row, column, value)


def _take_words(message: Message, notice: MessageReceived | MessageEchoed) -> None:
    message.is_history = message.is_history and notice.is_history
    message.created_at = message.created_at if notice.is_history else now()  # It comes now.
    message.type = notice.type
    message.reply_to_external_id = storable_id(notice.reply_to_external_id)
    message.sent_at = platform_time(notice.occurred_at)
    if isinstance(notice, MessageReceived):
        message.referral = storable(notice.referral)
    else:
        message.author_id = storable_text(notice.app_id, 64)
    if message.deleted_at:
        return  # It was taken back meanwhile.
    message.payload = storable(notice.payload)
    text = storable_text(notice.text)
    if message.edits:  # It was changed meanwhile; what it said at first is known now.
        message.edits = [{**message.edits[0], "text": text}, *message.edits[1:]]
    else:
        message.text = text
