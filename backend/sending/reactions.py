"""
Reactions of the business go out in a lane of their own, after the messages that were queued before them.

Each is tried as messages are: at most once where nobody knows what became of it, and honest about the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import lru_cache, partial
from uuid import UUID

import structlog
from django.db import transaction

from backend.businesses.models import Caller
from backend.conversations import record
from backend.conversations.marks import reaction_mark
from backend.conversations.models import DueReaction, Message
from backend.engine.hands import Hands
from backend.engine.lanes import ring
from backend.integrations.adapters import account_of, adapter_for
from backend.integrations.vault import VaultUnreadable
from backend.lib.clock import now
from backend.lib.refusal import Refusal
from backend.platforms.errors import OutcomeUnknown, PlatformError
from backend.platforms.port import ContactCard, MessageType, Signal, SignalKind
from backend.platforms.registry import PLATFORMS
from backend.sending.aftermath import note_aftermath
from backend.sending.allowed import check_allowed
from backend.sending.answering import check_may_answer
from backend.sending.errors import NotReactable, Unsupported

logger = structlog.get_logger(__name__)

LANE = "reactions"
THREADS = 4
BATCH = 64
PAUSES = tuple(timedelta(seconds=s) for s in (2, 5, 15, 60, 300, 600, 1800))

Run = Callable[[Callable[[UUID], None], Iterable[UUID]], Iterable[None]]


def queue_reaction(message: Message, emoji: str | None, *, by: Caller) -> Message:
    """Wish a reaction to the message, or none; the latest wish counts. Raises what forbids it."""
    conversation = message.conversation
    check_may_answer(conversation, by.actor.kind)
    info = PLATFORMS[conversation.platform]
    if not info.capabilities.reactions:
        raise Unsupported(f"{info.name} takes no reactions.", resolution="Send a message instead.")
    check_allowed(conversation, MessageType.TEXT)
    if not message.external_id or message.deleted_at:
        raise NotReactable
    with transaction.atomic():
        transaction.on_commit(partial(ring, LANE))
        return record.record_reaction_queued(message, emoji or "", author_kind=by.actor.kind)


@lru_cache(maxsize=1)
def _hands() -> Hands[None]:
    return Hands[None]("reactions", THREADS)


def drain(run: Run | None = None) -> bool:
    """Send what is due; whether there may be more. `run` works off a batch in its own way (`map`)."""
    due = DueReaction.objects.due(now(), share=BATCH // 4).values_list("pk", "integration_id")[:BATCH]
    if run is None:
        return _hands().work(due, send)
    ids = [pk for pk, _ in due]
    for _ in run(send, ids):
        pass
    return bool(ids)


def send(message_id: UUID) -> None:
    """Send one reaction, at most once."""
    due = DueReaction.objects.claim(message_id, now())
    if due is None:
        _give_up_abandoned(message_id)
        return
    try:
        _call(due)
    except PlatformError as error:
        _write_failure(due, error)
    except Exception:  # Ours: it may have happened after the call, so it is not repeated.
        logger.exception("reaction.failed", message_id=str(message_id))
        record.record_reaction_failed(due, OutcomeUnknown("Our service failed while this was being sent."))
    else:
        record.record_reaction_sent(due)


def _give_up_abandoned(message_id: UUID) -> None:
    """What a dead worker had claimed ends as `outcome_unknown`."""
    abandoned = DueReaction.objects.abandoned(message_id, now())
    if abandoned:
        record.record_reaction_failed(
            abandoned, OutcomeUnknown("The service stopped while this was being sent.")
        )


def _call(due: DueReaction) -> None:
    conversation, contact = due.conversation, due.conversation.contact
    signal = Signal(
        kind=SignalKind.REACTION,
        to=ContactCard(external_id=contact.external_id, phone=contact.phone, user_id=contact.user_id),
        target_external_id=due.message.external_id or "",
        emoji=due.emoji,
        correlation_id=reaction_mark(due.pk, due.emoji),
    )
    try:
        check_may_answer(conversation, due.author_kind)  # A person may have taken over meanwhile.
        check_allowed(conversation, MessageType.TEXT)
        account = account_of(conversation.integration)
    except (Refusal, VaultUnreadable) as refusal:
        raise _as_platform_error(refusal) from refusal
    adapter_for(conversation.integration).signal(account, signal)


def _as_platform_error(refusal: Refusal | VaultUnreadable) -> PlatformError:
    error = PlatformError(refusal.message, resolution=refusal.resolution)
    error.code = refusal.code
    return error


def _write_failure(due: DueReaction, error: PlatformError) -> None:
    again = _again_at(due, error)
    if again:
        record.record_reaction_postponed(due, due_at=again)
        return
    record.record_reaction_failed(due, error)
    note_aftermath(due.conversation.integration, error)


def _again_at(due: DueReaction, error: PlatformError) -> datetime | None:
    """When it is tried again; None: it has failed."""
    if not error.retryable or due.attempts > len(PAUSES):
        return None
    asked = timedelta(seconds=min(getattr(error, "retry_after", None) or 0, PAUSES[-1].total_seconds()))
    return now() + max(asked, PAUSES[max(due.attempts, 1) - 1])
