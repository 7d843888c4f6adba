"""What members do that the contact may see without a message: reading and typing."""

from __future__ import annotations

from functools import partial

from django.db import transaction

from backend.businesses.models import Caller
from backend.conversations import record
from backend.conversations.models import Conversation
from backend.engine.lanes import ring
from backend.integrations.policy import ReadPolicy, policy_of
from backend.platforms.registry import PLATFORMS
from backend.sending.answering import check_may_answer

# What the contact is shown by which policy, besides what a reply shows.
SHOWN_BY_OPENING = frozenset({ReadPolicy.ON_OPEN})
SHOWN_BY_REPLYING = frozenset({ReadPolicy.ON_OPEN, ReadPolicy.ON_REPLY})

LANE = "signals"


def mark_read(conversation: Conversation, *, by: Caller) -> Conversation:
    """The business has read everything here; the contact is shown it where that is the policy."""
    with transaction.atomic():
        marked = record.mark_read(conversation)
        _show_read(conversation, SHOWN_BY_OPENING)
    return marked


def read_by_replying(conversation: Conversation) -> None:
    """Whoever replies has read. Call it in the transaction of the reply."""
    _show_read(conversation, SHOWN_BY_REPLYING)


def set_typing(conversation: Conversation, on: bool, *, by: Caller) -> Conversation:
    """Somebody of the business is typing, or has stopped. Raises HandledByHuman."""
    if on:
        check_may_answer(conversation, by.actor.kind)
    with transaction.atomic():
        changed = conversation if conversation.typing_on == on else record.set_typing(conversation, on)
        if shows_typing(conversation) and record.want_typing(conversation, on):
            transaction.on_commit(partial(ring, LANE))
    return changed


def shows_typing(conversation: Conversation) -> bool:
    """Whether the contact may be shown it: on some platforms that shows reading too, which the policy may forbid."""
    capabilities = PLATFORMS[conversation.platform].capabilities
    hidden = capabilities.typing_reads and policy_of(conversation.integration).read_policy == ReadPolicy.NEVER
    return capabilities.typing and not hidden


def _show_read(conversation: Conversation, policies: frozenset[ReadPolicy]) -> None:
    wanted = policy_of(conversation.integration).read_policy in policies
    if (
        wanted
        and PLATFORMS[conversation.platform].capabilities.read_receipts
        and record.want_read(conversation)
    ):
        transaction.on_commit(partial(ring, LANE))
