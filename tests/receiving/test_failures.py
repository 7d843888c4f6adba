"""A fault of ours fails alone, is tried again, and can be replayed; a database that is away makes all wait."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from backend.conversations.models import Message
from backend.integrations.models import ChannelIntegration
from backend.lib.clock import now
from backend.receiving import process, replaying, settle
from backend.receiving.models import EventState, WebhookEvent, WebhookShare
from tests.conftest import Cast
from tests.integrations.accounts import connected
from tests.receiving.bodies import entry, event, item, told
from tests.receiving.conftest import Deliver
from tests.receiving.refusing import POISON, TABLE, database_away, poison_refused, share_refused


def texts() -> set[str]:
    return set(Message.objects.values_list("text", flat=True))


def test_a_poisoned_item_fails_alone(cast: Cast, page: ChannelIntegration, deliver: Deliver) -> None:
    theirs = connected(cast.rival, "MESSENGER")
    both = event(
        "MESSENGER",
        entry(page, [item(page, "before"), item(page, POISON), item(page, "after")]),
        entry(theirs, [item(theirs, "theirs")]),
    )
    with poison_refused():
        failed, fine = deliver(both, told(page, item(page, "next")))
    assert texts() == {"before", "after", "theirs", "next"}
    assert (failed.state, fine.state) == (EventState.FAILED, EventState.DONE)
    assert "IntegrityError" in failed.error
    own = WebhookShare.objects.get(event=failed, business=cast.business)
    assert own.state == EventState.FAILED
    assert [bool(shown["error"]) for shown in own.items] == [False, True, False]
    assert own.items[1]["payload"]["message"]["text"] == POISON
    assert WebhookShare.objects.get(event=failed, business=cast.rival).state == EventState.DONE


def test_a_replay_works_once_the_fault_is_mended(page: ChannelIntegration, deliver: Deliver) -> None:
    with poison_refused():
        (failed,) = deliver(told(page, item(page, "before"), item(page, POISON)))
    assert replaying.replay([failed]) == 1
    process.drain()
    done = WebhookEvent.objects.get()
    assert (done.state, done.error, done.attempts, done.due_at) == (EventState.DONE, "", 1, None)
    assert WebhookShare.objects.get().state == EventState.DONE
    assert texts() == {"before", POISON}


def test_it_is_tried_again_less_and_less_often(page: ChannelIntegration, deliver: Deliver) -> None:
    with poison_refused():
        (failed,) = deliver(told(page, item(page, POISON)))
        waits = [wait_of(failed)]
        process.drain()
        failed.refresh_from_db()
        assert failed.attempts == 1  # Its time has not come.
        while failed.due_at:
            WebhookEvent.objects.update(due_at=now())
            process.drain()
            failed.refresh_from_db()
            waits.append(wait_of(failed))
    assert waits == [*settle.TRY_AGAIN_AFTER, None]
    assert failed.state == EventState.FAILED


def wait_of(event: WebhookEvent) -> timedelta | None:
    """How long it rests; None: for good."""
    assert event.processed_at
    return event.due_at - event.processed_at if event.due_at else None


def test_a_later_try_mends_it_by_itself(page: ChannelIntegration, deliver: Deliver) -> None:
    with poison_refused():
        deliver(told(page, item(page, POISON)))
    WebhookEvent.objects.update(due_at=now())
    process.drain()
    assert (WebhookEvent.objects.get().state, texts()) == (EventState.DONE, {POISON})


@pytest.mark.parametrize(
    ("verb", "table"),
    [
        ("SELECT", "channel_integrations"),
        ("INSERT", "conversations_message"),
        ("INSERT", "receiving_webhookshare"),
        ("UPDATE", "receiving_webhookevent"),
    ],
)
def test_a_database_that_is_away_makes_the_batch_wait(
    page: ChannelIntegration, deliver: Deliver, verb: str, table: str
) -> None:
    with database_away(verb, table), pytest.raises(OperationalError):
        deliver(told(page, item(page, "one")), told(page, item(page, "two")))
    assert set(WebhookEvent.objects.values_list("state", "attempts")) == {(EventState.RECEIVED, 0)}
    process.drain()
    assert set(WebhookEvent.objects.values_list("state", "attempts")) == {(EventState.DONE, 1)}
    assert texts() == {"one", "two"}


def test_an_event_that_cannot_be_settled_fails_alone(page: ChannelIntegration, deliver: Deliver) -> None:
    """What it holds is recorded, like its siblings; only the business's share of it is missing."""
    with share_refused(of="m_bad"):
        one, bad, other = deliver(
            *(told(page, item(page, n, message_id=f"m_{n}")) for n in ("1", "bad", "2"))
        )
    assert texts() == {"1", "bad", "2"}
    assert [each.state for each in (one, bad, other)] == [EventState.DONE, EventState.FAILED, EventState.DONE]
    assert bad.error
    assert bad.due_at
    assert set(WebhookShare.objects.values_list("event_id", flat=True)) == {one.pk, other.pk}
    replaying.replay([bad])
    process.drain()
    assert set(WebhookEvent.objects.values_list("state", flat=True)) == {EventState.DONE}
    assert WebhookShare.objects.count() == 3


def test_what_a_poisoned_item_costs(page: ChannelIntegration) -> None:
    """It is found by halving: its siblings are recorded in a few transactions, not one by one."""
    bodies = [told(page, item(page, POISON if n == 77 else str(n), sender=f"c{n}")) for n in range(128)]
    WebhookEvent.objects.bulk_create([WebhookEvent(body=body) for body in bodies])
    with poison_refused(), CaptureQueriesContext(connection) as captured:
        process.drain()
    inserted = sum(f'INSERT INTO "{TABLE}"' in query["sql"] for query in captured)
    assert Message.objects.count() == 127
    # All of it, then both halves of whatever holds it, and at last the one alone once more.
    assert inserted <= 1 + 2 * 7 + 1


@pytest.mark.parametrize(
    "account_id", ["\\u0000", "\\ud83d", "9" * 5000], ids=["NUL", "lone surrogate", "endless"]
)
def test_an_account_that_no_database_takes(
    page: ChannelIntegration, deliver: Deliver, account_id: str
) -> None:
    """Whoever is asked for it must not stumble: the lane would stand still for everybody."""
    foreign = told(page, item(page)).replace(str(page.account_id).encode(), account_id.encode())
    strange, fine = deliver(foreign, told(page, item(page, "fine")))
    assert (strange.state, fine.state) == (EventState.UNROUTED, EventState.DONE)
    assert texts() == {"fine"}


def test_large_deliveries_are_claimed_a_few_at_a_time(page: ChannelIntegration) -> None:
    large = b'{"object": "page", "entry": [], "more": "%s"}' % (b"x" * (process.MAX_BYTES // 4))
    WebhookEvent.objects.bulk_create([WebhookEvent(body=large) for _ in range(6)])
    left = []
    while process.drain():
        left.append(WebhookEvent.objects.waiting(now()).count())
    assert left[0] in (1, 2)
    assert not WebhookEvent.objects.waiting(now()).exists()


def test_the_oldest_come_first(page: ChannelIntegration) -> None:
    bodies = [told(page, item(page, "Hello")) for _ in range(process.BATCH + 1)]
    WebhookEvent.objects.bulk_create([WebhookEvent(body=body) for body in bodies])
    assert process.drain() is True
    (left,) = WebhookEvent.objects.filter(state=EventState.RECEIVED)
    assert left.pk == max(WebhookEvent.objects.values_list("pk", flat=True))
    assert process.drain() is False
    assert process.drain() is False
    assert not WebhookEvent.objects.waiting(now()).exists()
