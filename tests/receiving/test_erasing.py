"""The stored deliveries lose what they hold of an erased person, and nothing of others."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.conversations.models import Contact, Erasure, Message
from backend.conversations.record import erase_contact
from backend.integrations.models import ChannelIntegration
from backend.lib.clock import now
from backend.receiving import erasing, process, replaying
from backend.receiving.models import ErasureSearch, EventState, WebhookEvent, WebhookShare
from backend.receiving.readings import read, route
from tests.conftest import Cast
from tests.integrations.accounts import connected
from tests.receiving.bodies import EVENING, change, entry, event, item, told
from tests.receiving.conftest import Deliver
from tests.receiving.refusing import POISON, poison_refused

ANN, BEN = "16505550001", "16505550002"


def erase(external_id: str = ANN) -> None:
    for contact in Contact.objects.filter(external_id=external_id):
        assert erase_contact(contact.pk)


def search() -> None:
    while erasing.drain():
        pass


def stored() -> str:
    """Everything that this room keeps, as text."""
    bodies = [bytes(body).decode() for body in WebhookEvent.objects.values_list("body", flat=True)]
    return "\n".join(
        [*bodies, *(json.dumps(items) for items in WebhookShare.objects.values_list("items", flat=True))]
    )


def test_what_held_only_them_is_gone(integration: ChannelIntegration, deliver: Deliver) -> None:
    deliver(
        told(integration, item(integration, "secret", sender=ANN, message_id="m_ann")),
        told(integration, item(integration, "other", sender=BEN, message_id="m_ben")),
    )
    assert all(word in stored() for word in (ANN, "secret", "m_ann"))
    erase()
    search()
    assert not any(word in stored() for word in (ANN, "secret", "m_ann"))
    assert WebhookEvent.objects.count() == WebhookShare.objects.count() == 1
    assert all(word in stored() for word in (BEN, "other", "m_ben"))


def test_what_also_held_others_is_cut(integration: ChannelIntegration, deliver: Deliver) -> None:
    ours = [
        item(integration, "secret", sender=ANN),
        item(integration, "other", sender=BEN),
        item(integration, "more", sender=ANN),
    ]
    (done,) = deliver(
        event(integration.platform, entry(integration, ours, [item(integration, "third", sender=BEN)]))
    )
    erase()
    search()
    assert ANN not in stored()
    assert "secret" not in stored()
    [share] = WebhookShare.objects.all()
    assert len(share.items) == 2
    texts_before = set(Message.objects.values_list("text", flat=True))
    assert texts_before == {"other", "third"}
    # What is left is a delivery as before: it can be replayed, and gives the same.
    Contact.objects.all().delete()
    replaying.replay(WebhookEvent.objects.all())
    process.drain()
    assert set(Message.objects.values_list("text", flat=True)) == texts_before
    done.refresh_from_db()
    assert done.state == EventState.DONE


def test_a_replay_before_the_search_brings_nobody_back(
    integration: ChannelIntegration, deliver: Deliver
) -> None:
    deliver(told(integration, item(integration, "secret", sender=ANN)))
    erase()
    replaying.replay(WebhookEvent.objects.all())
    process.drain()
    assert not Contact.objects.exists()
    assert not WebhookEvent.objects.exists()


def test_a_late_delivery_is_not_kept(integration: ChannelIntegration, deliver: Deliver) -> None:
    body = told(integration, item(integration, "secret", sender=ANN, message_id="m_ann"))
    mixed = told(
        integration,
        item(integration, "never seen", sender=ANN, second=5, message_id="m_late"),
        item(integration, "other", sender=BEN, message_id="m_ben"),
    )
    deliver(body)
    erase()
    search()
    deliver(body, mixed)
    assert list(Message.objects.values_list("text", flat=True)) == ["other"]
    assert not any(word in stored() for word in (ANN, "secret", "never seen", "m_ann", "m_late"))
    assert "m_ben" in stored()


def test_what_waited_unread_is_erased_too(integration: ChannelIntegration, deliver: Deliver) -> None:
    deliver(told(integration, item(integration, sender=ANN)))
    # In the inbox while they are erased; written, by the platform's clock, a little later.
    ahead = int((now() + timedelta(minutes=1)).timestamp()) - EVENING
    waiting = told(integration, item(integration, "on its way", sender=ANN, second=ahead))
    WebhookEvent.objects.create(body=waiting)
    erase()
    process.drain()
    assert not Contact.objects.exists()
    deliver(waiting)  # Sent by them after the erasure, so it is kept.
    assert list(Message.objects.values_list("text", flat=True)) == ["on its way"]


def test_who_writes_anew_is_kept(integration: ChannelIntegration, deliver: Deliver) -> None:
    deliver(told(integration, item(integration, "old", sender=ANN)))
    erase()
    later = int((now() + timedelta(seconds=2)).timestamp()) - EVENING
    deliver(told(integration, item(integration, "new", sender=ANN, second=later)))
    search()
    assert "old" not in stored()
    assert "new" in stored()
    assert list(Message.objects.values_list("text", flat=True)) == ["new"]


def test_names_beside_the_items_go_along(cast: Cast, deliver: Deliver) -> None:
    number = connected(cast.business, "WHATSAPP")
    both = change(number, [item(number, sender=ANN), item(number, sender=BEN)])
    both["value"]["contacts"] = [
        {"wa_id": ANN, "user_id": "US.1", "profile": {"name": "Ann Erased"}},
        {"wa_id": BEN, "profile": {"name": "Ben Kept"}},
    ]
    status: dict[str, Any] = {
        "field": "messages",
        "value": {"metadata": {"phone_number_id": number.account_id}},
    }
    status["value"]["statuses"] = [
        {"id": "w1", "recipient_user_id": "US.1", "status": "read", "timestamp": str(EVENING)},
        {"id": "w2", "recipient_id": BEN, "status": "sent", "timestamp": str(EVENING)},
    ]
    deliver(
        json.dumps(
            {"object": "whatsapp_business_account", "entry": [{"id": "9", "changes": [both, status]}]}
        ).encode()
    )
    assert all(word in stored() for word in ("Ann Erased", ANN, "US.1", "w1"))
    erase()
    search()
    assert not any(word in stored() for word in ("Ann Erased", ANN, "US.1", '"w1"'))
    assert all(word in stored() for word in ("Ben Kept", BEN, '"w2"'))


def test_what_we_could_not_read_goes_too(cast: Cast, deliver: Deliver) -> None:
    page = connected(cast.business, "MESSENGER")
    strange = {"sender": {"id": ANN}, "recipient": {"id": page.account_id}, "optin": {"secret": "news"}}
    broken = {"sender": {"id": ANN}, "message": "secret words"}
    other = {"sender": {"id": BEN}, "optin": {"word": "kept"}}
    deliver(told(page, item(page, sender=ANN)), told(page, strange, other), told(page, broken))
    assert "optin" in stored()
    erase()
    search()
    assert not any(word in stored() for word in (ANN, "secret"))
    assert all(word in stored() for word in (BEN, "kept"))
    assert [len(share.items) for share in WebhookShare.objects.all()] == [1]


def test_what_failed_loses_its_payload(page: ChannelIntegration, deliver: Deliver) -> None:
    with poison_refused():
        deliver(
            told(
                page,
                item(page, "fine", sender=ANN),
                item(page, POISON, sender=ANN),
                item(page, "kept", sender=BEN),
            )
        )
    assert POISON in stored()
    erase()
    search()
    assert POISON not in stored()
    replaying.replay(WebhookEvent.objects.all())
    process.drain()
    assert list(Contact.objects.values_list("external_id", flat=True)) == [BEN]


def test_the_same_person_elsewhere_is_kept(cast: Cast, deliver: Deliver) -> None:
    ours, theirs = (
        connected(business, "WHATSAPP", wide_id="102") for business in (cast.business, cast.rival)
    )
    deliver(
        event(
            "WHATSAPP",
            entry(ours, [item(ours, "to us", sender=ANN)]),
            entry(theirs, [item(theirs, "to them", sender=ANN)]),
        )
    )
    erase_contact(Contact.objects.get(business=cast.business).pk)
    search()
    assert "to us" not in stored()
    assert all(word in stored() for word in ("to them", ANN))
    assert WebhookShare.objects.get().business_id == cast.rival.pk


def test_events_of_others_are_not_even_read(page: ChannelIntegration, deliver: Deliver) -> None:
    body = b'{"object":"page",  "entry":[{"id":"1","messaging":[{"sender":{"id":"%s"}}]}]}' % ANN.encode()
    deliver(told(page, item(page, sender=ANN)), body, b"not json", b"")
    erase()
    search()
    assert {bytes(kept) for kept in WebhookEvent.objects.values_list("body", flat=True)} == {
        body,
        b"not json",
        b"",
    }


def test_the_search_goes_on_where_it_stopped(page: ChannelIntegration, deliver: Deliver) -> None:
    deliver(*(told(page, item(page, sender=sender)) for sender in (ANN, BEN) * 4))
    erase()
    first = WebhookEvent.objects.earliest("id").pk
    ErasureSearch.objects.create(erasure=Erasure.objects.get(), searched_until=first)
    assert erasing.drain() is True
    assert WebhookEvent.objects.filter(pk=first).exists()  # It lay before the place.
    assert erasing.drain() is True
    assert ErasureSearch.objects.get().done_at
    assert erasing.drain() is False


def test_a_search_without_erasures_costs_nothing(page: ChannelIntegration, deliver: Deliver) -> None:
    deliver(told(page, item(page)))
    with CaptureQueriesContext(connection) as asked:
        assert erasing.drain() is False
    assert len(asked) == 2


def test_a_deep_body_is_no_trap(page: ChannelIntegration, deliver: Deliver) -> None:
    deep = {"sender": {"id": ANN}, "recipient": {"id": page.account_id}, "timestamp": EVENING * 1000}
    deep["message"] = {"mid": "m_deep", "text": "x", "nested": json.loads("[" * 400 + "]" * 400)}
    deliver(told(page, item(page, sender=ANN)), told(page, deep, item(page, "kept", sender=BEN)))
    erase()
    search()
    assert ANN not in stored()
    assert "kept" in stored()


def test_a_delivery_that_goes_while_it_is_processed(page: ChannelIntegration, deliver: Deliver) -> None:
    deliver(told(page, item(page, "first", sender=ANN)))
    waits, kept = item(page, "waits", sender=ANN), item(page, "kept", sender=BEN)
    bodies = (told(page, waits), told(page, kept), told(page, kept))
    events = [WebhookEvent.objects.create(body=body) for body in bodies]
    readings = [read(event) for event in events]
    route(readings)
    erase()
    search()
    assert not WebhookEvent.objects.filter(pk=events[0].pk).exists()
    events[2].delete()  # As somebody may who clears up old deliveries.
    process.process(readings)
    assert list(Message.objects.values_list("text", flat=True)) == ["kept"]
    assert [share.event_id for share in WebhookShare.objects.all()] == [events[1].pk]
