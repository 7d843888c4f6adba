"""The group commit: what waits for the disk is bounded, and nobody waits for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from backend.receiving.counts import DoorCounts
from backend.receiving.inbox import MAX_BATCH, MAX_BATCH_BYTES, Inbox, InboxAway, InboxFull
from tests.receiving.doors import Disk, make_inbox

A_MOMENT = 0.05
MEBIBYTE = 1024 * 1024


async def waiting(*works: Coroutine[Any, Any, None]) -> list[asyncio.Task[None]]:
    """These, begun, and all of them waiting for the disk."""
    tasks = [asyncio.create_task(work) for work in works]
    done, _ = await asyncio.wait(tasks, timeout=A_MOMENT)
    assert not done
    return tasks


def test_one_transaction_is_under_way_and_the_next_gathers(disk: Disk) -> None:
    async def story() -> None:
        inbox = make_inbox(disk)
        disk.free.clear()
        first = await waiting(inbox.commit(b"1"))
        others = await waiting(*(inbox.commit(b"%d" % number) for number in range(2, 100)))
        disk.free.set()
        await asyncio.gather(*first, *others)

    asyncio.run(story())
    assert disk.bodies == [b"%d" % number for number in range(1, 100)]  # In the order of their arrival.
    assert disk.commits == 2


def test_senders_that_come_again_at_once_share_every_transaction(disk: Disk) -> None:
    """Each waits for its answer before it sends again; without a pause two halves of them would take turns."""

    async def sender(inbox: Inbox) -> None:
        for _ in range(20):
            await inbox.commit(b"")

    async def story() -> None:
        inbox = make_inbox(disk)
        disk.takes = 0.02
        early = [asyncio.create_task(sender(inbox)) for _ in range(5)]
        for _ in range(5):
            await asyncio.sleep(0)  # These are on their way to the disk now.
        await asyncio.gather(*early, *(sender(inbox) for _ in range(5)))

    asyncio.run(story())
    assert len(disk.bodies) == 200
    # 40 if halves took turns; mostly all ten share one, but the machine may be busy with other things.
    assert disk.commits <= 30


def test_a_transaction_has_a_largest_size(disk: Disk) -> None:
    async def story() -> None:
        inbox = make_inbox(disk, max_waiting=10_000, max_waiting_bytes=10 * MAX_BATCH_BYTES)
        disk.free.clear()
        first = await waiting(inbox.commit(b"first"))
        many = await waiting(*(inbox.commit(b"small") for _ in range(MAX_BATCH + 1)))
        large = await waiting(*(inbox.commit(b" " * MEBIBYTE) for _ in range(10)))
        disk.free.set()
        await asyncio.gather(*first, *many, *large)

    asyncio.run(story())
    assert disk.sizes[:2] == [1, MAX_BATCH]
    # One small one and three of a mebibyte fit into 4 MiB.
    assert disk.sizes[2:] == [4, 4, 3]


def test_one_body_that_is_larger_than_a_transaction_is_written_all_the_same(disk: Disk) -> None:
    body = b" " * (MAX_BATCH_BYTES + 1)
    asyncio.run(make_inbox(disk).commit(body))
    assert disk.bodies == [body]


@pytest.mark.parametrize(
    ("limits", "fits"),
    [({"max_waiting": 3}, 3), ({"max_waiting_bytes": 100}, 2)],
    ids=["in number", "in bytes"],
)
def test_what_waits_is_bounded(disk: Disk, limits: dict[str, int], fits: int) -> None:
    async def story() -> None:
        inbox = make_inbox(disk, **limits)
        disk.free.clear()
        under_way = await waiting(inbox.commit(b"on its way"))
        tasks = await waiting(*(inbox.commit(b" " * 50) for _ in range(fits)))
        with pytest.raises(InboxFull):
            await inbox.commit(b" " * 50)
        disk.free.set()
        await asyncio.gather(*under_way, *tasks)
        await inbox.commit(b" " * 50)
        assert inbox.waiting_bytes == 0

    asyncio.run(story())
    assert len(disk.bodies) == fits + 2


def test_a_disk_that_hangs_keeps_nobody_for_ever(disk: Disk) -> None:
    async def story() -> None:
        inbox = make_inbox(disk, commit_within=A_MOMENT)
        disk.free.clear()
        lost = await asyncio.gather(*(inbox.commit(b"lost") for _ in range(3)), return_exceptions=True)
        assert [type(error) for error in lost] == [InboxAway] * 3
        disk.free.set()
        await inbox.commit(b"kept")

    asyncio.run(story())
    assert disk.bodies == [b"kept"]  # What was refused is not written behind the sender's back either.


def test_after_a_failure_everybody_is_told_at_once(disk: Disk) -> None:
    async def story() -> None:
        inbox = make_inbox(disk, rest_for=60.0)
        disk.free.clear()
        under_way = await waiting(inbox.commit(b"1"))
        waits = await waiting(inbox.commit(b"2"))
        disk.broken = True
        disk.free.set()
        lost = await asyncio.gather(*under_way, *waits, return_exceptions=True)
        assert [type(error) for error in lost] == [InboxAway] * 2
        with pytest.raises(InboxAway):
            await inbox.commit(b"3")
        disk.broken = False
        inbox.away_until = 0.0  # The rest is over.
        await inbox.commit(b"4")

    asyncio.run(story())
    assert disk.bodies == [b"4"]
    assert disk.commits == 1


def test_closing_writes_what_waits(disk: Disk) -> None:
    async def story() -> None:
        inbox = make_inbox(disk)
        disk.free.clear()
        tasks = await waiting(*(inbox.commit(b"%d" % number) for number in range(5)))
        closing = asyncio.create_task(inbox.close())
        disk.free.set()
        await asyncio.gather(closing, *tasks)

    asyncio.run(story())
    assert len(disk.bodies) == 5
    assert disk.closed


def test_what_it_did_is_counted(disk: Disk) -> None:
    counts = DoorCounts()

    async def story() -> None:
        inbox = Inbox(disk, rest_for=0.0, counts=counts)
        await asyncio.gather(*(inbox.commit(b"") for _ in range(5)))
        disk.broken = True
        await asyncio.gather(inbox.commit(b""), return_exceptions=True)

    asyncio.run(story())
    assert (counts.committed, counts.commits_failed) == (5, 1)
    assert counts.commits == disk.commits == sum(counts.commit_classes.values())
    assert counts.commit_seconds > 0
