"""Records what webhooks say. Nothing here depends on the order of processing, so a repeat is harmless."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from backend.conversations.record.amendments import apply_amendments
from backend.conversations.record.changes import conversation_changed
from backend.conversations.record.coverage import save_folders, sweep_covered
from backend.conversations.record.erased import Told, find_erased
from backend.conversations.record.messages import insert_messages
from backend.conversations.record.named import Named
from backend.conversations.record.people import BRINGING, add_folders, find_folders
from backend.conversations.record.statuses import apply_statuses
from backend.feed.publish import publish
from backend.integrations.models import ChannelIntegration
from backend.platforms.port import (
    AnyNotice,
    DeliveryChanged,
    MessageDeleted,
    MessageEdited,
    ReactionChanged,
)


@dataclass(frozen=True, slots=True)
class Arrival:
    """One notice, and the integration that it was routed to."""

    integration: ChannelIntegration
    notice: AnyNotice
    received_at: datetime | None = None  # When it came to us, as far as that is known.


def record_notices(arrivals: Sequence[Arrival], *, own_app_id: str) -> None:
    """Write everything the notices say, save of who was erased, in one transaction. Safe to run twice."""
    with transaction.atomic():
        folders = find_folders(arrivals)
        arrivals = _without_erased(arrivals)  # Behind the lock: an erasure is over, or waits for us.
        add_folders(folders, arrivals)
        named = Named(arrivals, folders)
        changes = insert_messages(_of(arrivals, *BRINGING), folders, named, own_app_id=own_app_id)
        changes += apply_statuses(_of(arrivals, DeliveryChanged), folders, named)
        changes += apply_amendments(_of(arrivals, MessageEdited, MessageDeleted, ReactionChanged), named)
        named.save_changed()
        touched = [folder.conversation for folder in folders.values() if folder.touched]
        save_folders(folders.values())
        changes += sweep_covered(folders.values())
        publish([*changes, *map(conversation_changed, touched)])


def _without_erased(arrivals: Sequence[Arrival]) -> list[Arrival]:
    erased = find_erased(
        [
            Told(each.integration.platform, each.integration.account_id or "", each.notice, each.received_at)
            for each in arrivals
        ]
    )
    return [arrival for number, arrival in enumerate(arrivals) if number not in erased]


def _of(arrivals: Sequence[Arrival], *kinds: type) -> list[Arrival]:
    return [arrival for arrival in arrivals if isinstance(arrival.notice, kinds)]
