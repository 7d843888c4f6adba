"""Records what webhooks say. Nothing here depends on the order of processing, so a repeat is harmless."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from backend.conversations.models import Conversation
from backend.conversations.record.amendments import apply_amendments
from backend.conversations.record.changes import conversation_changed
from backend.conversations.record.messages import insert_messages
from backend.conversations.record.people import open_folders
from backend.conversations.record.statuses import apply_statuses
from backend.feed.publish import publish
from backend.integrations.models import ChannelIntegration
from backend.platforms.port import (
    AnyNotice,
    DeliveryChanged,
    MessageDeleted,
    MessageEchoed,
    MessageEdited,
    MessageReceived,
    ReactionChanged,
)


@dataclass(frozen=True, slots=True)
class Arrival:
    """One notice, and the integration that it was routed to."""

    integration: ChannelIntegration
    notice: AnyNotice


def record_notices(arrivals: Sequence[Arrival], *, own_app_id: str) -> None:
    """Write everything the notices say, in one transaction. Safe to run twice."""
    with transaction.atomic():
        folders = open_folders(_of(arrivals, MessageReceived, MessageEchoed))
        changes = insert_messages(_of(arrivals, MessageReceived, MessageEchoed), folders, own_app_id=own_app_id)
        changes += apply_statuses(_of(arrivals, DeliveryChanged))
        changes += apply_amendments(_of(arrivals, MessageEdited, MessageDeleted, ReactionChanged))
        touched = [folder.conversation for folder in folders.values() if folder.touched]
        _save_conversations(touched)
        publish([*changes, *map(conversation_changed, touched)])


def _of(arrivals: Sequence[Arrival], *kinds: type) -> list[Arrival]:
    return [arrival for arrival in arrivals if isinstance(arrival.notice, kinds)]


def _save_conversations(touched: list[Conversation]) -> None:
    Conversation.objects.bulk_update(
        touched, ["unread_count", "last_message", "last_message_at", "last_inbound_at", "status"]
    )
