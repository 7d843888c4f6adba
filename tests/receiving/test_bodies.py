"""Bodies as they arrive: large and slow ones take nothing from the others."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import Any

import pytest

from backend.receiving.bodies import (
    MAX_BODY_BYTES,
    SMALL_BODY_BYTES,
    Bodies,
    BodyLate,
    BodyTooLarge,
    NoRoom,
    SenderGone,
)
from tests.receiving.asgi import whole

LARGE = b" " * (SMALL_BODY_BYTES + 1)


class Sender:
    """Sends what it is told to, then is silent until it is told more."""

    def __init__(self, *messages: MutableMapping[str, Any]) -> None:
        self.messages: asyncio.Queue[MutableMapping[str, Any]] = asyncio.Queue()
        for message in messages:
            self.messages.put_nowait(message)

    async def receive(self) -> MutableMapping[str, Any]:
        return await self.messages.get()

    def go_on(self, body: bytes, *, more: bool = False) -> None:
        self.messages.put_nowait({"type": "http.request", "body": body, "more_body": more})


async def begun(bodies: Bodies, sender: Sender) -> asyncio.Task[bytes]:
    """A body that is being read, and whose sender is silent now."""
    task = asyncio.create_task(bodies.read({}, sender.receive))
    for _ in range(5):
        await asyncio.sleep(0)
    return task


def test_large_bodies_share_a_room_and_small_ones_need_none() -> None:
    async def story() -> None:
        bodies = Bodies(max_large_bytes=2 * len(LARGE))
        senders = [Sender(*whole(LARGE, b"")[:1]) for _ in range(2)]
        tasks = [await begun(bodies, sender) for sender in senders]
        with pytest.raises(NoRoom):
            await bodies.read({}, Sender(*whole(LARGE, b"")).receive)
        slow = Sender(*whole(b"small ", b"")[:1])
        small = await begun(bodies, slow)
        slow.go_on(b"all the same")
        assert await small == b"small all the same"
        for sender in senders:
            sender.go_on(b"")
        assert [len(await task) for task in tasks] == [len(LARGE)] * 2
        assert bodies.large_bytes == 0
        assert len(await bodies.read({}, Sender(*whole(LARGE, LARGE)).receive)) == 2 * len(LARGE)
        assert bodies.large_bytes == 0

    asyncio.run(story())


@pytest.mark.parametrize("end", ["too large", "gone", "late"])
def test_whatever_becomes_of_a_large_body_its_room_is_free_again(end: str) -> None:
    async def story() -> None:
        bodies = Bodies(read_for=0.05)
        sender = Sender(*whole(LARGE, b"")[:1])
        task = await begun(bodies, sender)
        assert bodies.large_bytes == len(LARGE)
        if end == "too large":
            sender.go_on(b" " * MAX_BODY_BYTES)
        if end == "gone":
            sender.messages.put_nowait({"type": "http.disconnect"})
        with pytest.raises({"too large": BodyTooLarge, "gone": SenderGone, "late": BodyLate}[end]):
            await task
        assert bodies.large_bytes == 0
        assert not bodies.readings.began

    asyncio.run(story())


def test_what_is_too_large_keeps_no_room_while_it_is_thrown_away() -> None:
    async def story() -> None:
        bodies = Bodies()
        sender = Sender(*whole(b" " * (MAX_BODY_BYTES + 1), b"")[:1])
        task = await begun(bodies, sender)
        assert bodies.large_bytes == 0
        sender.go_on(b"")
        with pytest.raises(BodyTooLarge):
            await task

    asyncio.run(story())


def test_many_slow_senders_are_all_ended() -> None:
    async def story() -> None:
        bodies = Bodies(read_for=0.05)
        tasks = [await begun(bodies, Sender()) for _ in range(50)]
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(error) for error in ended] == [BodyLate] * 50
        # And it looks at those that come later as well.
        with pytest.raises(BodyLate):
            await (await begun(bodies, Sender()))

    asyncio.run(story())


def test_a_task_that_somebody_else_ends_is_ended() -> None:
    async def story() -> None:
        bodies = Bodies()
        task = await begun(bodies, Sender())
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not bodies.readings.began

    asyncio.run(story())
