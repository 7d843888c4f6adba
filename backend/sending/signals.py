"""
Reading and typing are shown to the contact in a lane of their own, so that no message ever waits for them.

A reading is shown sooner or later, and each once. Typing is shown at once or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import lru_cache
from uuid import UUID

import structlog

from backend.conversations import record
from backend.conversations.models import Conversation, DueSignal, Showing
from backend.conversations.models.signals import newest_inbound
from backend.engine.hands import Hands
from backend.integrations.adapters import account_of, adapter_for
from backend.integrations.models import IntegrationStatus
from backend.integrations.policy import ReadPolicy, policy_of
from backend.integrations.vault import VaultUnreadable
from backend.lib.clock import now
from backend.platforms.errors import CredentialRejected, PlatformError, RateLimited, Unavailable
from backend.platforms.port import Capabilities, ContactCard, Signal, SignalKind
from backend.platforms.registry import PLATFORMS
from backend.sending.aftermath import note_aftermath
from backend.sending.receipts import shows_typing

logger = structlog.get_logger(__name__)

THREADS = 4
BATCH = 64
TYPING_GOOD_FOR = timedelta(seconds=10)  # Later the contact would see somebody write who wrote long ago.
# A reading is worth some hours of trying.
PAUSES = tuple(timedelta(seconds=s) for s in (2, 10, 60, 300, 900, 1800, 3600, 3600, 3600))

Run = Callable[[Callable[[UUID], None], Iterable[UUID]], Iterable[None]]


@lru_cache(maxsize=1)
def _hands() -> Hands[None]:
    return Hands[None]("signals", THREADS)


def drain(run: Run | None = None) -> bool:
    """Show what is due; whether there may be more. `run` works off a batch in its own way (`map`)."""
    due = DueSignal.objects.due(now(), share=BATCH // 4).values_list("pk", "integration_id")[:BATCH]
    if run is None:
        return _hands().work(due, show)
    ids = [pk for pk, _ in due]
    for _ in run(show, ids):
        pass
    return bool(ids)


def show(signal_id: UUID) -> None:
    """Show one signal, if it is still worth it."""
    signal = DueSignal.objects.claim(signal_id, now())
    if signal is None:
        return
    try:
        shown = WISHED[Showing(signal.kind)](signal)
        if shown is not None:
            integration = signal.conversation.integration
            adapter_for(integration).signal(account_of(integration), shown)
    except (PlatformError, VaultUnreadable) as error:
        _write_failure(signal, error)
        return
    record.signal_done(signal)
    if shown is not None and shown.kind is SignalKind.TYPING_ON and _capabilities(signal).typing_reads:
        newest = newest_inbound(signal.conversation_id, until=signal.wanted_at)
        if newest:
            record.note_read_shown(signal.conversation, newest)


def _reading(signal: DueSignal) -> Signal | None:
    """What shows the reading; None where the contact is not to see it any more."""
    conversation = signal.conversation
    if policy_of(conversation.integration).read_policy == ReadPolicy.NEVER or _is_over(conversation):
        return None
    if not (_capabilities(signal).reads_late or _window_is_open(conversation)):
        return None
    if conversation.integration.status == IntegrationStatus.ERROR:
        raise Unavailable  # Until somebody has connected the account again.
    return Signal(
        kind=SignalKind.READ,
        to=_contact(conversation),
        last_external_id=_newest_id(signal),
    )


def _typing(signal: DueSignal) -> Signal | None:
    """What shows the typing; None where it is too late, or over."""
    conversation = signal.conversation
    is_late = now() - signal.wanted_at > TYPING_GOOD_FOR or record.is_answered(conversation, signal.wanted_at)
    if (
        is_late
        or _is_over(conversation)
        or not (shows_typing(conversation) and _window_is_open(conversation))
    ):
        return None
    if not conversation.integration.is_connected:
        return None
    return Signal(
        kind=SignalKind.TYPING_ON if signal.on else SignalKind.TYPING_OFF,
        to=_contact(conversation),
        last_external_id=_newest_id(signal),
    )


WISHED: dict[Showing, Callable[[DueSignal], Signal | None]] = {
    Showing.READ: _reading,
    Showing.TYPING: _typing,
}


def _write_failure(signal: DueSignal, error: PlatformError | VaultUnreadable) -> None:
    integration = signal.conversation.integration
    logger.info("signal.not_shown", signal_id=str(signal.pk), kind=signal.kind, code=error.code)
    if isinstance(error, PlatformError):
        note_aftermath(integration, error)
    again = _again_at(signal, error)
    if isinstance(error, RateLimited):
        record.postpone_account(signal, due_at=now() + _pause(signal, error))
    if again:
        record.signal_postponed(signal, due_at=again)
    else:
        record.signal_done(signal)


def _again_at(signal: DueSignal, error: PlatformError | VaultUnreadable) -> datetime | None:
    """When it is tried again; None: it is given up. Typing only while it is true, reading after a reconnect too."""
    if not isinstance(error, Unavailable | CredentialRejected) or signal.attempts > len(PAUSES):
        return None
    at = now() + _pause(signal, error)
    still_true = signal.kind == Showing.READ or at - signal.wanted_at <= TYPING_GOOD_FOR
    return at if still_true else None


def _pause(signal: DueSignal, error: PlatformError) -> timedelta:
    pause = PAUSES[min(max(signal.attempts, 1), len(PAUSES)) - 1]
    asked = getattr(error, "retry_after", None) or 0
    return max(pause, timedelta(seconds=min(asked, PAUSES[-1].total_seconds())))


def _capabilities(signal: DueSignal) -> Capabilities:
    return PLATFORMS[signal.conversation.platform].capabilities


def _is_over(conversation: Conversation) -> bool:
    """Whether the account is gone that the contact wrote to."""
    integration = conversation.integration
    return (
        integration.status == IntegrationStatus.DISCONNECTED
        or integration.account_id != conversation.account_id
    )


def _window_is_open(conversation: Conversation) -> bool:
    hours = PLATFORMS[conversation.platform].capabilities.window_hours
    newest = conversation.last_inbound_at
    return newest is not None and now() < newest + timedelta(hours=hours)


def _contact(conversation: Conversation) -> ContactCard:
    contact = conversation.contact
    return ContactCard(external_id=contact.external_id, phone=contact.phone, user_id=contact.user_id)


def _newest_id(signal: DueSignal) -> str:
    """The platform's id of the contact's newest message when it was wished."""
    newest = newest_inbound(signal.conversation_id, until=signal.wanted_at)
    return (newest.external_id or "") if newest else ""
