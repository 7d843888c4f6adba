"""Steps of connecting that are still open go on by themselves: after a crash, an outage, a review at the platform."""

from __future__ import annotations

from datetime import timedelta

import structlog

from backend.connecting import steps
from backend.connecting.later import CLAIM_FOR, release, take_later_steps
from backend.connecting.models import OPEN_STATES, ConnectionAttempt
from backend.connecting.signup import go_on
from backend.lib.clock import now

logger = structlog.get_logger(__name__)

BATCH = 50
AFTER_A_CRASH = timedelta(hours=1)


def drain() -> bool:
    """Go on with the attempts that have a step to be taken; whether there may be more."""
    due = list(ConnectionAttempt.objects.due(now()).values_list("pk", flat=True)[:BATCH])
    for attempt_id in due:
        if ConnectionAttempt.objects.claim(attempt_id, at=now(), until=now() + CLAIM_FOR):
            _resume(ConnectionAttempt.objects.select_related("integration").get(pk=attempt_id))
    return len(due) == BATCH


def _resume(attempt: ConnectionAttempt) -> None:
    logger.info("connecting.resumed", integration_id=str(attempt.integration_id), flow=attempt.flow)
    try:
        if attempt.finished_at:
            take_later_steps(attempt)
        else:
            go_on(attempt)
    except steps.PROBLEMS as error:  # It stands in the step, and on the integration.
        logger.warning("connecting.not_resumed", integration_id=str(attempt.integration_id), code=error.code)
    except Exception:  # Ours; the others must not wait for it, nor this one be tried without a pause.
        logger.exception("connecting.resume_failed", integration_id=str(attempt.integration_id))
        attempt.steps.filter(state__in=OPEN_STATES, due_at__isnull=False).update(due_at=now() + AFTER_A_CRASH)
    release(attempt)
