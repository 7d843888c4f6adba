"""A door whose disk is at hand."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from backend.lib.secret import Secret
from backend.receiving.bodies import Bodies
from backend.receiving.counts import DoorCounts
from backend.receiving.door import Door
from backend.receiving.inbox import Inbox
from backend.receiving.refusals import Refused
from tests.receiving.asgi import SECRET, Answer

PREVIOUS = Secret("secret of last year")
VERIFY_TOKEN = "the app's verify token"
DEADLINE = 5.0


class Disk:
    """Where bodies go; it can be made to fail, and to keep its writer waiting."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.sizes: list[int] = []  # Of each commit.
        self.closed = False
        self.broken = False
        self.takes = 0.0  # Seconds.
        self.free = asyncio.Event()
        self.free.set()

    async def write(self, bodies: Sequence[bytes]) -> None:
        await asyncio.wait_for(self.free.wait(), DEADLINE)
        await asyncio.sleep(self.takes)
        if self.broken:
            raise OSError("The disk is gone.")
        self.bodies += bodies
        self.sizes.append(len(bodies))

    @property
    def commits(self) -> int:
        return len(self.sizes)

    async def close(self) -> None:
        self.closed = True


class Notes:
    """Where refused deliveries go; here they are only kept."""

    def __init__(self) -> None:
        self.refused: list[Refused] = []
        self.closed = False

    def note(self, refused: Refused) -> None:
        self.refused.append(refused)

    async def close(self) -> None:
        self.closed = True


def make_inbox(disk: Disk, **limits: Any) -> Inbox:
    """An inbox over this disk; a failed commit is followed by no rest."""
    return Inbox(disk, rest_for=limits.pop("rest_for", 0.0), counts=DoorCounts(), **limits)


def make_door(disk: Disk, *, bodies: Bodies | None = None, notes: Notes | None = None, **limits: Any) -> Door:
    secrets = (SECRET, PREVIOUS, Secret(""))
    return Door(
        make_inbox(disk, **limits),
        secrets=lambda: secrets,
        verify_token=lambda: Secret(VERIFY_TOKEN),
        bodies=bodies or Bodies(read_for=DEADLINE),
        refusals=notes or Notes(),
        counts=DoorCounts(),
    )


def assert_refused(answer: Answer, status: int, code: str) -> None:
    assert answer.status == status
    said = answer.said
    assert (said["success"], said["code"], said["fields"]) == (False, code, None)
    assert said["message"]
    assert "resolution" in said
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-request-id"]
