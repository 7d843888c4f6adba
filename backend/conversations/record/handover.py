"""
Who answers: the AI, or people.

The latest decision counts, by the time at which it was made, in whatever order we hear of them.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from backend.conversations.models import AuthorKind, Conversation, Handler, Message
from backend.conversations.record.folder import Folder
from backend.conversations.record.steps import own_time
from backend.integrations.models import ChannelIntegration
from backend.integrations.policy import takes_over
from backend.lib.clock import now

# An answer that somebody gave longer ago says nothing about who answers now.
RECENT = timedelta(days=1)


def take_over(conversation: Conversation) -> None:
    """A person answers here from now on. Call it before the feed is told, in the transaction of their answer."""
    if conversation.handler == Handler.HUMAN:
        return
    decide(conversation, Handler.HUMAN, now())
    Conversation.objects.filter(pk=conversation.pk).update(
        handler=conversation.handler, handed_at=conversation.handed_at
    )


def take_over_elsewhere(folder: Folder, integration: ChannelIntegration, message: Message) -> None:
    """Somebody answered in the native app: the unsaved conversation is theirs, where that is the policy."""
    conversation = folder.conversation
    is_heard = message.author_kind == AuthorKind.EXTERNAL and not message.is_history
    is_recent = is_heard and now() - message.sent_at <= RECENT
    if is_recent and _is_latest(conversation, message) and takes_over(integration):
        decide(conversation, Handler.HUMAN, message.sent_at)


def _is_latest(conversation: Conversation, message: Message) -> bool:
    """Whether nobody decided since. Within what a platform's clock tells apart, the person's answer counts."""
    if conversation.handed_at is None:
        return True
    return message.sent_at >= own_time(conversation.platform, conversation.handed_at)


def decide(conversation: Conversation, handler: str, at: datetime) -> None:
    """Set it on the unsaved row."""
    conversation.handler, conversation.handed_at = handler, at
