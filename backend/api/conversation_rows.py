"""
The list of conversations, from the columns straight to what travels.

It shows what `ConversationOut` shows, and a test holds the two together; made of bare rows it costs a fraction, and
this list is what every open browser asks for again and again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.db.models import Case, Q, QuerySet, When

from backend.api import words
from backend.api.pagination import Place, newest_first, ordered
from backend.api.prepared import Prepared, Slot
from backend.api.row_parts import show_author, show_error
from backend.api.standing import marketing_of, show_owner
from backend.conversations.models import Conversation
from backend.conversations.window import reply_window
from backend.integrations.models import IntegrationStatus
from backend.lib.json_types import JSONObject
from backend.platforms.registry import PLATFORMS

# In the order in which `show` takes them apart.
COLUMNS = (
    "id",
    "platform",
    "integration_id",
    "account_id",
    "status",
    "handler",
    "unread_count",
    "last_message_at",
    "last_inbound_at",
    "refused_at",
    "standing",
    "created_at",
    "contact_id",
    "contact__external_id",
    "contact__name",
    "contact__book_name",
    "contact__username",
    "contact__phone",
    "contact__picture_url",
    "integration__account_id",
    "integration__status",
    "integration__platform_account_name",
    "has_human_agent",
)
LAST_MESSAGE = (
    "last_message_id",
    "last_message__direction",
    "last_message__type",
    "last_message__text",
    "last_message__delivery_status",
    "last_message__error_code",
    "last_message__error_message",
    "last_message__error_resolution",
    "last_message__error_platform_code",
    "last_message__author_kind",
    "last_message__author_id",
    "last_message__author_name",
    "last_message__sent_at",
    "last_message__deleted_at",
)
Row = Sequence[Any]

ORDER = newest_first("last_message_at")
place_of = itemgetter(COLUMNS.index("last_message_at"), COLUMNS.index("id"))

# Which words a filter takes, and what it asks of a row.
CONDITIONS = {
    "platform": {word: Q(platform=word) for word in words.PLATFORM_NAMES},
    "status": {word: Q(status=word) for word in words.CONVERSATION_STATUSES},
    "handler": {word: Q(handler=word) for word in words.HANDLERS},
    "unread": {"true": Q(unread_count__gt=0), "false": Q(unread_count=0)},
}
Chosen = tuple[tuple[str, str], ...]  # The filters of a request, each with its word.

SLOTS = {
    "business": Slot.of(Conversation, "business", "the business of the request"),
    "at": Slot.of(Conversation, "last_message_at", datetime(1999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    "id": Slot.of(Conversation, "id", UUID("ffffffff-ffff-4fff-bfff-ffffffffffff")),
}


def fetch(business_id: str, chosen: Chosen, search: Q, behind: Place | None, count: int) -> list[Row]:
    """So many rows behind a place of the list. A search is a statement of its own; the others are written once."""
    if search:
        rows = _rows(business_id, chosen, behind).filter(search)
        return list(rows[:count])
    statement = _statement(chosen, behind is not None, count)
    place = dict(zip(("at", "id"), behind, strict=True)) if behind else {}
    return statement.run(business=business_id, **place)


@lru_cache(maxsize=64)
def _statement(chosen: Chosen, is_behind: bool, count: int) -> Prepared:
    behind = (SLOTS["at"].mark, SLOTS["id"].mark) if is_behind else None
    return Prepared(_rows(SLOTS["business"].mark, chosen, behind)[:count], SLOTS)


def _rows(business_id: str, chosen: Chosen, behind: Place | None) -> QuerySet[Conversation, Row]:
    conditions = (CONDITIONS[name][word] for name, word in chosen)
    tagged = Case(When(integration__settings__humanAgent=True, then=True), default=False)
    found = Conversation.objects.of(business_id).filter(*conditions).annotate(has_human_agent=tagged)
    rows = found.values_list(*COLUMNS, *LAST_MESSAGE)
    return ordered(rows, ORDER, behind)


def show(row: Row, at: datetime) -> JSONObject:
    """One conversation as it travels, with its reply window at this moment."""
    (own_id, platform, integration_id, account_id, status, handler, unread_count, last_message_at, last_inbound_at,
     refused_at, standing, created_at, contact_id, external_id, name, book_name, username, phone, picture_url,
     current_account, channel_status, account_name, has_human_agent, *last_message) = row  # fmt: skip
    is_current = not current_account or current_account == account_id
    window = reply_window(
        PLATFORMS[platform].capabilities,
        last_inbound_at=last_inbound_at,
        at=at,
        account_is_current=is_current,
        refused_at=refused_at,
        human_agent=has_human_agent,
    )
    return {
        "id": own_id,
        "platform": platform,
        "integrationId": integration_id,
        "accountId": account_id,
        "contact": {
            "id": contact_id,
            "externalId": external_id,
            "name": name or book_name or (f"@{username}" if username else None),
            "username": username or None,
            "phone": phone or None,
            "pictureUrl": picture_url or None,
        },
        "status": status,
        "handler": handler,
        "unreadCount": unread_count,
        "lastMessage": _show_last(*last_message) if last_message[0] else None,
        "lastMessageAt": last_message_at,
        "window": {"state": window.state, "closesAt": window.closes_at, "allowed": window.allowed},
        "channel": {
            "status": channel_status if is_current else IntegrationStatus.DISCONNECTED,
            "accountName": account_name if is_current else None,
        },
        "marketing": marketing_of(standing),
        "threadOwner": show_owner(standing),
        "createdAt": created_at,
    }


def _show_last(
    id: Any, direction: str, type: str, text: str, status: str, error_code: str, error_message: str,
    error_resolution: str, error_platform_code: int | None, author_kind: str, author_id: str, author_name: str,
    sent_at: datetime, deleted_at: datetime | None,
) -> JSONObject:  # fmt: skip
    return {
        "id": id,
        "direction": direction,
        "type": type,
        "text": text,
        "status": status,
        "error": show_error(error_code, error_message, error_resolution, error_platform_code),
        "author": show_author(author_kind, author_id, author_name),
        "sentAt": sent_at,
        "deletedAt": deleted_at,
    }
