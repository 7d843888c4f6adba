"""
The list of messages, from the columns straight to what travels.

It shows what `MessageOut` shows, and a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any
from uuid import UUID

from backend.api.attachment_rows import attachments_of, may_have_files
from backend.api.pagination import Place, newest_first, ordered
from backend.api.prepared import Prepared, Slot
from backend.api.replies import reply_targets
from backend.api.row_parts import show_author, show_error, show_reaction
from backend.conversations.models import Conversation, Message
from backend.lib.json_types import JSONObject

# In the order in which `_show` takes them apart.
COLUMNS = (
    "id",
    "conversation_id",
    "direction",
    "type",
    "text",
    "reply_to_external_id",
    "reactions",
    "delivery_status",
    "error_code",
    "error_message",
    "error_resolution",
    "error_platform_code",
    "external_id",
    "author_kind",
    "author_id",
    "author_name",
    "sent_at",
    "edited_at",
    "edits",
    "deleted_at",
    "referral",
    "payload",
    "created_at",
    "account_id",
)
Row = Sequence[Any]

ORDER = newest_first("sent_at")
place_of = itemgetter(COLUMNS.index("sent_at"), COLUMNS.index("id"))
_reply_to = itemgetter(COLUMNS.index("reply_to_external_id"))
_id = itemgetter(COLUMNS.index("id"))
_about_files = itemgetter(*map(COLUMNS.index, ("type", "payload", "deleted_at")))

SLOTS = {
    "conversation": Slot.of(Message, "conversation", UUID("eeeeeeee-eeee-4eee-aeee-eeeeeeeeeeee")),
    "at": Slot.of(Message, "sent_at", datetime(1999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    "id": Slot.of(Message, "id", UUID("ffffffff-ffff-4fff-bfff-ffffffffffff")),
}

CALLED = {
    "business": Slot.of(Conversation, "business", "a business that nobody means"),
    "conversation": Slot.of(Conversation, "id", UUID("eeeeeeee-eeee-4eee-aeee-eeeeeeeeeeee")),
}


def present_id(business_id: str, conversation_id: UUID) -> UUID | None:
    """The conversation with this id as it is called now, if it is of this business."""
    found = _called().run(business=business_id, conversation=conversation_id)
    return found[0][0] if found else None


@lru_cache(maxsize=1)
def _called() -> Prepared:
    business, conversation = CALLED["business"].mark, CALLED["conversation"].mark
    return Prepared(Conversation.objects.of(business).called(conversation).values_list("pk"), CALLED)


def fetch(conversation_id: UUID, behind: Place | None, count: int) -> list[Row]:
    """So many rows behind a place of the list."""
    place = dict(zip(("at", "id"), behind, strict=True)) if behind else {}
    return _statement(behind is not None, count).run(conversation=conversation_id, **place)


@lru_cache(maxsize=16)
def _statement(is_behind: bool, count: int) -> Prepared:
    behind = (SLOTS["at"].mark, SLOTS["id"].mark) if is_behind else None
    rows = Message.objects.filter(conversation=SLOTS["conversation"].mark).values_list(*COLUMNS)
    return Prepared(ordered(rows, ORDER, behind)[:count], SLOTS)


def show_page(conversation_id: UUID, rows: Iterable[Row]) -> list[JSONObject]:
    """The messages as they travel; what they reply to and their files are looked up once for all of them."""
    rows = list(rows)
    targets = reply_targets({conversation_id}, {_reply_to(row) for row in rows} - {""})
    files = attachments_of({_id(row) for row in rows if may_have_files(*_about_files(row))})
    return [
        _show(row, targets.get((conversation_id, _reply_to(row))), files.get(_id(row), [])) for row in rows
    ]


def _show(row: Row, reply_to_id: UUID | None, attachments: list[JSONObject]) -> JSONObject:
    (own_id, conversation_id, direction, type_, text, _, reactions, status, error_code, error_message, error_resolution,
     error_platform_code, external_id, author_kind, author_id, author_name, sent_at, edited_at, edits, deleted_at,
     referral, payload, created_at, account_id) = row  # fmt: skip
    return {
        "id": own_id,
        "conversationId": conversation_id,
        "direction": direction,
        "type": type_,
        "text": text,
        "attachments": attachments,
        "replyToId": reply_to_id,
        "reactions": [show_reaction(each, account_id) for each in reactions],
        "status": status,
        "error": show_error(error_code, error_message, error_resolution, error_platform_code),
        "externalId": external_id,
        "author": show_author(author_kind, author_id, author_name),
        "sentAt": sent_at,
        "editedAt": edited_at,
        "edits": [{"text": each["text"], "at": each["at"]} for each in edits],
        "deletedAt": deleted_at,
        "referral": _object(referral) if referral is not None else None,
        "payload": _object(payload),
        "createdAt": created_at,
    }


def _object(value: Any) -> JSONObject:
    return value if isinstance(value, dict) else {}
