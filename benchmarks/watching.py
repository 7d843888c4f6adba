"""How long a signed POST takes until its message can be read through the API.

Whoever watches asks the API again and again. Where the processors are full, that alone would be what is measured, for
an answer of the API costs thirty times as much as a look for the row: there the row is looked for, and the API is asked
once it is there. That adds the whole of an answer to what is measured.
"""

from __future__ import annotations

import http.client
import json
import sqlite3
import threading
import time
from collections.abc import Callable
from itertools import count

import psycopg

from benchmarks import databases
from benchmarks.deliveries import WATCHED, message, sign
from benchmarks.servers import Running
from benchmarks.table import BenchmarkFailed

EVERY = 0.05  # Seconds between two messages that are watched.
LOOK_EVERY = 0.002  # Seconds between two looks.
GIVE_UP_AFTER = 20.0


class Watch(threading.Thread):
    """Writes as one customer, and reads that conversation as the frontend does, until it is stopped."""

    def __init__(
        self, door: Running, rest: Running, *, url: str, token: str, conversation: str, sparing: bool = True
    ) -> None:
        """`url`: the database's. `sparing`: the API is asked once the row is there."""
        super().__init__(name="watch", daemon=True)
        self.door = door
        self.rest = rest
        self.token = token
        self.conversation = conversation
        self.url = url
        self.sparing = sparing
        self.milliseconds: list[float] = []
        self.failed = ""
        self.stopping = threading.Event()

    def run(self) -> None:
        door = http.client.HTTPConnection("127.0.0.1", self.door.port, timeout=GIVE_UP_AFTER)
        rest = http.client.HTTPConnection("127.0.0.1", self.rest.port, timeout=GIVE_UP_AFTER)
        try:
            with databases.message_watched(self.url) as is_there:
                for number in count():
                    if self.stopping.wait(EVERY):
                        return
                    self.milliseconds.append(1e3 * self._watch(door, rest, is_there, number))
        except (OSError, http.client.HTTPException, sqlite3.Error, psycopg.Error, BenchmarkFailed) as error:
            self.failed = f"{type(error).__name__}: {error}"

    def stop(self) -> list[float]:
        """The times of all that were watched."""
        self.stopping.set()
        self.join(GIVE_UP_AFTER)
        if self.failed or not self.milliseconds:
            raise BenchmarkFailed(f"no message could be watched: {self.failed}")
        return self.milliseconds

    def _watch(
        self,
        door: http.client.HTTPConnection,
        rest: http.client.HTTPConnection,
        is_there: Callable[[str, str], bool],
        number: int,
    ) -> float:
        message_id = f"wamid.watched{number:09d}"
        body = message(4 * number, sender=WATCHED, message_id=message_id)
        began = time.monotonic()
        _ask(door, "POST", self.door.server.path, body, {"X-Hub-Signature-256": sign(body)})
        path = f"/api/conversations/{self.conversation}/messages?limit=1"
        while time.monotonic() < began + GIVE_UP_AFTER:
            if self.sparing and not is_there(self.conversation, message_id):
                time.sleep(LOOK_EVERY)
                continue
            said = json.loads(_ask(rest, "GET", path, None, {"Authorization": f"Bearer {self.token}"}))
            if any(each["externalId"] == message_id for each in said["messages"]):
                return time.monotonic() - began
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
