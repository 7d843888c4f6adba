"""When each account was last heard of: what tells a quiet account from one whose webhooks stay away."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from backend.integrations.models import ChannelIntegration

# Finer than this nobody needs it, and coarser it costs nothing: most batches write nothing at all.
TO_WITHIN = timedelta(minutes=5)


def note_heard(deliveries: Iterable[tuple[ChannelIntegration, datetime]]) -> None:
    """Keep when the newest delivery of each account came; one statement for all of them, or none."""
    newest: dict[UUID, tuple[ChannelIntegration, datetime]] = {}
    for integration, at in deliveries:
        known = newest.get(integration.id)
        if known is None or known[1] < at:
            newest[integration.id] = (integration, at)
    stale = [integration for integration, at in newest.values() if _is_news(integration, at)]
    for integration in stale:
        integration.last_webhook_at = newest[integration.pk][1]
    if stale:
        ChannelIntegration.objects.bulk_update(stale, ["last_webhook_at"])


def _is_news(integration: ChannelIntegration, at: datetime) -> bool:
    last = integration.last_webhook_at
    return last is None or at - last >= TO_WITHIN
