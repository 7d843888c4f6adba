"""The steps of an attempt: rows that say what was done, what failed and why, and when it is tried again.

The first three connect the account; a failure there ends the attempt. Those after them are taken once it is
connected: one that fails is shown, and holds up no other.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import models

from backend.connecting import words
from backend.connecting.models import OPEN_STATES, UNSETTLED_STATES, ConnectionAttempt, ConnectionStep, Flow
from backend.connecting.models import StepState as State
from backend.connecting.schedule import next_try
from backend.integrations.models import LIVE, ChannelIntegration, IntegrationStatus
from backend.integrations.vault import VaultUnreadable
from backend.lib.clock import now
from backend.lib.json_types import JSONObject
from backend.lib.refusal import Refusal
from backend.lib.storable import storable_text
from backend.platforms.errors import PlatformError, Unavailable
from backend.platforms.port import Check
from backend.platforms.registry import PLATFORMS

CONNECTING = 3  # How many steps connect the account.
# Flows whose first steps need nobody's browser any more: they go on by themselves.
BY_ITSELF = (Flow.EMBEDDED, Flow.MANUAL)

Problem = PlatformError | Refusal | VaultUnreadable
PROBLEMS = (PlatformError, Refusal, VaultUnreadable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of a step that did not raise."""

    state: State = State.DONE
    message: str = ""  # Empty: what is always said of this step when it is done.
    resolution: str = ""
    again_at: datetime | None = None


def plan(attempt: ConnectionAttempt) -> None:
    """Write the steps down, once; those that failed are to be taken again. Safe to repeat."""
    info = PLATFORMS[attempt.integration.platform]
    names = (*info.steps, *(info.coexistence_steps if attempt.asked.get("coexistence") else ()))
    rows = [
        ConnectionStep(attempt=attempt, position=position, name=name, message=words.TO_DO[name])
        for position, name in enumerate(names)
    ]
    ConnectionStep.objects.bulk_create(rows, ignore_conflicts=True)
    attempt.steps.filter(state=State.FAILED).update(state=State.PENDING, tries=0, resolution="", at=now())
    if attempt.flow in BY_ITSELF:
        attempt.steps.filter(state=State.PENDING, position__lt=CONNECTING).update(due_at=now())
    if attempt.finished_at:
        open_later(attempt)


def open_later(attempt: ConnectionAttempt) -> None:
    """The account is connected: the steps after that are due."""
    attempt.steps.filter(state=State.PENDING, position__gte=CONNECTING).update(due_at=now())


@contextmanager
def take(attempt: ConnectionAttempt, name: str) -> Iterator[None]:
    """Take one of the steps that connect; what becomes of it is written down, whatever that is."""
    step = attempt.steps.get(name=name)
    note_try(step)
    try:
        yield
    except PROBLEMS as error:
        if not attempt.steps.filter(pk=step.pk, state=State.DONE).exists():  # Somebody else was first.
            _stop_at(step, error, by_itself=attempt.flow in BY_ITSELF)
        raise
    note(step, Result())


def _stop_at(step: ConnectionStep, error: Problem, *, by_itself: bool) -> None:
    """Those behind it wait with it, or end with it: nobody comes back for them alone."""
    note_problem(step, error, by_itself=by_itself)
    connecting = ConnectionStep.objects.filter(attempt=step.attempt_id, position__lt=CONNECTING)
    connecting.filter(state__in=OPEN_STATES).update(due_at=step.due_at)


def note_done(attempt: ConnectionAttempt, *names: str) -> None:
    """These steps are taken."""
    for step in attempt.steps.filter(name__in=names).exclude(state=State.DONE):
        note(step, Result())


def note_try(step: ConnectionStep) -> None:
    """Before the platform is asked, so that a process which dies meanwhile leaves a trace."""
    step.tries += 1
    step.at = now()
    step.save(update_fields=["tries", "at"])


