"""Which signals are wished, and what became of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from backend.conversations.models import Conversation, Direction, DueSignal, Message, Showing
from backend.conversations.models.signals import DueQuerySet, newest_inbound
from backend.lib.clock import now

# Whoever types says so again and again; within this time the contact needs no reminder.
SAYS_IT_AGAIN = timedelta(seconds=5)


def want_read(conversation: Conversation) -> bool:
    """The contact is to be shown that all they wrote was read; False where they were, or it is due already."""
    newest = newest_inbound(conversation.pk)
    if newest is None:
        return False
    known = DueSignal.objects.filter(conversation=conversation, kind=Showing.READ).first()
    if known and (known.up_to == newest.pk or known.wanted_at > newest.sent_at):
        return False
    _want(conversation, Showing.READ, newest.sent_at, up_to=newest.pk)
    return True


def want_typing(conversation: Conversation, on: bool) -> bool:
    """The contact is to be shown that somebody writes, or has stopped; False where they were just now."""
    present = now()
    known = DueSignal.objects.filter(conversation=conversation, kind=Showing.TYPING).first()
    is_shown = known is not None and known.on and not is_answered(conversation, known.wanted_at)
    was_just_said = known is not None and present - known.wanted_at < SAYS_IT_AGAIN
    if is_shown == on and (was_just_said or not on):
        return False
    _want(conversation, Showing.TYPING, present, on=on)
    return True


def is_answered(conversation: Conversation, since: datetime) -> bool:
    """Whether a message of the business followed, which ends its typing by itself."""
    newest = conversation.last_message
    return newest is not None and newest.direction == Direction.OUTBOUND and newest.created_at >= since


def _want(conversation: Conversation, kind: Showing, wanted_at: datetime, **wish: Any) -> None:
    row = DueSignal(
        integration_id=conversation.integration_id,
        conversation=conversation,
        kind=kind,
        wanted_at=wanted_at,
        due_at=now(),
        **wish,
    )
    DueSignal.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["conversation", "kind"],
        update_fields=["on", "wanted_at", "up_to", "due_at", "attempts"],
    )


def signal_done(signal: DueSignal) -> None:
    """It was shown, or nobody needs it any more; a wish that came meanwhile stays due."""
    if not _same(signal).update(due_at=None, claimed_at=None, attempts=0):
        DueSignal.objects.filter(pk=signal.pk).update(claimed_at=None)


def signal_postponed(signal: DueSignal, *, due_at: datetime) -> None:
    """The platform could not answer: it is shown later, or at once where somebody wished anew meanwhile."""
    if not _same(signal).update(due_at=due_at, claimed_at=None):
        DueSignal.objects.filter(pk=signal.pk).update(claimed_at=None)


def _same(signal: DueSignal) -> DueQuerySet:
    """The row, if nobody wished anew since it was claimed."""
    rows: DueQuerySet = DueSignal.objects.filter(pk=signal.pk)
    return rows.filter(wanted_at=signal.wanted_at, on=signal.on, up_to=signal.up_to)


def postpone_account(signal: DueSignal, *, due_at: datetime) -> None:
    """The platform asks this account to slow down: none of its signals goes out before that time."""
    waiting = DueSignal.objects.filter(integration_id=signal.integration_id, due_at__lt=due_at)
    waiting.exclude(pk=signal.pk).update(due_at=due_at)


def note_read_shown(conversation: Conversation, newest: Message) -> None:
    """Something else has shown the contact that all up to this message was read."""
    said = {"wanted_at": newest.sent_at, "up_to": newest.pk}
    row = DueSignal(
        integration_id=conversation.integration_id, conversation=conversation, kind=Showing.READ, **said
    )
    DueSignal.objects.bulk_create([row], ignore_conflicts=True)
    known = DueSignal.objects.filter(conversation=conversation, kind=Showing.READ)
    known.filter(wanted_at__lte=newest.sent_at).update(due_at=None, **said)
