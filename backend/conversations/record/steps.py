"""
What one notice does to one message, on the unsaved row.

A status never moves back, an edit takes its place in time, the latest reaction of a person counts, and what was
taken back stays so: in any order and any number of times, the end is the same.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from backend.conversations.models import Message
from backend.conversations.status import may_follow
from backend.lib.clock import now
from backend.lib.storable import storable_id, storable_text
from backend.platforms.port import (
    AnyNotice,
    DeliveryChanged,
    DeliveryFailure,
    DeliveryStatus,
    MessageDeleted,
    MessageEdited,
    ReactionChanged,
)
from backend.platforms.registry import PLATFORMS

STATUS_COLUMNS = [
    "delivery_status",
    "external_id",
    "error_code",
    "error_message",
    "error_resolution",
    "error_platform_code",
]
AMENDED_COLUMNS = ["text", "payload", "edits", "edited_at", "deleted_at", "reactions", "reacted_at"]


def apply(message: Message, notice: AnyNotice) -> bool:
    """Apply a notice that speaks of this message; whether anything changed."""
    return STEPS[type(notice)](message, notice)


def platform_time(occurred_at: datetime | None) -> datetime:
    """The platform's time; ours where it gave none, or one that lies ahead and would pin what comes after it."""
    present = now()
    return min(occurred_at, present) if occurred_at else present


def own_time(platform: str, moment: datetime) -> datetime:
    """A time of ours as fine as the platform tells its own, so that both sort together."""
    return moment.replace(microsecond=0) if PLATFORMS[platform].whole_seconds else moment


def take_step(message: Message, status: str, failure: DeliveryFailure | None = None) -> bool:
    """Move on to a status, where it may follow."""
    if not may_follow(message.delivery_status, status, error_code=message.error_code):
        return False
    message.delivery_status = status
    failed = failure if status == DeliveryStatus.FAILED else None
    message.error_code = storable_text(failed.code, 64) if failed else ""
    message.error_message = storable_text(failed.message) if failed else ""
    message.error_resolution = storable_text(failed.resolution or "") if failed else ""
    message.error_platform_code = failed.platform_code if failed else None
    return True


def _deliver(message: Message, notice: DeliveryChanged) -> bool:
    return take_step(message, notice.status, notice.failure)


def _edit(message: Message, notice: MessageEdited) -> bool:
    text = storable_text(notice.text)
    at = platform_time(notice.occurred_at)
    said_without_time = notice.occurred_at is None and text == message.text
    first, changes = _history(message)
    if message.deleted_at or said_without_time or (at, text) in changes:
        return False
    changes = sorted([*changes, (at, text)], key=lambda change: change[0])
    texts = [first, *(text for _, text in changes)]
    message.edits = [
        {"text": former, "at": _written(at)} for former, (at, _) in zip(texts, changes, strict=False)
    ]
    message.edited_at, message.text = changes[-1]
    return True


def _history(message: Message) -> tuple[str, list[tuple[datetime, str]]]:
    """The text at first, and each text that it was changed to, with the time."""
    texts = [*(edit["text"] for edit in message.edits), message.text]
    times = [datetime.fromisoformat(edit["at"]) for edit in message.edits]
    return texts[0], list(zip(times, texts[1:], strict=True))


def _written(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _delete(message: Message, notice: MessageDeleted) -> bool:
    if message.deleted_at:
        return False
    message.deleted_at = platform_time(notice.occurred_at)
    message.text, message.payload, message.edits, message.edited_at = "", {}, [], None
    return True


def _react(message: Message, notice: ReactionChanged) -> bool:
    author = message.account_id if notice.by_business else storable_id(notice.contact.external_id, 255)
    at = platform_time(notice.occurred_at)
    known = message.reacted_at.get(author)
    if known and at < datetime.fromisoformat(known):
        return False
    others = [reaction for reaction in message.reactions if reaction.get("by") != author]
    emoji = storable_text(notice.emoji, 64)
    now_there = [*others, {"emoji": emoji, "by": author}] if emoji else others
    if known and now_there == message.reactions:
        return False
    message.reactions = now_there
    message.reacted_at = {**message.reacted_at, author: _written(at)}
    return True


STEPS: dict[type, Callable[..., bool]] = {
    DeliveryChanged: _deliver,
    MessageEdited: _edit,
    MessageDeleted: _delete,
    ReactionChanged: _react,
}
