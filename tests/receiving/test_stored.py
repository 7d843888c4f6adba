"""The door over the real database: each integration's own path, and what 64 senders at once cost."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from uuid import uuid4

import pytest

from backend.integrations.models import ChannelIntegration
from backend.lib.secret import Secret
from backend.receiving.door import Door
from backend.receiving.inbox import Inbox
from backend.receiving.models import EventState, WebhookEvent
from backend.receiving.stores import default_store
from tests.conftest import Cast
from tests.integrations.accounts import WEBHOOK_SECRET, connected
from tests.receiving.asgi import SECRET, call, deliver

pytestmark = pytest.mark.django_db(transaction=True)


class Counted:
    """The store of this database, which tells how many bodies each commit wrote."""

    def __init__(self, commits: list[int]) -> None:
        self.store = default_store()
        self.commits = commits

    async def write(self, bodies: Sequence[bytes]) -> None:
        await self.store.write(bodies)
        self.commits.append(len(bodies))

    async def close(self) -> None:
        await self.store.close()


@pytest.fixture
def commits() -> list[int]:
    """How many bodies each commit wrote."""
    return []


@pytest.fixture
def door(transactional_db: None, commits: list[int]) -> Iterator[Door]:
    door = Door(
        Inbox(Counted(commits)),
        secrets=lambda: (SECRET,),
        verify_token=lambda: Secret("the app's verify token"),
    )
    yield door
    asyncio.run(door.close())


@pytest.fixture
def page(door: Door, cast: Cast) -> ChannelIntegration:
    return connected(cast.business, "MESSENGER")


def own_path(integration: ChannelIntegration, slug: str = "messenger") -> str:
    return f"/api/webhooks/{slug}/{integration.pk}"


async def shake(door: Door, path: str, token: str) -> int:
    query = f"hub.mode=subscribe&hub.verify_token={token}&hub.challenge=4711"
    return (await call(door, "GET", path, query=query)).status


def test_the_handshake_of_an_integration(door: Door, page: ChannelIntegration) -> None:
    async def story() -> list[int]:
        tokens = (WEBHOOK_SECRET, "wrong", "the app's verify token")
        return [await shake(door, own_path(page), token) for token in tokens]

    assert asyncio.run(story()) == [200, 403, 403]


def test_a_webhook_secret_that_is_gone_or_cannot_be_opened(door: Door, page: ChannelIntegration) -> None:
    for kept in (None, page.access_token):
        ChannelIntegration.objects.update(webhook_secret=kept)
        for token in ("", WEBHOOK_SECRET):
            assert asyncio.run(shake(door, own_path(page), token)) == 403


def test_a_path_that_names_no_integration(door: Door, page: ChannelIntegration) -> None:
    async def story() -> list[int]:
        paths = (
            f"/api/webhooks/messenger/{uuid4()}",
            own_path(page, "instagram"),
            own_path(page, "MESSENGER"),
        )
        return [(await deliver(door, b"{}", path=path)).status for path in paths]

    assert asyncio.run(story()) == [404] * 3
    assert not WebhookEvent.objects.exists()


def test_a_delivery_on_an_own_path_is_stored_as_it_came(door: Door, page: ChannelIntegration) -> None:
    body = b'{"object": "page",  "entry": []}\x00\xff'
    assert asyncio.run(deliver(door, body, path=own_path(page))).status == 200
    event = WebhookEvent.objects.get()
    assert (bytes(event.body), event.state) == (body, EventState.RECEIVED)
    assert event.due_at


def test_the_own_secret_signs_nothing(door: Door, page: ChannelIntegration) -> None:
    answer = asyncio.run(deliver(door, b"{}", path=own_path(page), secret=Secret(WEBHOOK_SECRET)))
    assert answer.status == 403
    assert not WebhookEvent.objects.exists()


def test_64_senders_share_their_commits(door: Door, commits: list[int]) -> None:
    async def sender(bodies: Sequence[bytes]) -> list[int]:
        return [(await deliver(door, body)).status for body in bodies]

    async def story() -> list[list[int]]:
        bodies = [b"%d" % number for number in range(1000)]
        return await asyncio.gather(*(sender(bodies[task::64]) for task in range(64)))

    answers = [status for statuses in asyncio.run(story()) for status in statuses]
    assert answers == [200] * 1000
    assert sum(commits) == 1000
    assert len(commits) <= 50
    kept = sorted(int(bytes(body)) for body in WebhookEvent.objects.values_list("body", flat=True))
    assert kept == list(range(1000))
