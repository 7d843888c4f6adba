"""What the feed says about conversations and messages."""

from __future__ import annotations

from uuid import UUID

from backend.conversations.models import Contact, Conversation, Message
from backend.feed.publish import Change


def message_changed(message: Message, kind: str) -> Change:
    """`kind`: received, queued, status or updated."""
    return Change(
        business_id=message.business_id,
        type=f"message.{kind}",
        data={
            "messageId": str(message.pk),
            "conversationId": str(message.conversation_id),
            "status": message.delivery_status,
        },
    )


def conversation_changed(conversation: Conversation) -> Change:
    return Change(
        business_id=conversation.business_id,
        type="conversation.updated",
        data={
            "conversationId": str(conversation.pk),
            "unreadCount": conversation.unread_count,
            "handler": conversation.handler,
        },
    )


def conversation_merged(gone: Conversation, present: Conversation) -> Change:
    """Two contacts were one person: what was said in the first is in the second from now on."""
    return Change(
        business_id=gone.business_id,
        type="conversation.merged",
        data={
            "conversationId": str(gone.pk),
            "mergedInto": str(present.pk),
            "contactId": str(gone.contact_id),
            "contactMergedInto": str(present.contact_id),
        },
    )


def contact_changed(contact: Contact) -> Change:
    """What is known of the person is not what it was."""
    return Change(contact.business_id, "contact.updated", {"contactId": str(contact.pk)})


def contact_erased(business_id: str, contact_id: UUID) -> Change:
    """Says which, for those who keep copies; the id is ours and leads nowhere any more."""
    return Change(business_id=business_id, type="contact.erased", data={"contactId": str(contact_id)})
