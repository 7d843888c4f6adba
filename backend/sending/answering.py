"""Who may answer: an AI only while the conversation is its own."""

from __future__ import annotations

from backend.businesses.actors import ActorKind
from backend.businesses.models import Caller
from backend.conversations.models import Conversation, Handler
from backend.integrations.policy import takes_over
from backend.sending.errors import HandledByHuman


def check_may_answer(conversation: Conversation, kind: str) -> None:
    """Raises HandledByHuman for an AI where people answer. `kind` is that of the author or the actor."""
    if kind == ActorKind.AI and conversation.handler == Handler.HUMAN:
        raise HandledByHuman


def check_may_hand_over(conversation: Conversation, handler: str | None, by: Caller) -> None:
    """An AI may give a conversation away, and take none. Raises HandledByHuman."""
    if handler == Handler.AI:
        check_may_answer(conversation, by.actor.kind)


def takes_over_by(conversation: Conversation, by: Caller) -> bool:
    """Whether an answer of this caller makes the conversation a person's."""
    return by.actor.kind == ActorKind.MEMBER and takes_over(conversation.integration)
