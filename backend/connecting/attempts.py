"""Attempts are counted when they begin; those that nobody finished leave nothing behind."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Exists, F, OuterRef

from backend.businesses import audit
from backend.businesses.audit import Action
from backend.businesses.models import Caller
from backend.connecting import words
from backend.connecting.models import OPEN_STATES, ConnectionAttempt, ConnectionStep, StepState
from backend.integrations.models import LIVE, ChannelIntegration
from backend.lib.clock import now


def count_begun(integration: ChannelIntegration, flow: str, login: str, *, by: Caller | None) -> None:
    """One more attempt on the row, which is reconnecting where it holds an account."""
    integration.reconnecting = integration.status in LIVE
    integration.connection_attempts += 1
    with transaction.atomic():
        ChannelIntegration.objects.filter(pk=integration.pk).update(
            connection_attempts=F("connection_attempts") + 1, reconnecting=integration.reconnecting
        )
        detail = {
            "platform": integration.platform,
            "flow": flow,
            "login": str(login),
            "reconnect": integration.reconnecting,
        }
        audit.note(integration.business_id, Action.CONNECT_BEGUN, integration.pk, by=by, detail=detail)


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
