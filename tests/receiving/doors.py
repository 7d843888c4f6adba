"""A door whose disk is at hand."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from backend.lib.secret import Secret
from backend.receiving.door import Door
from backend.receiving.inbox import Inbox
from tests.receiving.asgi import SECRET, Answer

PREVIOUS = Secret("secret of last year")
VERIFY_TOKEN = "the app's verify token"
DEADLINE = 5.0


class Disk:
    """Where bodies go; it can be made to fail, and to keep its writer waiting."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.commits = 0
        self.broken = False
        self.free = threading.Event()
        self.free.set()

    def store(self, bodies: Sequence[bytes]) -> None:
        assert self.free.wait(DEADLINE)
        if self.broken:
            raise OSError("The disk is gone.")
        self.bodies += bodies
        self.commits += 1


def make_door(disk: Disk, *, read_for: float = DEADLINE, max_waiting: int = 1000) -> Door:
    secrets = (SECRET, PREVIOUS, Secret(""))
    return Door(
        Inbox(disk.store, max_waiting=max_waiting),
        secrets=lambda: secrets,
        verify_token=lambda: Secret(VERIFY_TOKEN),
        read_for=read_for,
    )


def assert_refused(answer: Answer, status: int, code: str) -> None:
    assert answer.status == status
    said = answer.said
    assert (said["success"], said["code"], said["fields"]) == (False, code, None)
    assert said["message"]
    assert "resolution" in said
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-request-id"]
