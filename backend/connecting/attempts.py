"""Attempts that nobody finished leave nothing behind."""

from __future__ import annotations

from django.db.models import Exists, OuterRef

from backend.connecting import words
from backend.connecting.models import OPEN_STATES, ConnectionAttempt, ConnectionStep, StepState
from backend.integrations.models import ChannelIntegration
from backend.lib.clock import now


def forget_expired() -> bool:
    """Drop the sealed grants of attempts that are over, and what they left on their integrations."""
    present = now()
    over = ConnectionAttempt.objects.filter(expires_at__lte=present, finished_at__isnull=True)
    unfinished = ConnectionStep.objects.filter(attempt__in=over, state__in=OPEN_STATES)
    unfinished.update(state=StepState.FAILED, message=words.TOO_LATE, due_at=None, at=present)
    over.update(grant="", finished_at=present)
    going_on = ConnectionAttempt.objects.open(present).filter(integration=OuterRef("pk"))
    abandoned = ChannelIntegration.objects.filter(~Exists(going_on), reconnecting=True)
    abandoned.update(reconnecting=False)
    return False
