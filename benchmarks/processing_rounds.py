"""
The rounds of the benchmark `processing` in one database, which DATABASE_URL names and which is emptied.

Run by `bench_processing` in a process of its own, for settings name one database. Prints events per second as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial

import django

django.setup()

from django.core.management import call_command
from django.db import connection

from backend.config.interpreter import look_for_garbage_seldom
from backend.conversations.models import Contact, Conversation, Message
from backend.feed.models import FeedEntry
from backend.receiving import readings
from backend.receiving.models import EventState, WebhookEvent, WebhookShare
from backend.receiving.process import drain
from benchmarks import one_by_one
from benchmarks.crowd import put_into_inbox, settle_down
from benchmarks.mix import connect_all, mixed

ROUNDS = 3
MEASURED = ("batches", "one_by_one", "reading", "mix", "mix_reading")
MIXED = 2_000  # Deliveries of every kind.
MESSAGES = 2_000  # Each with three statuses.
ONE_BY_ONE = 400  # Of the same deliveries, from the beginning: so many are enough to measure it.


def main() -> None:
    call_command("migrate", verbosity=0)
    check_alike()
    look_for_garbage_seldom()  # As the worker does when it starts.
    rounds: dict[str, list[float]] = {name: [] for name in MEASURED}
    for _ in range(ROUNDS):
        count = prepare()
        rounds["batches"].append(count / seconds(drain_all))
        rounds["reading"].append(count / seconds(read_all))
        count = prepare(first=ONE_BY_ONE)
        rounds["one_by_one"].append(count / seconds(one_by_one.process_all))
        check_done(count)
        count = prepare_mix()
        rounds["mix"].append(count / seconds(drain_all))
        rounds["mix_reading"].append(count / seconds(partial(readings.read_all, all_events())))
    sys.stdout.write(json.dumps(rounds))


def prepare(first: int | None = None) -> int:
    """The crowd anew, with its deliveries in the inbox, or the first of them; how many."""
    bodies = settle_down(MESSAGES)[:first]
    put_into_inbox(bodies)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    return len(bodies)


def prepare_mix() -> int:
    """Deliveries of every kind in the inbox, as many as in the other rounds."""
    settle_down(0)
    connect_all()
    put_into_inbox(mixed(MIXED))
    return MIXED


def all_events() -> list[WebhookEvent]:
    """In memory, so that reading them costs nothing but reading."""
    return list(WebhookEvent.objects.order_by("id"))


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def drain_all() -> None:
    while drain():
        pass


def read_all() -> None:
    for event in WebhookEvent.objects.order_by("id"):
        readings.read(event)


def check_done(count: int) -> None:
    """Raises AssertionError where anything is left, lost or failed."""
    states = dict.fromkeys(WebhookEvent.objects.values_list("state", flat=True))
    assert list(states) == [EventState.DONE], f"after processing, events are {', '.join(states)}"
    assert WebhookShare.objects.count() == count, "an event has no share"


def check_alike() -> None:
    """Raises AssertionError unless both ways leave the same rows behind."""
    found = []
    for work in (one_by_one.process_all, drain_all):
        count = prepare(first=ONE_BY_ONE)
        work()
        check_done(count)
        found.append(left_behind())
    for name, rows in found[0].items():
        assert rows == found[1][name], f"the two ways leave other {name} behind"
        assert rows, f"there are no {name} to compare"


def left_behind() -> dict[str, Sequence[object]]:
    """What is kept, by the platform's ids; the feed by what it says last of each message."""
    last = {
        entry.data["messageId"]: entry.data["status"]
        for entry in FeedEntry.objects.filter(type__startswith="message.").order_by("number")
    }
    messages = Message.objects.order_by("external_id")
    known = {str(message.pk): message.external_id for message in messages}
    return {
        "contacts": list(Contact.objects.order_by("external_id").values_list("external_id", "name", "phone")),
        "conversations": list(
            Conversation.objects.order_by("contact__external_id").values_list(
                "contact__external_id", "unread_count", "last_message_at", "last_inbound_at", "status"
            )
        ),
        "messages": list(
            messages.values_list("external_id", "text", "delivery_status", "sent_at", "author_name")
        ),
        "shares": list(
            WebhookShare.objects.order_by("event_id").values_list("event__state", "state", "items")
        ),
        "feed": sorted((known[message_id], status) for message_id, status in last.items()),
    }


if __name__ == "__main__":
    main()
