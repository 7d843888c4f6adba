"""The integrations' own paths: what is known costs nothing, and guessing costs next to nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from django.db import connection

from backend.integrations.models import ChannelIntegration
from backend.receiving import own_secrets
from backend.receiving.door import Door
from backend.receiving.own_secrets import OwnWebhooks, Path
from tests.conftest import Cast
from tests.integrations.accounts import connected
from tests.receiving.asgi import deliver
from tests.receiving.doors import Disk, make_door

pytestmark = pytest.mark.django_db(transaction=True)


class Counted(OwnWebhooks):
    """How many ids each statement asked for; it can be made to fail."""

    def __init__(self) -> None:
        super().__init__()
        self.asked_for: list[int] = []
        self.away = False

    async def _look_up(self, paths: list[Path]) -> set[Path] | None:  # type: ignore[override]
        self.asked_for.append(len(paths))
        return None if self.away else await super()._look_up(paths)


@pytest.fixture
def page(cast: Cast) -> ChannelIntegration:
    return connected(cast.business, "MESSENGER")


@pytest.fixture
def own() -> Iterator[Counted]:
    counted = Counted()
    yield counted
    counted.thread.shutdown()


@pytest.fixture
def door(disk: Disk, own: Counted) -> Door:
    made = make_door(disk)
    made.own = own
    return made


def path(integration_id: UUID) -> str:
    return f"/api/webhooks/messenger/{integration_id}"


def test_a_path_that_is_known_asks_nobody(door: Door, own: Counted, page: ChannelIntegration) -> None:
    async def story() -> list[int]:
        return [(await deliver(door, b"{}", path=path(page.pk))).status for _ in range(20)]

    assert asyncio.run(story()) == [200] * 20
    assert own.asked_for == [1]


def test_many_guesses_at_once_are_few_statements(door: Door, own: Counted, page: ChannelIntegration) -> None:
    async def story() -> list[int]:
        guesses = [deliver(door, b"{}", path=path(uuid4())) for _ in range(100)]
        answers = await asyncio.gather(deliver(door, b"{}", path=path(page.pk)), *guesses)
        return [answer.status for answer in answers]

    assert asyncio.run(story()) == [200] + [404] * 100
    assert sum(own.asked_for) == 101
    assert len(own.asked_for) <= 2
    assert own.known == {("MESSENGER", page.pk)}  # What is not there is not remembered: it may come.


def test_while_the_database_is_away_nobody_hears_that_there_is_nothing(
    door: Door, own: Counted, page: ChannelIntegration
) -> None:
    async def story() -> list[int]:
        own.away = True
        away = await deliver(door, b"{}", path=path(page.pk))
        own.away = False
        return [away.status, (await deliver(door, b"{}", path=path(page.pk))).status]

    assert asyncio.run(story()) == [503, 200]


def test_another_platform_has_another_path(page: ChannelIntegration) -> None:
    try:
        asked = [("MESSENGER", page.pk), ("INSTAGRAM", page.pk), ("MESSENGER", uuid4())]
        assert own_secrets.existing(asked) == {("MESSENGER", page.pk)}
    finally:
        connection.close()
