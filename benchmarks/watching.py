"""How long a signed POST takes until its message can be read through the API."""

from __future__ import annotations

import http.client
import json
import threading
import time
from itertools import count

from benchmarks.deliveries import WATCHED, message, sign
from benchmarks.servers import Running
from benchmarks.table import BenchmarkFailed

EVERY = 0.05  # Seconds between two messages that are watched.
LOOK_EVERY = 0.002
GIVE_UP_AFTER = 20.0


class Watch(threading.Thread):
    """Writes as one customer, and reads that conversation as the frontend does, until it is stopped."""

    def __init__(
        self, door: Running, rest: Running, *, token: str, conversation: str, look_every: float = LOOK_EVERY
    ) -> None:
        """`look_every`: seconds between two looks. What it sees is seen so much later, and each look costs as much as
        the events of several milliseconds.
        """
        super().__init__(name="watch", daemon=True)
        self.door = door
        self.rest = rest
        self.token = token
        self.conversation = conversation
        self.look_every = look_every
        self.milliseconds: list[float] = []
        self.failed = ""
        self.stopping = threading.Event()

    def run(self) -> None:
        door = http.client.HTTPConnection("127.0.0.1", self.door.port, timeout=GIVE_UP_AFTER)
        rest = http.client.HTTPConnection("127.0.0.1", self.rest.port, timeout=GIVE_UP_AFTER)
        try:
            for number in count():
                if self.stopping.wait(EVERY):
                    return
                self.milliseconds.append(1e3 * self._watch(door, rest, number))
        except (OSError, http.client.HTTPException, BenchmarkFailed) as error:
            self.failed = f"{type(error).__name__}: {error}"

    def stop(self) -> list[float]:
        """The times of all that were watched."""
        self.stopping.set()
        self.join(GIVE_UP_AFTER)
        if self.failed or not self.milliseconds:
            raise BenchmarkFailed(f"no message could be watched: {self.failed}")
        return self.milliseconds

    def _watch(
        self, door: http.client.HTTPConnection, rest: http.client.HTTPConnection, number: int
    ) -> float:
        message_id = f"wamid.watched{number:09d}"
        body = message(4 * number, sender=WATCHED, message_id=message_id)
        began = time.monotonic()
        _ask(door, "POST", self.door.server.path, body, {"X-Hub-Signature-256": sign(body)})
        path = f"/api/conversations/{self.conversation}/messages?limit=1"
        while time.monotonic() < began + GIVE_UP_AFTER:
            said = json.loads(_ask(rest, "GET", path, None, {"Authorization": f"Bearer {self.token}"}))
            if any(each["externalId"] == message_id for each in said["messages"]):
                return time.monotonic() - began
            time.sleep(self.look_every)
        raise BenchmarkFailed(f"not visible within {GIVE_UP_AFTER:.0f} s")


def write_once(door: Running) -> None:
    """A customer writes: once that is worked off, the worker is there."""
    body = message(0, sender=WATCHED, message_id="wamid.first")
    connection = http.client.HTTPConnection("127.0.0.1", door.port, timeout=GIVE_UP_AFTER)
    _ask(connection, "POST", door.server.path, body, {"X-Hub-Signature-256": sign(body)})
    connection.close()


def _ask(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    body: bytes | None,
    headers: dict[str, str],
) -> bytes:
    connection.request(method, path, body, {"Content-Type": "application/json", **headers})
    answer = connection.getresponse()
    said = answer.read()
    if answer.status != 200:
        raise BenchmarkFailed(f"{method} {path}: {answer.status} {said[:200]!r}")
    return said
