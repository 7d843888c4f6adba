"""A crowd that writes to many businesses on WhatsApp, and what Meta tells of it: one message, three statuses."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection

from backend.businesses.models import Business
from backend.conversations.models import AuthorKind, Contact, Conversation, Direction, Message
from backend.integrations.models import ChannelIntegration, IntegrationStatus
from backend.lib.clock import now
from backend.platforms.port import DeliveryStatus
from backend.receiving.models import WebhookEvent

BUSINESSES = 20
CONTACTS = 200  # Of each business; every other one has written before.
STATUSES = ("sent", "delivered", "read")
WINDOW = 400  # Within so many deliveries the order is a matter of chance, as it is with Meta.
REPEATED = 0.01  # Meta delivers some of them twice.
SENT_AT = now().replace(microsecond=0) - timedelta(minutes=10)  # The same for every round.
SEED = 20_260_302

TABLES = (
    "receiving_webhookshare",
    "receiving_webhookevent",
    "conversations_parkednotice",
    "conversations_message",
    "conversations_conversation",
    "conversations_contact",
    "feed_feedentry",
    "channel_integrations",
    "businesses_business",
)


@dataclass(frozen=True, slots=True)
class Number:
    """The number of one business, with those who write to it."""

    integration: ChannelIntegration

    @property
    def account_id(self) -> str:
        return self.integration.account_id or ""

    def contact_id(self, place: int) -> str:
        return f"49{self.account_id[-4:]}{place:07d}"


def settle_down(messages: int) -> list[bytes]:
    """Empty tables, the crowd, and its bodies: one inbound message and three statuses for each of `messages`."""
    _empty()
    numbers = [Number(_connected(place)) for place in range(BUSINESSES)]
    dice = random.Random(SEED)
    sent = _sent_messages(numbers, messages)
    bodies: list[bytes] = []
    for place, (number, message) in enumerate(sent):
        bodies += [_inbound(number, dice.randrange(CONTACTS), place)]
        bodies += [_status(number, message, word, second) for second, word in enumerate(STATUSES)]
    return _as_it_comes(bodies, dice)


def put_into_inbox(bodies: Sequence[bytes]) -> None:
    """Store the bodies as the door does."""
    WebhookEvent.objects.bulk_create([WebhookEvent(body=body) for body in bodies], batch_size=2_000)


def _empty() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"TRUNCATE {', '.join(TABLES)} RESTART IDENTITY CASCADE")
        else:
            cursor.execute("PRAGMA foreign_keys = OFF")
            for name in TABLES:
                cursor.execute(f"DELETE FROM {name}")
            cursor.execute("PRAGMA foreign_keys = ON")


def _connected(place: int) -> ChannelIntegration:
    business = Business.objects.create(id=f"business-{place:03d}", name=f"Business {place}")
    return ChannelIntegration.objects.create(
        business=business,
        platform="WHATSAPP",
        status=IntegrationStatus.CONNECTED,
        account_id=f"1000{place:04d}",
        platform_account_id=f"9000{place:04d}",
    )


def _sent_messages(numbers: Sequence[Number], count: int) -> list[tuple[Number, Message]]:
    """Messages that were sent some minutes ago, spread over the conversations that exist."""
    contacts = [
        Contact(
            business_id=number.integration.business_id,
            integration=number.integration,
            account_id=number.account_id,
            external_id=number.contact_id(place),
            phone=number.contact_id(place),
            name=f"Person {place}",
        )
        for number in numbers
        for place in range(0, CONTACTS, 2)
    ]
    conversations = [
        Conversation(
            business_id=contact.business_id,
            integration_id=contact.integration_id,
            contact=contact,
            platform="WHATSAPP",
            account_id=contact.account_id,
            last_message_at=SENT_AT,
        )
        for contact in contacts
    ]
    holders = {number.integration.pk: number for number in numbers}
    chosen = [conversations[place * 7 % len(conversations)] for place in range(count)]
    messages = [_sent(each, place) for place, each in enumerate(chosen)]
    Contact.objects.bulk_create(contacts, batch_size=1_000)
    Conversation.objects.bulk_create(conversations, batch_size=1_000)
    Message.objects.bulk_create(messages, batch_size=1_000)
    return [(holders[message.integration_id], message) for message in messages]


def _sent(conversation: Conversation, place: int) -> Message:
    return Message(
        business_id=conversation.business_id,
        integration_id=conversation.integration_id,
        conversation=conversation,
        account_id=conversation.account_id,
        direction=Direction.OUTBOUND,
        type="TEXT",
        text=f"Your order {place} is on its way.",
        external_id=f"wamid.OUT{place:020d}",
        delivery_status=DeliveryStatus.SENT,
        author_kind=AuthorKind.MEMBER,
        sent_at=SENT_AT,
    )


def _inbound(number: Number, contact: int, place: int) -> bytes:
    wa_id = number.contact_id(contact)
    message = {
        "from": wa_id,
        "id": f"wamid.IN{place:022d}",
        "timestamp": str(int(SENT_AT.timestamp()) + place % 400),
        "text": {"body": f"Where is my order? This is what I ask for the {place}th time."},
        "type": "text",
    }
    contacts = [{"profile": {"name": f"Person {contact}"}, "wa_id": wa_id}]
    return _body(number, {"contacts": contacts, "messages": [message]})


def _status(number: Number, message: Message, word: str, second: int) -> bytes:
    status = {
        "id": message.external_id,
        "status": word,
        "timestamp": str(int(message.sent_at.timestamp()) + second),
        "recipient_id": message.conversation.contact.external_id,
        "conversation": {"id": "f0e1d2c3b4a5968778695a4b3c2d1e0f", "origin": {"type": "service"}},
        "pricing": {"billable": True, "pricing_model": "PMP", "category": "service", "type": "regular"},
    }
    return _body(number, {"statuses": [status]})


def _body(number: Number, items: dict[str, object]) -> bytes:
    metadata = {"display_phone_number": "4930123456", "phone_number_id": number.account_id}
    value = {"messaging_product": "whatsapp", "metadata": metadata, **items}
    entry = {
        "id": number.integration.platform_account_id,
        "changes": [{"value": value, "field": "messages"}],
    }
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()


def _as_it_comes(bodies: list[bytes], dice: random.Random) -> list[bytes]:
    told: list[bytes] = []
    for start in range(0, len(bodies), WINDOW):
        window = bodies[start : start + WINDOW]
        window += [body for body in window if dice.random() < REPEATED]
        dice.shuffle(window)
        told += window
    return told
