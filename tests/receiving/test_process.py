"""Every fact of every delivery is recorded once, whatever it is wrapped in, and however often it comes."""

from __future__ import annotations

import json
import random
from datetime import timedelta

import pytest

from backend.conversations.models import Conversation, Message
from backend.integrations.models import ChannelIntegration, IntegrationStatus
from backend.receiving import process, replaying
from backend.receiving.models import EventState, WebhookEvent, WebhookShare
from tests.conftest import Cast
from tests.integrations.accounts import connected
from tests.receiving.bodies import entry, event, item, told
from tests.receiving.conftest import Deliver


def texts() -> list[str]:
    return list(Message.objects.order_by("sent_at", "id").values_list("text", flat=True))


THREE = ["one", "two", "three"]


def three(integration: ChannelIntegration) -> list[dict[str, object]]:
    return [item(integration, text, second=second) for second, text in enumerate(THREE)]


def test_three_messages_in_one_change(integration: ChannelIntegration, deliver: Deliver) -> None:
    (done,) = deliver(told(integration, *three(integration)))
    assert (done.state, texts()) == (EventState.DONE, THREE)


def test_three_changes(integration: ChannelIntegration, deliver: Deliver) -> None:
    groups = [[each] for each in three(integration)]
    (done,) = deliver(event(integration.platform, entry(integration, *groups)))
    assert (done.state, texts()) == (EventState.DONE, THREE)


def test_three_entries(integration: ChannelIntegration, deliver: Deliver) -> None:
    entries = [entry(integration, [each]) for each in three(integration)]
    (done,) = deliver(event(integration.platform, *entries))
    assert (done.state, texts()) == (EventState.DONE, THREE)


def test_the_same_body_twice(integration: ChannelIntegration, deliver: Deliver) -> None:
    body = told(integration, *three(integration))
    deliver(body, body)
    deliver(body)
    assert texts() == THREE
    assert Conversation.objects.get().unread_count == 3


def test_an_event_that_is_removed_while_it_is_read(page: ChannelIntegration) -> None:
    """Somebody was erased, and took it along: its siblings are recorded, and nothing of it is."""
    bodies = [told(page, item(page, text, second=second)) for second, text in enumerate(THREE)]
    WebhookEvent.objects.bulk_create([WebhookEvent(body=body) for body in bodies])
    events = list(WebhookEvent.objects.order_by("id"))
    readings = process.understand(events)
    WebhookEvent.objects.filter(pk=events[1].pk).delete()
    process.process(readings)
    assert texts() == ["one", "three"]
    assert list(WebhookEvent.objects.values_list("state", flat=True)) == [EventState.DONE] * 2
    assert WebhookShare.objects.count() == 2


def test_all_events_are_removed_while_they_are_read(page: ChannelIntegration) -> None:
    event = WebhookEvent.objects.create(body=told(page, item(page, "one")))
    readings = process.understand([event])
    WebhookEvent.objects.all().delete()
    process.process(readings)
    assert (texts(), WebhookShare.objects.count()) == ([], 0)


def test_the_same_message_in_another_envelope(integration: ChannelIntegration, deliver: Deliver) -> None:
    items = three(integration)
    deliver(told(integration, *items))
    regrouped = event(integration.platform, entry(integration, items[2:]), entry(integration, items[:2]))
    assert regrouped != told(integration, *items)
    deliver(regrouped)
    assert texts() == THREE


def test_any_order(integration: ChannelIntegration, deliver: Deliver) -> None:
    items = [item(integration, str(second), second=second) for second in range(30)]
    bodies = [told(integration, each) for each in [*items, *items[::3]]]
    random.Random(7).shuffle(bodies)
    deliver(*bodies[:15])
    deliver(*bodies[15:])
    assert texts() == [str(second) for second in range(30)]
    conversation = Conversation.objects.get()
    assert conversation.last_message
    assert conversation.last_message.text == "29"


@pytest.mark.parametrize(
    "strange", [None, 7, "text", [], {}, {"message": 7}, {"never": {"seen": 1}}], ids=repr
)
def test_what_nobody_knows_between_two_messages(
    integration: ChannelIntegration, deliver: Deliver, strange: object
) -> None:
    one, _, three_ = three(integration)
    (done,) = deliver(told(integration, one, strange, three_))
    assert (done.state, texts()) == (EventState.DONE, ["one", "three"])
    (share,) = WebhookShare.objects.all()
    kinds = [shown["kind"] for shown in share.items]
    assert (kinds[0], kinds[-1], share.state) == ("message_received", "message_received", EventState.DONE)
    if strange is not None and strange != []:
        assert any(shown["kind"] == "unrecognised" and shown["payload"] is not None for shown in share.items)


# ---- what no item can be blamed for


@pytest.mark.parametrize(
    "body",
    [b"", b"not json", b'{"object": "page", "entry": [', b"\xff\xfe\x00", b"[" * 100_000, b"1" * 5_000],
    ids=["empty", "words", "cut off", "no text", "brackets", "a number without end"],
)
def test_what_is_not_json_is_done_and_visible(
    page: ChannelIntegration, deliver: Deliver, body: bytes
) -> None:
    strange, fine = deliver(body, told(page, item(page)))
    assert (strange.state, strange.error, strange.due_at) == (EventState.DONE, "", None)
    assert (fine.state, texts()) == (EventState.DONE, ["Hello"])


