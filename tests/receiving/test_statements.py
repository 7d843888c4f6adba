"""What a batch costs: a handful of statements, however much of everything is in it."""

from __future__ import annotations

import itertools
import re
from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.conversations.models import AuthorKind, Conversation, Message, ParkedNotice
from backend.conversations.record import Author, Part, record_queued
from backend.integrations.models import ChannelIntegration
from backend.lib.clock import now
from backend.lib.json_types import JSONObject
from backend.platforms.port import DeliveryStatus
from backend.receiving import process, replaying
from backend.receiving.models import EventState, WebhookEvent
from tests.receiving.bodies import fresh_message_id, item, told
from tests.receiving.conftest import Deliver

MOST = 15

# What each kind of row costs, in the order of things.
LOOK = ["SELECT waiting", "SELECT channel_integrations"]
HEARD = ["UPDATE channel_integrations"]  # Once in minutes for each account.
OPEN = ["UPDATE receiving_webhookevent", "SELECT conversations_conversation", "SELECT conversations_erasure"]
# Numbers and entries: with one statement where the database can.
NUMBERED = (
    ["WITH feed_feedhead"]
    if connection.vendor == "postgresql"
    else ["INSERT feed_feedhead", "INSERT feed_feedentry"]
)
NEW_PEOPLE = ["INSERT conversations_contact"]
KNOWN = ["SELECT conversations_message"]
SHARES = ["INSERT receiving_webhookshare"]  # As soon as it is known who was erased.
MESSAGES = [
    "DELETE conversations_parkednotice",
    "INSERT conversations_message",
]


def put(*bodies: bytes) -> None:
    WebhookEvent.objects.bulk_create([WebhookEvent(body=body) for body in bodies])


def drained() -> list[str]:
    """What one batch asked of the database, in words."""
    with CaptureQueriesContext(connection) as captured:
        process.drain()
    assert set(WebhookEvent.objects.values_list("state", flat=True)) == {EventState.DONE}
    return statements(captured)


def statements(captured: CaptureQueriesContext) -> list[str]:
    found = (
        re.match(r"\s*(WITH|SELECT|INSERT|UPDATE|DELETE)[^\"]*\"(\w+)\"", query["sql"]) for query in captured
    )
    words = [" ".join(match.groups()) for match in found if match]
    claims = ["SELECT waiting" for query in captured if "OVER (ORDER BY id)" in query["sql"]]
    return [*claims, *words]


def commits(captured: CaptureQueriesContext) -> int:
    return sum(query["sql"] == "COMMIT" for query in captured)


def test_first_messages_of_new_people(page: ChannelIntegration) -> None:
    put(*(told(page, item(page, sender=f"contact-{n % 40}")) for n in range(100)))
    saved = ["INSERT conversations_conversation"]
    assert drained() == [*LOOK, *HEARD, *OPEN, *KNOWN, *SHARES, *NEW_PEOPLE, *MESSAGES, *saved, *NUMBERED]
    assert Message.objects.count() == 100


def test_the_same_again(page: ChannelIntegration) -> None:
    put(*(told(page, item(page, sender=f"contact-{n % 40}")) for n in range(100)))
    process.drain()
    replaying.replay(WebhookEvent.objects.all())
    assert drained() == [*LOOK, *OPEN, *KNOWN, *SHARES]


def echo(page: ChannelIntegration, text: str, contact: str) -> JSONObject:
    said = item(page, text, sender=str(page.account_id), second=30)
    message = {**said["message"], "is_echo": True, "app_id": 1}
    return {**said, "recipient": {"id": contact}, "message": message}


def read_by(page: ChannelIntegration, contact: str) -> JSONObject:
    until = int((now() + timedelta(minutes=1)).timestamp() * 1000)
    people = {"sender": {"id": contact}, "recipient": {"id": page.account_id}, "timestamp": until}
    return {**people, "read": {"watermark": until}}


def delivered(page: ChannelIntegration, contact: str, message_id: str) -> JSONObject:
    people = {"sender": {"id": contact}, "recipient": {"id": page.account_id}}
    return {**people, "delivery": {"mids": [message_id]}}


def sent_to(contact: str, text: str, **columns: object) -> Message:
    """A reply of ours in the conversation that is there."""
    conversation = Conversation.objects.get(contact__external_id=contact)
    author = Author(kind=AuthorKind.MEMBER, id="m", name="Mia")
    (message,) = record_queued(conversation, [Part("TEXT", text)], author=author)
    Message.objects.filter(pk=message.pk).update(**columns)
    return message


def test_everything_at_once(page: ChannelIntegration, deliver: Deliver) -> None:
    """Messages of old and new people, echoes of ours and of others, statuses, readings: a hundred events."""
    old = [f"old-{n}" for n in range(20)]
    deliver(*(told(page, item(page, sender=contact)) for contact in old))
    ids = [fresh_message_id() for _ in old]
    sent = {"delivery_status": DeliveryStatus.SENT, "sent_at": now() - timedelta(minutes=1)}
    for contact, message_id in zip(old, ids, strict=True):
        sent_to(contact, "sent", external_id=message_id, **sent)
        sent_to(contact, "swept", external_id=fresh_message_id(), **sent)
        sent_to(contact, "echo", delivery_status=DeliveryStatus.SENDING, claimed_at=now())
    items = [
        *(item(page, "again", sender=contact, second=20) for contact in old),
        *(item(page, sender=f"new-{n}", second=20) for n in range(20)),
        *(echo(page, "from the native app", contact) for contact in old),
        *(delivered(page, contact, message_id) for contact, message_id in zip(old, ids, strict=True)),
        *(read_by(page, contact) for contact in old),
    ]
    put(*(told(page, each) for each in items))
    assert WebhookEvent.objects.filter(state=EventState.RECEIVED).count() == 100
    asked = drained()
    assert len(asked) <= MOST, asked
    assert Conversation.objects.count() == 40
    reached = set(
        Message.objects.filter(text__in=["sent", "swept"]).values_list("delivery_status", flat=True)
    )
    assert reached == {DeliveryStatus.READ}


def test_parked_notices_cost_one_more(page: ChannelIntegration, deliver: Deliver) -> None:
    deliver(told(page, item(page, sender="ann")))
    put(*(told(page, delivered(page, "ann", f"m_unknown_{n}")) for n in range(100)))
    parked = ["INSERT conversations_parkednotice"]
    assert drained() == [*LOOK, *OPEN, *KNOWN, *SHARES, *parked]
    assert ParkedNotice.objects.count() == 100


def test_a_batch_is_one_commit(transactional_db: None, page: ChannelIntegration) -> None:
    ChannelIntegration.objects.update(last_webhook_at=now())  # It was heard of within the last minutes.
    put(*(told(page, item(page, sender=f"contact-{n % 40}")) for n in range(100)))
    with CaptureQueriesContext(connection) as captured:
        process.drain()
    assert commits(captured) == 1
    assert len(statements(captured)) <= MOST


def test_one_statement_takes_thousands(page: ChannelIntegration, deliver: Deliver) -> None:
    count = process.MAX_ITEMS + 1
    items = [item(page, str(n), sender=f"c{n % 300}") for n in range(count)]
    (done,) = deliver(told(page, *items))
    assert (done.state, Message.objects.count()) == (EventState.DONE, count)
    assert [len(list(group)) for _, group in itertools.groupby(done.shares.values_list("state"))] == [1]
