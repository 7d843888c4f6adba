"""Events are processed again in their order, a few at a time, and nothing is recorded twice."""

from __future__ import annotations

from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.businesses.trail import AuditEntry
from backend.conversations.models import Message
from backend.integrations.models import ChannelIntegration
from backend.lib.clock import now
from backend.receiving import process, replaying
from backend.receiving.models import EventState, WebhookEvent, WebhookShare
from tests.conftest import Cast
from tests.integrations.accounts import connected
from tests.receiving.bodies import entry, event, item, told
from tests.receiving.conftest import Deliver
from tests.receiving.refusing import POISON, poison_refused


def failing(page: ChannelIntegration, deliver: Deliver, count: int) -> list[WebhookEvent]:
    """So many deliveries that failed for good, each with its share."""
    with poison_refused():
        events = deliver(*[told(page, item(page, POISON)) for _ in range(count)])
    WebhookEvent.objects.update(due_at=None)
    return events


def states() -> set[str]:
    return set(WebhookEvent.objects.values_list("state", flat=True))


def test_all_that_failed_is_put_back_in_turn(page: ChannelIntegration, deliver: Deliver) -> None:
    events = failing(page, deliver, 8)
    waiting: list[list[int]] = []

    def work() -> None:
        waiting.append(list(WebhookEvent.objects.waiting(now()).values_list("pk", flat=True)))
        process.drain()

    failed = WebhookEvent.objects.filter(state=EventState.FAILED)
    assert list(replaying.replay_in_turn(failed, wait=work, together=3)) == [3, 3, 2]
    ids = [event.pk for event in events]
    assert waiting == [ids[:3], ids[3:6], ids[6:]], "the next go back once those before them were looked at"
    assert states() == {EventState.DONE}
    assert Message.objects.count() == 8


def test_what_fails_again_is_not_put_back_for_ever(page: ChannelIntegration, deliver: Deliver) -> None:
    failing(page, deliver, 3)
    failed = WebhookEvent.objects.filter(state=EventState.FAILED)
    with poison_refused():
        assert list(replaying.replay_in_turn(failed, wait=process.drain)) == [3]
    assert states() == {EventState.FAILED}
    assert set(WebhookEvent.objects.values_list("attempts", flat=True)) == {1}, "its tries begin anew"


def test_nobody_has_to_wait(page: ChannelIntegration, deliver: Deliver) -> None:
    failing(page, deliver, 5)
    failed = WebhookEvent.objects.filter(state=EventState.FAILED)
    assert list(replaying.replay_in_turn(failed, wait=None, together=2)) == [2, 2, 1]
    assert states() == {EventState.RECEIVED}


def test_a_replay_costs_the_same_however_many(page: ChannelIntegration, deliver: Deliver) -> None:
    events = failing(page, deliver, 20)
    with CaptureQueriesContext(connection) as one:
        replaying.replay(events[:1])
    with CaptureQueriesContext(connection) as many:
        replaying.replay(events)
    assert len(one) == len(many)


def test_the_trail_of_each_business_tells_what_an_operator_put_back(
    cast: Cast, page: ChannelIntegration, deliver: Deliver
) -> None:
    theirs = connected(cast.rival, "MESSENGER")
    both = event("MESSENGER", entry(page, [item(page, POISON)]), entry(theirs, [item(theirs, "theirs")]))
    with poison_refused():
        deliver(both, told(page, item(page, POISON)))
    failed = WebhookEvent.objects.filter(state=EventState.FAILED)
    assert list(replaying.replay_in_turn(failed, wait=None)) == [2]
    entries = AuditEntry.objects.order_by("business_id")
    assert {(each.business_id, each.action, each.detail["events"]) for each in entries} == {
        (cast.business.pk, "webhook_event.replayed", 2),
        (cast.rival.pk, "webhook_event.replayed", 1),
    }
    assert {each.actor_kind for each in entries} == {"SYSTEM"}


def test_a_business_replays_its_own(cast: Cast, page: ChannelIntegration, deliver: Deliver) -> None:
    theirs = connected(cast.rival, "MESSENGER")
    both = event("MESSENGER", entry(page, [item(page, POISON)]), entry(theirs, [item(theirs, "theirs")]))
    with poison_refused():
        deliver(both, told(theirs, item(theirs, POISON)))
    replayed = replaying.replay_failed(cast.business.pk, by=cast.owner)
    assert replayed == replaying.Replayed(1, more=False)
    process.drain()
    own = WebhookShare.objects.filter(business=cast.business)
    assert set(own.values_list("state", flat=True)) == {EventState.DONE}
    assert WebhookEvent.objects.filter(state=EventState.FAILED).count() == 1, "the other's is not touched"
    assert sorted(Message.objects.values_list("text", flat=True)) == [POISON, "theirs"]
    noted = AuditEntry.objects.get()
    assert (noted.action, noted.actor_id, noted.detail) == (
        "webhook_event.replayed",
        str(cast.owner.user_id),
        {"events": 1},
    )


def test_many_take_several_requests(cast: Cast, page: ChannelIntegration, deliver: Deliver) -> None:
    events = failing(page, deliver, 3)
    assert replaying.replay_failed(cast.business.pk, by=cast.owner, together=2) == replaying.Replayed(
        2, more=True
    )
    waiting = WebhookEvent.objects.filter(state=EventState.RECEIVED).values_list("pk", flat=True)
    assert sorted(waiting) == [event.pk for event in events[:2]], "the oldest first"
    assert replaying.replay_failed(cast.business.pk, by=cast.owner, together=2) == replaying.Replayed(
        1, more=False
    )
    assert replaying.replay_failed(cast.business.pk, by=cast.owner, together=2) == replaying.Replayed(
        0, more=False
    )
    assert AuditEntry.objects.count() == 2, "nothing was done the third time"
