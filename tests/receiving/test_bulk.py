"""What a phone hands over has a lane of its own: what was said just now is never behind it."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest

from backend.conversations.models import Contact, HistoryPart, Message
from backend.integrations.models import ChannelIntegration
from backend.lib.clock import now
from backend.platforms.registry import BULK_FROM
from backend.receiving import bulk, process, replaying
from backend.receiving.loads import Load, load_of
from backend.receiving.models import EventState, WebhookEvent, WebhookShare
from backend.receiving.retention import BEHIND
from tests.conftest import Cast
from tests.integrations.accounts import connected
from tests.receiving.bodies import EVENING, item, told

PERSON = "16505550101"
SAID = 900


@pytest.fixture
def number(cast: Cast) -> ChannelIntegration:
    return connected(cast.business, "WHATSAPP")


def handed_over(number: ChannelIntegration, field: str, value: dict[str, Any]) -> bytes:
    whole = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": number.account_id}, **value}
    entry = {"id": number.platform_account_id, "changes": [{"value": whole, "field": field}]}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()


def history(number: ChannelIntegration) -> bytes:
    """A conversation of many messages."""
    messages = [
        {
            "from": PERSON,
            "id": f"wamid.old{place}",
            "timestamp": str(EVENING - place),
            "type": "text",
            "text": {"body": f"The message {place} of a long conversation"},
        }
        for place in range(SAID)
    ]
    thread = {"id": PERSON, "messages": messages}
    metadata = {"phase": 0, "chunk_order": 1, "progress": 100}
    return handed_over(number, "history", {"history": [{"metadata": metadata, "threads": [thread]}]})


def address_book(number: ChannelIntegration) -> bytes:
    people = [
        {
            "type": "contact",
            "contact": {"full_name": f"Person {place}", "phone_number": f"1650555{place:04d}"},
            "action": "add",
            "metadata": {"timestamp": str(EVENING)},
        }
        for place in range(SAID)
    ]
    return handed_over(number, "smb_app_state_sync", {"state_sync": people})


def put(body: bytes) -> WebhookEvent:
    """As the door stores it."""
    event: WebhookEvent = WebhookEvent.objects.create(body=body, lane=load_of(body))
    return event


def no_pause(_seconds: float) -> None:
    pass


def test_what_is_said_now_goes_first(number: ChannelIntegration) -> None:
    first = put(history(number))
    put(told(number, item(number, "Hello")))
    process.drain()
    assert [message.text for message in Message.objects.all()] == ["Hello"]
    first.refresh_from_db()
    assert (first.lane, first.state) == (Load.BULK, EventState.RECEIVED)
    assert bulk.drain(no_pause)
    assert not bulk.drain(no_pause)
    first.refresh_from_db()
    assert first.state == EventState.DONE


def test_a_long_conversation_is_kept_in_pieces(number: ChannelIntegration) -> None:
    put(history(number))
    bulk.drain(no_pause)
    kept = [len(part.content["messages"]) for part in HistoryPart.objects.order_by("id")]
    assert sum(kept) == SAID
    assert max(kept) <= 20
    assert WebhookShare.objects.get().state == EventState.DONE


def test_it_rests_after_each_moment(number: ChannelIntegration) -> None:
    put(address_book(number))
    pauses: list[float] = []
    bulk.drain(pauses.append)
    assert Contact.objects.count() == SAID
    assert len(pauses) > 2
    assert all(pause > 0 for pause in pauses)


def test_killed_in_between_it_begins_anew(number: ChannelIntegration) -> None:
    event = put(address_book(number))
    with suppress(KeyboardInterrupt):
        bulk.drain(_kill_after(3))
    assert 0 < Contact.objects.count() < SAID
    event.refresh_from_db()
    assert event.state == EventState.RECEIVED
    bulk.drain(no_pause)
    assert Contact.objects.count() == SAID
    event.refresh_from_db()
    assert event.state == EventState.DONE


def _kill_after(steps: int) -> Any:
    left = iter(range(steps))

    def pause(_seconds: float) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt

    return pause


def test_it_waits_while_the_inbox_is_behind(number: ChannelIntegration) -> None:
    put(history(number))
    WebhookEvent.objects.bulk_create([WebhookEvent(body=b"{}") for _ in range(BEHIND + 1)])
    assert not bulk.drain(no_pause)
    assert not HistoryPart.objects.exists()
    while process.drain():
        pass
    assert bulk.drain(no_pause)
    assert HistoryPart.objects.exists()


def test_put_back_it_stays_in_its_lane(number: ChannelIntegration) -> None:
    event = put(history(number))
    bulk.drain(no_pause)
    replaying.put_back([event.pk])
    assert not process.drain()
    assert WebhookEvent.objects.waiting(now()).count() == 1
    assert bulk.drain(no_pause)
    assert not WebhookEvent.objects.waiting(now()).exists()


def test_only_what_is_large_and_handed_over_is_bulk(number: ChannelIntegration) -> None:
    assert load_of(history(number)) is Load.BULK
    assert load_of(address_book(number)) is Load.BULK
    long = told(number, item(number, "history " * BULK_FROM))
    assert len(long) > BULK_FROM
    assert load_of(long) is Load.LIVE
    assert load_of(handed_over(number, "history", {"history": []})) is Load.LIVE
