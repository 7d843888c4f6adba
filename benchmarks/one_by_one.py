"""The same work done one by one, as it is usually written: a transaction for each event, get_or_create for each row."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.db import transaction

from backend.conversations.models import (
    AuthorKind,
    Contact,
    Conversation,
    Direction,
    Erasure,
    Message,
    ParkedNotice,
)
from backend.conversations.status import may_follow
from backend.feed.models import FeedEntry, FeedHead
from backend.integrations.adapters import adapter_by
from backend.integrations.models import ChannelIntegration
from backend.lib.clock import now
from backend.platforms.port import AnyNotice, DeliveryChanged, DeliveryStatus, Login, MessageReceived
from backend.platforms.registry import platform_of
from backend.receiving.models import EventState, WebhookEvent, WebhookShare
from backend.receiving.shares import describe


def process_all() -> None:
    """Process everything that waits, in order."""
    while event := WebhookEvent.objects.filter(due_at__lte=now()).order_by("id").first():
        with transaction.atomic():
            process_one(event)


def process_one(event: WebhookEvent) -> None:
    """Record what the event says of accounts that are connected, and that it is done."""
    payload = json.loads(bytes(event.body))
    platform = platform_of(payload) or ""
    shown: dict[ChannelIntegration, list[Any]] = {}
    for notice in adapter_by(platform, Login.FACEBOOK).parse(payload):
        integration = ChannelIntegration.objects.live().get(platform=platform, account_id=notice.account_id)
        if not Erasure.objects.filter(platform=platform, account_id=notice.account_id).exists():
            record(integration, notice)
        shown.setdefault(integration, []).append(describe(notice, ""))
    for integration, items in shown.items():
        WebhookShare.objects.get_or_create(
            event=event,
            integration=integration,
            defaults={"business_id": integration.business_id, "state": EventState.DONE, "items": items},
        )
    event.state, event.due_at, event.processed_at = EventState.DONE, None, now()
    event.attempts += 1
    event.save(update_fields=["state", "due_at", "processed_at", "attempts"])


def record(integration: ChannelIntegration, notice: AnyNotice) -> None:
    if isinstance(notice, MessageReceived):
        record_message(integration, notice)
    elif isinstance(notice, DeliveryChanged):
        record_status(integration, notice)


def record_message(integration: ChannelIntegration, notice: MessageReceived) -> None:
    """The message, its contact and conversation, and what is kept with these."""
    here = {"integration": integration, "account_id": notice.account_id}
    card = notice.contact
    contact, _ = Contact.objects.get_or_create(
        **here,
        external_id=card.external_id,
        defaults={"business_id": integration.business_id, "name": card.name, "phone": card.phone},
    )
    if contact.name != card.name:
        contact.name = card.name
        contact.save(update_fields=["name"])
    conversation, _ = Conversation.objects.select_for_update().get_or_create(
        contact=contact,
        defaults={**here, "business_id": integration.business_id, "platform": integration.platform},
    )
    message, is_new = Message.objects.get_or_create(
        **here,
        external_id=notice.external_id,
        defaults={
            "business_id": integration.business_id,
            "conversation": conversation,
            "direction": Direction.INBOUND,
            "type": notice.type,
            "text": notice.text,
            "payload": notice.payload,
            "reply_to_external_id": notice.reply_to_external_id,
            "delivery_status": DeliveryStatus.RECEIVED,
            "author_kind": AuthorKind.CONTACT,
            "author_id": str(contact.pk),
            "author_name": contact.name,
            "sent_at": notice.occurred_at or now(),
        },
    )
    if is_new:
        ParkedNotice.objects.filter(**here, external_id=notice.external_id).first()
        _keep_with_conversation(conversation, message)
        _tell(integration.business_id, "message.received", message)
        _tell_of_conversation(conversation)


def _keep_with_conversation(conversation: Conversation, message: Message) -> None:
    conversation.unread_count += 1
    conversation.status = "OPEN"
    if conversation.last_message_id is None or message.sent_at >= conversation.last_message_at:
        conversation.last_message, conversation.last_message_at = message, message.sent_at
    if conversation.last_inbound_at is None or message.sent_at > conversation.last_inbound_at:
        conversation.last_inbound_at = message.sent_at
    conversation.save()


def record_status(integration: ChannelIntegration, notice: DeliveryChanged) -> None:
    """The status of one message, only forward; one that comes early waits."""
    here = {"integration": integration, "account_id": notice.account_id, "external_id": notice.external_id}
    message = Message.objects.select_for_update().filter(**here, direction=Direction.OUTBOUND).first()
    if message is None:
        content = {"status": notice.status, "external_id": notice.external_id}
        digest = hashlib.sha256(json.dumps(content).encode()).hexdigest()
        ParkedNotice.objects.get_or_create(
            **here, digest=digest, defaults={"kind": "DeliveryChanged", "content": content}
        )
    elif may_follow(message.delivery_status, notice.status, error_code=message.error_code):
        message.delivery_status = notice.status
        message.save(update_fields=["delivery_status"])
        _tell(integration.business_id, "message.status", message)


def _tell(business_id: str, kind: str, message: Message) -> None:
    told = {"messageId": str(message.pk), "conversationId": str(message.conversation_id)}
    _publish(business_id, kind, {**told, "status": message.delivery_status})


def _tell_of_conversation(conversation: Conversation) -> None:
    told = {"conversationId": str(conversation.pk), "unreadCount": conversation.unread_count}
    _publish(conversation.business_id, "conversation.updated", told)


def _publish(business_id: str, kind: str, data: dict[str, Any]) -> None:
    head, _ = FeedHead.objects.select_for_update().get_or_create(business_id=business_id)
    head.last += 1
    head.save(update_fields=["last"])
    FeedEntry.objects.create(business_id=business_id, number=head.last, type=kind, data=data)
