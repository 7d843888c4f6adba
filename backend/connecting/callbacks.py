"""Where the platform's dialog sends the browser back to."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import structlog
from django.db.models import Q

from backend.connecting.attempts import count_begun
from backend.connecting.errors import AttemptOver, BeingAnswered, StateUsed
from backend.connecting.grants import save_grant
from backend.connecting.models import ConnectionAttempt, Outcome
from backend.connecting.rerequest import missing_in
from backend.connecting.state import attempt_of, fingerprint, ticket_of
from backend.integrations.adapters import adapter_by
from backend.integrations.models import LIVE
from backend.integrations.state import note_error, save_changed
from backend.lib.clock import now
from backend.lib.storable import storable_text
from backend.platforms.errors import PlatformError, Unavailable
from backend.platforms.port import Login

logger = structlog.get_logger(__name__)

ASK_OPERATOR = (
    "Begin again on the settings page. If it stays, ask the operator of this service whether the app at Meta is live, "
    "and whether its login knows this service's address."
)
# What Instagram and Facebook write behind the address. It belongs to neither word, but whoever hands the address on
# by hand, or by a script in the browser, hands it on as well.
MARKS = ("#_=_", "#_", "%23_=_", "%23_")
RESTART = "Begin again on the settings page, and allow what is asked for."
LATER = "Nothing is lost. Begin again on the settings page in a few minutes."
LEFT = "The dialog was left without granting access."


@dataclass(frozen=True, slots=True)
class Landing:
    """Where the browser goes, and what it is told there."""

    integration_id: UUID
    platform: str
    outcome: str
    error_code: str
    ticket: str
    return_to: str
    message: str
    resolution: str | None


def receive(
    *,
    state: str,
    code: str,
    error: str = "",
    error_reason: str = "",
    error_description: str = "",
    error_code: str = "",
    error_message: str = "",
) -> Landing:
    """Take the platform's answer. A reloaded page gives the same landing, and nothing is done twice.

    Raises StateInvalid, StateExpired, StateUsed (another answer came first), AttemptOver, BeingAnswered.
    """
    state, code = _without_mark(state), _without_mark(code)
    attempt = attempt_of(state)
    # What is wrong with the app itself comes under other names than what the person declined.
    error = error or error_reason or error_code
    answer = fingerprint(f"{code}\n{error}")
    if _use_up(attempt, answer):
        if attempt.follows_id:  # It was offered and not begun, until somebody went there.
            count_begun(
                attempt.integration, attempt.flow, attempt.login, by=attempt.member or attempt.api_key
            )
        _settle(attempt, code=code, error=error, description=error_description or error_message)
    else:
        attempt.refresh_from_db()
        if attempt.answer_hash != answer:
            raise StateUsed
        if attempt.finished_at:
            raise AttemptOver
        if not attempt.outcome:
            raise BeingAnswered  # A reload, while the first answer is still exchanged.
    return _landing(attempt)


def _without_mark(word: str) -> str:
    return next((word.removesuffix(mark) for mark in MARKS if word.endswith(mark)), word)


def _use_up(attempt: ConnectionAttempt, answer: str) -> bool:
    """Whether this is the first answer; the database decides."""
    unused = ConnectionAttempt.objects.filter(Q(pk=attempt.pk), returned_at__isnull=True)
    return bool(unused.update(returned_at=now(), answer_hash=answer))


def _settle(attempt: ConnectionAttempt, *, code: str, error: str, description: str) -> None:
    if error or not code:
        attempt.outcome = Outcome.CANCELLED if error in ("access_denied", "user_denied") else Outcome.FAILED
        attempt.error_code = "cancelled" if attempt.outcome == Outcome.CANCELLED else "platform_refused"
        attempt.error_message = storable_text(_told(attempt.outcome, description), 500)
        attempt.error_resolution = (
            RESTART if attempt.outcome == Outcome.CANCELLED or not error else ASK_OPERATOR
        )
    else:
        _exchange(attempt, code)
    attempt.save(update_fields=["outcome", "missing", "error_code", "error_message", "error_resolution"])
    if attempt.outcome != Outcome.FINISH and _is_newest(attempt):
        _note_not_granted(attempt)


def _told(outcome: str, description: str) -> str:
    """For a person; of a dialog that was cancelled the platform says no more than "Permissions error"."""
    if outcome != Outcome.CANCELLED or not description:
        return description or LEFT
    return f"{LEFT} Meta says: {description}"


def _note_not_granted(attempt: ConnectionAttempt) -> None:
    integration = attempt.integration
    integration.reconnecting = False
    save_changed(integration, "reconnecting")
    # Whoever called off a reconnect found no fault with the account, and hides none that it has.
    if attempt.outcome == Outcome.CANCELLED and integration.status in LIVE:
        return
    note_error(
        integration,
        code=attempt.error_code,
        message=attempt.error_message,
        resolution=attempt.error_resolution,
    )


def _is_newest(attempt: ConnectionAttempt) -> bool:
    """An old dialog in another tab does not speak for the attempt that came after it."""
    later = ConnectionAttempt.objects.filter(
        integration_id=attempt.integration_id, created_at__gt=attempt.created_at
    )
    return not later.exists()


def _exchange(attempt: ConnectionAttempt, code: str) -> None:
    adapter = adapter_by(attempt.integration.platform, Login(attempt.login))
    try:
        grant = adapter.exchange_code(code=code, redirect_uri=attempt.redirect_uri)
        attempt.missing = list(
            missing_in(attempt.integration.platform, Login(attempt.login), grant.permissions)
        )
        save_grant(attempt, grant)
    except PlatformError as error:
        logger.warning("connecting.exchange_failed", attempt_id=str(attempt.pk), code=error.code)
        attempt.outcome = Outcome.FAILED
        attempt.error_code = error.code
        attempt.error_message = storable_text(error.message, 500)
        attempt.error_resolution = LATER if isinstance(error, Unavailable) else error.resolution or RESTART
    else:
        attempt.outcome = Outcome.FINISH


def _landing(attempt: ConnectionAttempt) -> Landing:
    finish = attempt.outcome == Outcome.FINISH
    return Landing(
        integration_id=attempt.integration_id,
        platform=attempt.integration.platform,
        outcome=attempt.outcome,
        error_code=attempt.error_code,
        ticket=ticket_of(attempt) if finish else "",
        return_to=attempt.return_to,
        message="Access was granted." if finish else attempt.error_message,
        resolution=None if finish else attempt.error_resolution or RESTART,
    )
