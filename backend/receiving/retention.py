"""Webhook events are kept for a while, for whoever wants to know what came; then they go, the oldest first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import transaction

from backend.engine.trimming import BATCH, remove
from backend.lib.clock import now
from backend.receiving.loads import Load
from backend.receiving.models import AwaitedAccount, EventState, WebhookEvent, WebhookShare

logger = structlog.get_logger(__name__)

BEHIND = 500  # Events that wait; the lanes that people wait for come first.

# Before which time of arrival an event of a state goes; a state that is not named stays.
Limits = Mapping[EventState, datetime]


def is_inbox_behind() -> bool:
    """Whether so much live news waits in the inbox that nothing else should ask for the disk."""
    live = WebhookEvent.objects.waiting(now()).filter(lane=Load.LIVE)
    return live[BEHIND : BEHIND + 1].exists()


@dataclass(slots=True)
class Passage:
    """One walk through the events, from the oldest on; what is kept for longer stands among the old ones."""

    position: int = 0  # The id of the last event that was looked at.
    removed: int = 0

    def step(self, limits: Limits, *, batch: int = BATCH) -> bool:
        """Look at the next few and remove what is old; whether the walk goes on. The next one begins anew."""
        rows = WebhookEvent.objects.filter(pk__gt=self.position).order_by("pk")
        found = list(rows.values_list("pk", "received_at", "state")[:batch])
        latest = max(limits.values(), default=None)
        if latest is None:
            return False
        old = [key for key, at, state in found if at < limits.get(EventState(state), at)]
        self.removed += _remove(old)
        goes_on = len(found) == batch and found[-1][1] < latest
        self.position = found[-1][0] if goes_on else 0
        if not goes_on and self.removed:
            logger.info("retention.walked", events_removed=self.removed)
            self.removed = 0
        return goes_on


def _remove(keys: list[int]) -> int:
    if not keys:
        return 0
    with transaction.atomic():
        # What was put back meanwhile stays; what stays locked cannot be put back.
        settled = WebhookEvent.objects.select_for_update().filter(pk__in=keys, due_at__isnull=True)
        settled_keys = list(settled.order_by("pk").values_list("pk", flat=True))
        for referring in (WebhookShare, AwaitedAccount):
            referring.objects.filter(event__in=settled_keys).delete()
        remove(WebhookEvent, settled_keys)
    return len(settled_keys)
