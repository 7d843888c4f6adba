"""What the feed says about conversations and messages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from backend.conversations.models import Attachment, Contact, Conversation, Message
from backend.conversations.window import reply_window
from backend.feed.publish import Change
from backend.lib.json_types import JSONObject
from backend.platforms.registry import PLATFORMS


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


def message_received(message: Message, shown: JSONObject, about: JSONObject) -> Change:
    """With all that an answer takes: `shown` the message, `about` its conversation and contact."""
    return Change(
        business_id=message.business_id,
        type="message.received",
        data={
            "messageId": shown["id"],
            "conversationId": message.conversation_id,
            "status": message.delivery_status,
            "message": shown,
            **about,
        },
    )


def turn_taken(conversation: Conversation, shown: Sequence[JSONObject], about: JSONObject) -> Change:
    """The contact has said what they wanted to say, and an agent may answer now."""
    return Change(
        business_id=conversation.business_id,
        type="conversation.turn",
        data={"conversationId": str(conversation.pk), "messages": list(shown), **about},
    )


def show_message(message: Message, reply_to_id: UUID | None, files: Iterable[Attachment]) -> JSONObject:
    """The message as the API shows it, save what only time can add to it."""
    return {
        "id": message.pk,
        "direction": message.direction,
        "type": message.type,
        "text": message.text,
        "attachments": [
            {"id": each.pk, "type": each.type, "mimeType": each.mime_type or None, "state": each.state}
            for each in files
        ],
        "replyToId": reply_to_id,
        "status": message.delivery_status,
        "externalId": message.external_id,
        "author": {
            "kind": message.author_kind,
            "id": message.author_id or None,
            "name": message.author_name or None,
        },
        "sentAt": message.sent_at,
        "referral": message.referral,
        "payload": message.payload,
    }


def show_about(conversation: Conversation, at: datetime) -> JSONObject:
    """Where it was said and by whom, as far as an answer depends on it; the account is the present one."""
    contact = conversation.contact
    capabilities = PLATFORMS[conversation.platform].capabilities
    window = reply_window(
        capabilities,
        last_inbound_at=conversation.last_inbound_at,
        at=at,
        account_is_current=True,
        refused_at=conversation.refused_at,
    )
    return {
        "conversation": {
            "id": conversation.pk,
            "platform": conversation.platform,
            "integrationId": conversation.integration_id,
            "handler": conversation.handler,
            "window": {"state": window.state, "closesAt": window.closes_at},
        },
        "contact": {
            "id": contact.pk,
            "externalId": contact.external_id,
            "name": contact.name or None,
            "username": contact.username or None,
            "phone": contact.phone or None,
        },
    }


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
