"""The platform is away for all: messages wait, and go out by themselves when it is back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from backend.conversations.models import Message
from backend.integrations.models import ChannelIntegration
from backend.lib.clock import now
from backend.platforms.port import DeliveryStatus as S
from backend.sending.crew import Crew
from backend.sending.held import held_now, sending_checks
from backend.sending.models import HeldFor
from tests.conftest import Cast
from tests.integrations.accounts import connected
from tests.platforms.cast import refusal
from tests.sending.conftest import Later, Platform, Reply, started

pytestmark = pytest.mark.django_db(transaction=True)

DEADLINE = 30.0


@pytest.fixture
def crew() -> Iterator[Crew]:
    crew = Crew(4)
    yield crew
    crew.finish()


def work_until(crew: Crew, done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not done():
        assert time.monotonic() < deadline
        crew.send_due()


def test_an_outage_is_told_and_waited_for_and_everything_goes_on_with_its_end(
    cast: Cast, settings: Any, platform: Platform, reply: Reply, later: Later, crew: Crew
) -> None:
    away = threading.Event()
    away.set()

    def answer(request: httpx2.Request) -> httpx2.Response:
        return refusal(2, status=503, is_transient=True) if away.is_set() else platform(request)

    settings.META_TRANSPORT = httpx2.MockTransport(answer)
    accounts = [connected(cast.rival, name) for name in ("MESSENGER", "WHATSAPP")]
    for account in accounts:
        where = started(account)
        for text in ("one", "two", "three"):
            reply(text, where=where)
    reply("of another business")

    moved = iter(range(4, 400, 4))  # Each try comes after a pause.

    def is_outage() -> bool:
        later(timedelta(seconds=next(moved)))
        return held_now().outages == ["facebook"]

    work_until(crew, is_outage)
    (check, *_) = [each for each in sending_checks(accounts[0], now()) if "outage" in str(each["message"])]
    assert check["ok"] is False
    assert check["resolution"]

    away.clear()
    later(timedelta(seconds=next(moved) + 30))
    work_until(crew, lambda: not Message.objects.filter(delivery_status__in=(S.QUEUED, S.SENDING)).exists())
    assert set(Message.objects.filter(direction="OUTBOUND").values_list("delivery_status", flat=True)) == {
        S.SENT
    }
    assert held_now().outages == []
    assert held_now().accounts == {}
    assert max(Message.objects.values_list("attempts", flat=True)) <= 5


def test_a_fault_of_one_account_is_told_of_that_account(
    cast: Cast,
    settings: Any,
    platform: Platform,
    page: ChannelIntegration,
    reply: Reply,
    later: Later,
    crew: Crew,
) -> None:
    broken = connected(cast.rival, "MESSENGER")

    def answer(request: httpx2.Request) -> httpx2.Response:
        if f"/{broken.account_id}/" in request.url.path:
            return refusal(2, status=503, is_transient=True)
        return platform(request)

    settings.META_TRANSPORT = httpx2.MockTransport(answer)
    where = started(broken)
    reply("to nobody", where=where)
    moved = iter(range(4, 400, 4))

    def is_held() -> bool:
        reply("still here")
        later(timedelta(seconds=next(moved)))
        return bool(held_now().accounts)

    work_until(crew, is_held)
    assert held_now().accounts == {HeldFor.FAILING: 1}
    assert held_now().outages == []
    assert [check["code"] for check in sending_checks(broken, now())] == ["sending"]
    assert sending_checks(page, now()) == []
