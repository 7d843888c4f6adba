"""What we keep: the people who write, their conversations and messages. Written by `record` alone."""

from backend.conversations.models.attachments import Attachment, AttachmentQuerySet, AttachmentState
from backend.conversations.models.erasures import ErasedMark, Erasure, MarkKind
from backend.conversations.models.messages import AuthorKind, Direction, Message, MessageQuerySet
from backend.conversations.models.people import (
    Contact,
    ContactAlias,
    ContactQuerySet,
    Conversation,
    ConversationQuerySet,
    ConversationStatus,
    FormerConversation,
    Handler,
)
from backend.conversations.models.reactions import DueReaction, ReactionState
from backend.conversations.models.signals import DueSignal, Showing
from backend.conversations.models.waiting import HistoryPart, ParkedNotice, Submission

__all__ = [
    "Attachment",
    "AttachmentQuerySet",
    "AttachmentState",
    "AuthorKind",
    "Contact",
    "ContactAlias",
    "ContactQuerySet",
    "Conversation",
    "ConversationQuerySet",
    "ConversationStatus",
    "Direction",
    "DueReaction",
    "DueSignal",
    "ErasedMark",
    "Erasure",
    "FormerConversation",
    "Handler",
    "HistoryPart",
    "MarkKind",
    "Message",
    "MessageQuerySet",
    "ParkedNotice",
    "ReactionState",
    "Showing",
    "Submission",
]
