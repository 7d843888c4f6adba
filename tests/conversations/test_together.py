"""Two writers at the same moment: a webhook about a message, and the worker that sends it."""

from __future__ import annotations

import threading

import pytest
from django.db import transaction

from backend.conversations.models import Message, ParkedNotice
from backend.conversations.record import record_sent
from backend.integrations.models import ChannelIntegration
from backend.lib.clock import now
from backend.platforms.port import AnyNotice, DeliveryStatus
from tests.conversations.conftest import Queue
from tests.conversations.said import echoed, read_up_to, status, tell
from tests.side_by_side import DEADLINE, side_by_side

pytestmark = pytest.mark.django_db(transaction=True)

A_MOMENT = 0.2  # How long the first writer stays in its transaction; the second one waits, or errs.


@pytest.mark.parametrize(
    ("notice", "reached"),
    [
        (echoed("wire", occurred_at=now()), DeliveryStatus.SENT),
        (echoed("wire", occurred_at=now(), text="Changed on its way"), DeliveryStatus.SENT),
        (status("wire", DeliveryStatus.DELIVERED), DeliveryStatus.DELIVERED),
        (read_up_to("wire"), DeliveryStatus.READ),
    ],
    ids=["its echo", "an echo in other words", "a status", "a reading"],
)
@pytest.mark.parametrize("webhook_first", [True, False], ids=["webhook first", "answer first"])
def test_a_webhook_and_the_answer(
    page: ChannelIntegration, queue: Queue, notice: AnyNotice, reached: str, webhook_first: bool
) -> None:
    message = queue("Welcome", delivery_status=DeliveryStatus.SENDING, claimed_at=now())
    begun, ended = threading.Event(), threading.Event()

    def first() -> None:
        with transaction.atomic():
            do[0]()
            begun.set()
            ended.wait(A_MOMENT)

    def second() -> None:
        assert begun.wait(DEADLINE)
        do[1]()
        ended.set()

    do = [lambda: tell(page, notice), lambda: record_sent(message.pk, "wire")]
    if not webhook_first:
        do.reverse()
    side_by_side(first, second)
    row = Message.objects.get(direction="OUTBOUND")
    assert (row.pk, row.external_id, row.delivery_status) == (message.pk, "wire", reached)
    assert not ParkedNotice.objects.exists()
