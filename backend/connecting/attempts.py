"""Attempts that nobody finished leave nothing behind."""

from __future__ import annotations

from django.db.models import Exists, OuterRef

from backend.connecting.models import ConnectionAttempt
from backend.integrations.models import ChannelIntegration
from backend.lib.clock import now


def forget_expired() -> bool:
    """Drop the sealed grants of attempts that are over, and what they left on their integrations."""
    present = now()
    over = ConnectionAttempt.objects.filter(expires_at__lte=present, finished_at__isnull=True)
    over.update(grant="", finished_at=present)
    going_on = ConnectionAttempt.objects.open(present).filter(integration=OuterRef("pk"))
    abandoned = ChannelIntegration.objects.filter(~Exists(going_on), reconnecting=True)
    abandoned.update(reconnecting=False)
    return False
