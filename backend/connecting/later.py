"""The steps that follow once an account is connected: each by itself, the failure of one holds up no other."""

from __future__ import annotations

from datetime import timedelta

import structlog
from django.db import models, transaction

from backend.connecting import steps
from backend.connecting.leave import let_go
from backend.connecting.models import OPEN_STATES, ConnectionAttempt, ConnectionStep
from backend.connecting.models import StepState as State
from backend.connecting.number_setup import TAKE, Setup
from backend.connecting.pins import forget_pins
from backend.integrations.adapters import account_of
from backend.integrations.models import LIVE, ChannelIntegration, IntegrationStatus
from backend.integrations.state import ERROR_COLUMNS, forget_error, note_error, save_changed
from backend.integrations.vault import VaultUnreadable
from backend.lib.clock import now
from backend.lib.storable import storable
from backend.platforms.errors import PlatformError
from backend.platforms.port import Account
from backend.platforms.whatsapp.numbers import NumberFacts

logger = structlog.get_logger(__name__)

CLAIM_FOR = timedelta(minutes=5)  # Longer than the calls to Meta may take together.


def take_later_steps(attempt: ConnectionAttempt) -> None:
    """Take every step that is due after the connection. Nothing raises: a failure is kept and shown."""
    steps.close_attempt(attempt, before=steps.CONNECTING)  # Ended by others before it was connected.
    account = None
    due = attempt.steps.filter(state__in=OPEN_STATES, position__gte=steps.CONNECTING, due_at__lte=now())
    for step in due:
        integration = current(attempt)
        if integration is None:
            break
        try:
            account = account or account_of(integration)
        except VaultUnreadable as error:
            steps.note_problem(step, error, by_itself=False)
            continue
        _take(Setup(attempt=attempt, step=step, integration=integration, account=account))
    _close(attempt, account)


def current(attempt: ConnectionAttempt) -> ChannelIntegration | None:
    """The integration as it is now; None where the attempt's account is not connected any more."""
    return _held(attempt).first()


def _held(attempt: ConnectionAttempt) -> models.QuerySet[ChannelIntegration]:
    live = ChannelIntegration.objects.filter(status__in=LIVE, access_token__isnull=False)
    return live.filter(pk=attempt.integration_id, account_id=attempt.account_id)


def release(attempt: ConnectionAttempt) -> None:
    """Nobody has it in hand any more."""
    ConnectionAttempt.objects.filter(pk=attempt.pk).update(claimed_until=None)


def _take(setup: Setup) -> None:
    step = setup.step
    steps.note_try(step)
    try:
        result = TAKE[step.name](setup)
    except (PlatformError, VaultUnreadable) as error:
        steps.note_problem(step, error, by_itself=True)
    else:
        steps.note(step, result)
    if setup.facts:
        _keep_facts(setup.attempt, setup.facts)
    if step.state == State.FAILED:
        logger.warning("connecting.step_failed", integration_id=str(setup.integration.pk), step=step.name)


def _keep_facts(attempt: ConnectionAttempt, facts: NumberFacts) -> None:
    with transaction.atomic():
        integration = _locked(attempt)
        if integration:
            integration.metadata = {**integration.metadata, **storable(facts.shown())}
            save_changed(integration, "metadata")


def _close(attempt: ConnectionAttempt, account: Account | None) -> None:
    """Say on the integration what failed; or that nothing does any more."""
    failed: ConnectionStep | None = attempt.steps.filter(state=State.FAILED).first()
    with transaction.atomic():
        integration = _locked(attempt)
        if integration and failed:
            if (integration.last_error_code, integration.last_error) == (failed.name, failed.message):
                return  # Said before.
            note_error(
                integration, code=failed.name, message=failed.message, resolution=failed.resolution or None
            )
        elif integration and integration.last_error_code in TAKE:
            forget_error(integration)
            save_changed(integration, *ERROR_COLUMNS)
    if integration is None:
        _undo(attempt, account)


def _undo(attempt: ConnectionAttempt, account: Account | None) -> None:
    """It was disconnected meanwhile: what this attempt has set at the platform since then goes too."""
    steps.close_attempt(attempt)
    rows = ChannelIntegration.objects.filter(pk=attempt.integration_id)
    if rows.filter(status=IntegrationStatus.DISCONNECTED).exists():
        forget_pins(attempt.integration)  # One may have been kept after the others were forgotten.
    live = ChannelIntegration.objects.live().filter(platform=attempt.integration.platform)
    if account and not live.filter(account_id=account.account_id).exists():
        let_go(attempt.integration, account)


def _locked(attempt: ConnectionAttempt) -> ChannelIntegration | None:
    return _held(attempt).select_for_update().first()
