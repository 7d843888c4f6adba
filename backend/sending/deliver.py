"""Queued messages go out, each at most once. An outcome that nobody knows is never repeated."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import lru_cache
from uuid import UUID

import structlog
from django.conf import settings
from django.db import close_old_connections

from backend.conversations.models import Message
from backend.conversations.record import (
    record_abandoned,
    record_postponed,
    record_refused,
    record_sent,
)
from backend.integrations.adapters import account_of, adapter_for
from backend.integrations.state import note_error
from backend.integrations.vault import VaultUnreadable
from backend.lib.clock import now
from backend.lib.refusal import Refusal
from backend.platforms.errors import CredentialRejected, OutcomeUnknown, PlatformError
from backend.platforms.port import ContactCard, MessageType, OutboundMessage
from backend.sending.backoff import next_attempt
from backend.sending.reply import check_allowed

logger = structlog.get_logger(__name__)

BATCH = 64
# Longer than any call to a platform may take: a claim this old belongs to a worker that died.
LEASE = timedelta(seconds=60)

Run = Callable[[Callable[[UUID], None], Iterable[UUID]], Iterable[None]]


@lru_cache(maxsize=1)
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=threads, thread_name_prefix="deliver")


def _in_threads(work: Callable[[UUID], None], message_ids: Iterable[UUID]) -> Iterable[None]:
    def work_and_give_back(message_id: UUID) -> None:
        try:
            work(message_id)
        finally:
            close_old_connections()  # A thread that kept its connection would empty the pool.

    return _pool(settings.SEND_THREADS).map(work_and_give_back, message_ids)


def drain(run: Run | None = None) -> bool:
    """Send what is due: the first waiting message of each conversation; whether there may be more."""
    due = list(Message.objects.due(now()).values_list("pk", flat=True)[:BATCH])
    if not due:
        return False
    for _ in (run or _in_threads)(deliver, due):
        pass
    return True


def rescue() -> bool:
    """Messages that a dead worker had claimed end as `outcome_unknown`."""
    count = record_abandoned(before=now() - LEASE)
    if count:
        logger.warning("outbox.abandoned", messages=count)
    return False


def deliver(message_id: UUID) -> None:
    """Send one queued message, at most once."""
    if not Message.objects.claim(message_id, now()):
        return  # Already sent, or another worker has it.
    rows = Message.objects.select_related("conversation__contact", "conversation__integration")
    message = rows.filter(pk=message_id).first()
    if message is None:
        return  # Erased since.
    try:
        external_id = _send(message)
    except PlatformError as error:
        _write_failure(message, error)
    except Exception:  # Ours: it may have happened after the call, so it is not repeated.
        logger.exception("outbox.failed", message_id=str(message_id))
        record_refused(message_id, OutcomeUnknown("Our service failed while this message was being sent."))
    else:
        record_sent(message_id, external_id)


def _send(message: Message) -> str:
    conversation = message.conversation
    try:
        check_allowed(conversation, message.type)
        account = account_of(conversation.integration)
    except (Refusal, VaultUnreadable) as refusal:
        raise _as_platform_error(refusal) from refusal
    return adapter_for(conversation.platform).send(account, outbound(message))


def outbound(message: Message) -> OutboundMessage:
    """The row in the platforms' words."""
    contact = message.conversation.contact
    return OutboundMessage(
        to=ContactCard(external_id=contact.external_id, phone=contact.phone, user_id=contact.user_id),
        type=MessageType(message.type),
        text=message.text,
        correlation_id=str(message.pk),
        reply_to_external_id=message.reply_to_external_id,
    )


def _as_platform_error(refusal: Refusal | VaultUnreadable) -> PlatformError:
    error = PlatformError(refusal.message, resolution=refusal.resolution)
    error.code = refusal.code
    return error


def _write_failure(message: Message, error: PlatformError) -> None:
    again = next_attempt(message.attempts, error, now())
    if again:
        record_postponed(message.pk, due_at=again)
        return
    record_refused(message.pk, error)
    if isinstance(error, CredentialRejected):
        note_error(
            message.conversation.integration,
            code=error.code,
            message=error.message,
            resolution=error.resolution,
            fatal=True,
        )
