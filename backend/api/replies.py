"""What messages reply to: the platform names a message by its own id, the API by ours."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from backend.api.attachment_rows import attachments_of, may_have_files
from backend.conversations.models import Message

# Conversation and the platform's id of a message -> our id of it.
ReplyTargets = dict[tuple[UUID, str], UUID]


def reply_targets(conversations: Collection[UUID], external_ids: Collection[str]) -> ReplyTargets:
    """Our ids of the messages that are replied to; none are looked up where nothing replies."""
    if not external_ids:
        return {}
    targets = Message.objects.filter(
        conversation_id__in=conversations, external_id__in=external_ids
    ).values_list("conversation_id", "external_id", "pk")
    return {(conversation, external): pk for conversation, external, pk in targets if external}


def message_context(messages: Iterable[Message]) -> dict[str, Any]:
    """What the messages reply to, and their files, looked up once for all of them."""
    messages = list(messages)
    replying = [message for message in messages if message.reply_to_external_id]
    conversations = {message.conversation_id for message in replying}
    filed = {each.pk for each in messages if may_have_files(each.type, each.payload, each.deleted_at)}
    return {
        "reply_targets": reply_targets(conversations, {message.reply_to_external_id for message in replying}),
        "attachments": attachments_of(filed),
    }
