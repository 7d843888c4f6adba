"""Which signals are wished, and what became of them."""

from __future__ import annotations

from datetime import datetime, timedelta

from backend.conversations.models import Conversation, Direction, DueSignal, Showing
from backend.lib.clock import now

# Whoever types says so again and again; within this time the contact needs no reminder.
SAYS_IT_AGAIN = timedelta(seconds=5)


def want_read(conversation: Conversation) -> bool:
    """The contact is to be shown that all they wrote was read; False where they were, or it is due already."""
    newest = conversation.last_inbound_at
    if newest is None:
        return False
    known = DueSignal.objects.filter(conversation=conversation, kind=Showing.READ).first()
    if known and known.wanted_at >= newest:
        return False
    _want(conversation, Showing.READ, newest)
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


def _want(conversation: Conversation, kind: Showing, wanted_at: datetime, *, on: bool = True) -> None:
    row = DueSignal(
        integration_id=conversation.integration_id,
        conversation=conversation,
        kind=kind,
        on=on,
        wanted_at=wanted_at,
        due_at=now(),
    )
    DueSignal.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["conversation", "kind"],
        update_fields=["on", "wanted_at", "due_at", "attempts"],
    )


def signal_done(signal: DueSignal) -> None:
    """It was shown, or nobody needs it any more; a wish that came meanwhile stays due."""
    same = DueSignal.objects.filter(pk=signal.pk, wanted_at=signal.wanted_at, on=signal.on)
    if not same.update(due_at=None, claimed_at=None, attempts=0):
        DueSignal.objects.filter(pk=signal.pk).update(claimed_at=None)


def signal_postponed(signal: DueSignal, *, due_at: datetime) -> None:
    """The platform could not answer: it is shown later, or at once where somebody wished anew meanwhile."""
    same = DueSignal.objects.filter(pk=signal.pk, wanted_at=signal.wanted_at, on=signal.on)
    if not same.update(due_at=due_at, claimed_at=None):
        DueSignal.objects.filter(pk=signal.pk).update(claimed_at=None)


def postpone_account(signal: DueSignal, *, due_at: datetime) -> None:
    """The platform asks this account to slow down: none of its signals goes out before that time."""
    waiting = DueSignal.objects.filter(integration_id=signal.integration_id, due_at__lt=due_at)
    waiting.exclude(pk=signal.pk).update(due_at=due_at)


def note_read_shown(conversation: Conversation, until: datetime) -> None:
    """Something else has shown the contact that all up to this time was read."""
    row = DueSignal(
        integration_id=conversation.integration_id,
        conversation=conversation,
        kind=Showing.READ,
        wanted_at=until,
    )
    if DueSignal.objects.bulk_create([row], ignore_conflicts=True):
        earlier = DueSignal.objects.filter(conversation=conversation, kind=Showing.READ, wanted_at__lte=until)
        earlier.update(wanted_at=until, due_at=None)
