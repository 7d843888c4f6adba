"""Queued messages go out, each at most once. An outcome that nobody knows is never repeated."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
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
from backend.integrations.vault import VaultUnreadable
from backend.lib.clock import now
from backend.lib.refusal import Refusal
from backend.platforms.errors import OutcomeUnknown, PlatformError
from backend.platforms.port import ContactCard, MessageType, OutboundMessage
from backend.sending.aftermath import note_aftermath
from backend.sending.answering import check_may_answer
from backend.sending.backoff import next_attempt
from backend.sending.reply import check_allowed
from backend.sending.templates import note_refusal
from backend.sending.turns import Turns

logger = structlog.get_logger(__name__)

BATCH = 64
# Longer than any call to a platform may take: a claim this old belongs to a worker that died.
LEASE = timedelta(seconds=60)
LOOK_WITHIN = 0.5  # Seconds; while all are busy, newly due messages wait no longer for a look.

Run = Callable[[Callable[[UUID], None], Iterable[UUID]], Iterable[None]]


class Crew:
    """Threads that deliver; one that waits for a slow answer keeps only itself from the next message."""

    def __init__(self, threads: int) -> None:
        self.threads = threads
        # A quarter is kept for others, however slow the platform answers the one who sends much.
        self.share = max(1, threads - threads // 4)
        self.pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="deliver")
        self.in_hand: dict[UUID, Future[None]] = {}
        self.owners: dict[UUID, str] = {}
        self.turns = Turns()

    def send_due(self) -> bool:
        """Hand out what is due to whoever is free; whether anything is still in hand."""
        self._forget_done()
        free = self.threads - len(self.in_hand)
        if free:
            for message_id, business in self.turns.take(free, share=self.share, in_hand=self.owners):
                self.owners[message_id] = business
                self.in_hand[message_id] = self.pool.submit(_deliver_and_give_back, message_id)
        wait(self.in_hand.values(), timeout=LOOK_WITHIN, return_when=FIRST_COMPLETED)
        return bool(self.in_hand)

    def _forget_done(self) -> None:
        for message_id, future in list(self.in_hand.items()):
            if future.done():
                del self.in_hand[message_id], self.owners[message_id]
                if error := future.exception():
                    logger.error("outbox.not_written", message_id=str(message_id), exc_info=error)


@lru_cache(maxsize=1)
def _crew(threads: int) -> Crew:
    return Crew(threads)


def _deliver_and_give_back(message_id: UUID) -> None:
    try:
        deliver(message_id)
    finally:
        close_old_connections()  # A thread that kept its connection would empty the pool.


def _due(most: int) -> list[UUID]:
    return list(Message.objects.due(now()).values_list("pk", flat=True)[:most])


def drain(run: Run | None = None) -> bool:
    """Send what is due: the first waiting message of each conversation; whether there may be more.

    `run` sends a batch in its own way, for instance one after the other (`map`).
    """
    if run is None:
        return _crew(settings.SEND_THREADS).send_due()
    due = _due(BATCH)
    for _ in run(deliver, due):
        pass
    return bool(due)


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
        check_may_answer(conversation, message.author_kind)  # A person may have taken over meanwhile.
        check_allowed(conversation, message.type)
        account = account_of(conversation.integration)
    except (Refusal, VaultUnreadable) as refusal:
        raise _as_platform_error(refusal) from refusal
    return adapter_for(conversation.integration).send(account, outbound(message))


def outbound(message: Message) -> OutboundMessage:
    """The row in the platforms' words."""
    contact = message.conversation.contact
    return OutboundMessage(
        to=ContactCard(external_id=contact.external_id, phone=contact.phone, user_id=contact.user_id),
        type=MessageType(message.type),
        text=message.text,
        correlation_id=str(message.pk),
        reply_to_external_id=message.reply_to_external_id,
        payload=message.payload,
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
    note_refusal(message.integration_id, error)
    note_aftermath(message.conversation.integration, error)