def note(step: ConnectionStep, result: Result) -> None:
    """Keep what became of a step."""
    step.state = result.state
    step.message = storable_text(result.message or words.DONE[step.name], 1000)
    step.resolution = storable_text(result.resolution, 1000)
    step.due_at = result.again_at
    step.at = now()
    step.save(update_fields=["state", "message", "resolution", "due_at", "at"])


def note_problem(step: ConnectionStep, error: Problem, *, by_itself: bool) -> None:
    """A platform that could not answer is asked again; one that said no is not."""
    again_at = None
    if by_itself and isinstance(error, Unavailable):
        again_at = next_try(step.tries, now(), error.retry_after)
    if again_at:
        note(step, Result(state=State.PENDING, message=said(error), again_at=again_at))
    else:
        note(step, Result(state=State.FAILED, message=said(error), resolution=error.resolution or ""))


def said(error: Problem) -> str:
    """What happened, with the platform's own words where it spoke."""
    return error.told if isinstance(error, PlatformError) else error.message


def in_force(integration: ChannelIntegration) -> ConnectionAttempt | None:
    """The attempt that connected the account which is connected now."""
    if integration.status not in LIVE:
        return None
    mine = ConnectionAttempt.objects.filter(integration=integration, account_id=integration.account_id)
    done = mine.filter(finished_at__isnull=False, steps__name="subscribe", steps__state=State.DONE)
    return done.order_by("-created_at", "-pk").first()


def inherit(attempt: ConnectionAttempt, former: ConnectionAttempt | None) -> None:
    """Go on where a former attempt for the same account stopped: what it has done is not done again."""
    if former is None or former.pk == attempt.pk or former.account_id != attempt.account_id:
        return
    if not former.steps.filter(state__in=UNSETTLED_STATES).exists():
        return  # All was well; this is a reconnect, which begins anew.
    once = PLATFORMS[attempt.integration.platform].coexistence_steps
    for done in former.steps.filter(state=State.DONE, position__gte=CONNECTING).exclude(name__in=once):
        attempt.steps.filter(name=done.name, state=State.PENDING).update(
            state=State.DONE, message=done.message, at=done.at, due_at=None
        )


def close(integration: ChannelIntegration, *, but: ConnectionAttempt | None = None) -> None:
    """No step of this integration goes on, save those of one attempt."""
    attempts = ConnectionAttempt.objects.filter(integration=integration)
    _skip(ConnectionStep.objects.filter(attempt__in=attempts.exclude(pk=but.pk) if but else attempts))


def close_attempt(attempt: ConnectionAttempt, *, before: int | None = None) -> None:
    """No step of this attempt goes on, or none before that position."""
    rows = attempt.steps.all()
    _skip(rows if before is None else rows.filter(position__lt=before))


def _skip(rows: models.QuerySet[ConnectionStep]) -> None:
    rows.filter(state__in=OPEN_STATES).update(
        state=State.SKIPPED, message=words.SUPERSEDED, resolution="", due_at=None, at=now()
    )


def failed_checks(integration: ChannelIntegration) -> list[Check]:
    """The steps after connecting that failed, as findings about an account that is connected."""
    attempt = in_force(integration)
    failed = attempt.steps.filter(state=State.FAILED) if attempt else ()
    return [
        Check(code=step.name, ok=False, message=step.message, resolution=step.resolution or None)
        for step in failed
    ]


def shown_steps(integration: ChannelIntegration) -> list[JSONObject]:
    """Every step of the newest attempt that took any, for whoever asks how connecting went."""
    if integration.status == IntegrationStatus.DISCONNECTED:
        return []
    with_steps = ConnectionAttempt.objects.filter(integration=integration, steps__isnull=False)
    newest = with_steps.order_by("-created_at", "-pk").first()
    return [_shown(step) for step in newest.steps.all()] if newest else []


def _shown(step: ConnectionStep) -> JSONObject:
    by_itself = words.AGAIN_BY_ITSELF if step.state == State.PENDING and step.due_at else ""
    return {
        "code": step.name,
        "ok": step.state != State.FAILED,
        "message": step.message,
        "resolution": step.resolution or by_itself or None,
        "at": step.at,
    }
