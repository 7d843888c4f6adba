"""A Meta that takes messages, loses answers, and kills who sends them: at a call, after its answer, and at any time."""

from __future__ import annotations

import json
import os
import random
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LOSES_EVERY = 3  # Of so many calls one answer is lost; with more in a row the account would be held.
AT_A_CALL, AFTER_ITS_ANSWER, AT_ANY_TIME = POINTS = ("at a call", "after its answer", "at any time")
MOST_CALLS = 30  # That a worker makes before it dies.
SOON = 0.08  # Seconds at most, from a call or an answer to the death of its sender.


class Murderer:
    """What this Meta has taken, and whom it has killed. For several threads."""

    def __init__(self, *, seed: int) -> None:
        self.random = random.Random(seed)
        self.lock = threading.Lock()
        self.calls = 0
        self.taken = Counter[str]()
        self.ids: dict[str, str] = {}  # Text -> the id that it was given, whether or not the answer arrived.
        self.lost: set[str] = set()
        self.kills = Counter[str]()
        self.is_at_peace = False
        self.victim: int | None = None
        self.point, self.calls_left = AT_A_CALL, 0

    def meet(self, pid: int) -> None:
        """This process sends from now on; how it dies is decided."""
        with self.lock:
            self.victim = pid
            self.point, self.calls_left = self.random.choice(POINTS), self.random.randint(1, MOST_CALLS)

    def take(self, text: str) -> tuple[bytes | None, str | None]:
        """The answer to a message, None where it is lost; and at which point its sender dies now, if it does."""
        with self.lock:
            self.taken[text] += 1
            self.calls += 1
            self.calls_left -= 1
            own_id = self.ids.setdefault(text, f"wire-{self.calls}")
            dies = self.point if self.calls_left == 0 and not self.is_at_peace else None
            loses = self.calls % LOSES_EVERY == 0 and not self.is_at_peace
            if loses and dies != AFTER_ITS_ANSWER:
                self.lost.add(text)
                return None, dies
        return json.dumps({"messages": [{"id": own_id}]}).encode(), dies

    def kill_soon(self, point: str) -> None:
        """Kill who sends now, within a moment."""
        threading.Timer(self.random.uniform(0, SOON), self.kill, [point]).start()

    def kill(self, point: str) -> None:
        """Kill who sends now."""
        with self.lock:
            victim, self.victim = self.victim, None
            if victim:
                self.kills[point] += 1
                os.kill(victim, signal.SIGKILL)


@contextmanager
def listening(murderer: Murderer) -> Iterator[int]:
    """Let it answer, on this port."""

    class Call(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer, dies = murderer.take(said["text"]["body"])
            if dies == AT_A_CALL:
                murderer.kill(dies)
            elif dies == AT_ANY_TIME:
                murderer.kill_soon(dies)
            if answer is None:
                self.close_connection = True
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)
            if dies == AFTER_ITS_ANSWER:
                murderer.kill_soon(dies)

        def log_message(self, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = 256

        def handle_error(self, *args: object) -> None:
            """Whoever asked is dead."""

    server = Server(("127.0.0.1", 0), Call)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