@pytest.mark.parametrize(
    "payload",
    [None, [], 1, "x", {}, {"object": "page"}, {"object": "page", "entry": {}}, {"object": "telegram"}],
    ids=repr,
)
def test_json_that_is_no_event(page: ChannelIntegration, deliver: Deliver, payload: object) -> None:
    (strange,) = deliver(json.dumps(payload).encode())
    assert (strange.state, strange.due_at) == (EventState.DONE, None)


@pytest.mark.parametrize("depth", [50, 200, 300, 400, 500, 700, 900, 950, 980, 1000])
def test_any_depth(page: ChannelIntegration, deliver: Deliver, depth: int) -> None:
    """Where Python's own limits lie must not matter: the delivery is processed, its neighbour is recorded."""
    deep = "[" * depth + "]" * depth
    known = json.dumps(item(page, "deep"))[:-1] + f', "deeper": {deep}}}'
    body = told(page, "HERE").replace(b'"HERE"', known.encode())
    strange, fine = deliver(body, told(page, item(page, "fine")))
    assert (strange.state, fine.state) == (EventState.DONE, EventState.DONE)
    assert "fine" in texts()


# ---- whose it is


def test_an_account_nobody_connected(page: ChannelIntegration, deliver: Deliver) -> None:
    foreign = told(page, item(page)).replace(str(page.account_id).encode(), b"999000999")
    (unrouted,) = deliver(foreign)
    assert (unrouted.state, unrouted.due_at) == (EventState.UNROUTED, None)
    assert not WebhookShare.objects.exists()
    assert not Message.objects.exists()


@pytest.mark.parametrize("status", [IntegrationStatus.DISCONNECTED, IntegrationStatus.PENDING])
def test_an_account_that_is_not_connected_any_more(
    page: ChannelIntegration, deliver: Deliver, status: str
) -> None:
    ChannelIntegration.objects.update(status=status)
    assert deliver(told(page, item(page)))[0].state == EventState.UNROUTED


def test_an_account_that_needs_a_reconnect_still_receives(page: ChannelIntegration, deliver: Deliver) -> None:
    ChannelIntegration.objects.update(status=IntegrationStatus.ERROR)
    assert deliver(told(page, item(page)))[0].state == EventState.DONE
    assert texts() == ["Hello"]


def test_unrouted_events_are_recorded_once_the_account_is_connected(
    page: ChannelIntegration, deliver: Deliver
) -> None:
    ChannelIntegration.objects.update(status=IntegrationStatus.PENDING)
    events = deliver(told(page, item(page)))
    ChannelIntegration.objects.update(status=IntegrationStatus.CONNECTED)
    assert replaying.replay(events) == 1
    process.drain()
    assert texts() == ["Hello"]
    assert WebhookEvent.objects.get().state == EventState.DONE


def test_a_business_sees_its_own_items_only(cast: Cast, page: ChannelIntegration, deliver: Deliver) -> None:
    theirs = connected(cast.rival, "MESSENGER")
    (done,) = deliver(
        event(
            "MESSENGER",
            entry(page, [item(page, "ours", message_id="m_ours")]),
            entry(theirs, [item(theirs, "theirs", message_id="m_theirs")], [{"strange": "theirs"}]),
        )
    )
    own, other = done.shares.get(business=cast.business), done.shares.get(business=cast.rival)
    assert [shown["external_id"] for shown in own.items] == ["m_ours"]
    assert [shown["kind"] for shown in other.items] == ["message_received", "unrecognised"]
    assert "theirs" not in json.dumps(own.items)
    assert Message.objects.of(cast.business.pk).get().text == "ours"
    assert Message.objects.of(cast.rival.pk).get().text == "theirs"


def test_the_numbers_of_one_waba(cast: Cast, deliver: Deliver) -> None:
    ours = connected(cast.business, "WHATSAPP", wide_id="9001")
    theirs = connected(cast.rival, "WHATSAPP", wide_id="9001")
    deliver(event("WHATSAPP", entry(ours, [item(ours, "to us")]), entry(theirs, [item(theirs, "to them")])))
    assert Message.objects.get(integration=ours).text == "to us"
    assert Message.objects.get(integration=theirs).text == "to them"
    (wide,) = deliver(event("WHATSAPP", {"id": "9001", "changes": [{"field": "calls", "value": {"x": 1}}]}))
    assert {share.business_id for share in wide.shares.all()} == {cast.business.pk, cast.rival.pk}


def test_access_that_was_taken_back(cast: Cast, deliver: Deliver) -> None:
    number = connected(cast.business, "WHATSAPP")
    value = {"event": "PARTNER_REMOVED", "waba_info": {"waba_id": number.platform_account_id}}
    change = {"field": "account_update", "value": value}
    deliver(event("WHATSAPP", {"id": number.platform_account_id, "changes": [change]}))
    number.refresh_from_db()
    assert (number.status, number.last_error_code) == (IntegrationStatus.ERROR, "reconnect_required")
    assert "PARTNER_REMOVED" in (number.last_error or "")
    assert number.last_error_resolution


def test_the_last_delivery_is_known_to_within_minutes(page: ChannelIntegration, deliver: Deliver) -> None:
    deliver(told(page, item(page, "one")))
    first = ChannelIntegration.objects.get(pk=page.pk).last_webhook_at
    assert first == WebhookEvent.objects.get().received_at
    deliver(told(page, item(page, "two")))
    assert ChannelIntegration.objects.get(pk=page.pk).last_webhook_at == first
    replaying.replay(WebhookEvent.objects.all())
    ChannelIntegration.objects.update(last_webhook_at=first + timedelta(hours=1))
    process.drain()
    assert ChannelIntegration.objects.get(pk=page.pk).last_webhook_at == first + timedelta(hours=1)
