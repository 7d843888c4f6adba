"""The whole product as real processes on this machine: free ports, a folder of its own, nothing left.

It runs in two ways: `manage.py serve` on SQLite, and the services of docker-compose.yml on Postgres and a broker.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import httpx2

from tests.processes import composed
from tests.servers import free_port

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("web", "worker", "simulator")
# What a part is called in its command line, where that is another word.
WORDS = {"beat": "sweep"}
SERVE = (str(ROOT / "manage.py"), "serve")
COMPOSED = ("-m", "tests.processes.composed")
TO_START = 60.0  # Seconds; a machine with other work may be slow.
TO_END = 20.0
LOOK_EVERY = 0.05

Found = TypeVar("Found")


def wait_for(look: Callable[[], Found | None], what: str, *, within: float = 20.0) -> Found:
    """The first value of `look` that is true; a service that is just starting again counts as not yet."""
    deadline = time.monotonic() + within
    while True:
        try:
            found = look()
        except (httpx2.TransportError, httpx2.HTTPStatusError):
            found = None
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within:.0f} s: {what}")
        time.sleep(LOOK_EVERY)


class Stack:
    """One installation. It may be started and ended several times; its data stays in the folder."""

    def __init__(self, folder: Path, *, database: str = "", broker: str = "") -> None:
        self.folder = folder
        self.is_composed = bool(database and broker)
        self.names = composed.PARTS if self.is_composed else PARTS
        self.servers = {"DATABASE_URL": database, "BROKER_URL": broker}
        self.log = folder / "log"
        self.ports = {name: str(free_port()) for name in composed.PORTS.values()}
        self.service = httpx2.Client(base_url=f"http://127.0.0.1:{self.ports['PORT']}", timeout=20)
        self.simulator = httpx2.Client(
            base_url=f"http://127.0.0.1:{self.ports['SIMULATOR_PORT']}", timeout=20
        )
        self.process: subprocess.Popen[bytes] | None = None

    # ---- life and death ----

    def start(self) -> float:
        """Start it; how many seconds it took until it was ready."""
        began, told_before = time.monotonic(), self._times_told()
        words = COMPOSED if self.is_composed else SERVE
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *words],
                cwd=ROOT,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        # Children of a killed supervisor may still answer for a moment; so its own word is waited for.
        wait_for(
            lambda: self._is_supervised() and (self.is_composed or self._times_told() > told_before),
            "the supervisor says that it runs",
            within=TO_START,
        )
        wait_for(self.is_ready, "the product is ready", within=TO_START)
        return time.monotonic() - began

    def _times_told(self) -> int:
        """How often a supervisor of this folder has said that the product runs."""
        return self.log.read_text().count("The product runs.") if self.log.exists() else 0

    def _is_supervised(self) -> bool:
        """True; fails the test, with the log, where the supervisor has ended."""
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()
        return True

    def is_ready(self) -> bool:
        """Whether both doors answer now."""
        return (
            self._is_supervised()
            and self.service.get("/readyz").is_success
            and self.simulator.get("/sim/kinds").is_success
        )

    def interrupt(self) -> int:
        """What Ctrl-C does; the exit code."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(TO_END)

    def kill_supervisor(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait(TO_END)

    def kill(self, part: str) -> int:
        """Kill a part without warning; the process id it had."""
        pid = self.part(part)
        os.kill(pid, signal.SIGKILL)
        return pid

    def part(self, name: str) -> int:
        """The process id of a part, as soon as there is one."""
        return wait_for(lambda: self.parts().get(name), f"{name} runs", within=10)

    def parts(self) -> dict[str, int]:
        """The running parts by their names."""
        return {
            name: pid
            for pid, command in running(self.folder).items()
            for name in self.names
            if _is_of(name, command)
        }

    def add(self, part: str) -> subprocess.Popen[bytes]:
        """One more process of a part, as on another machine; nobody starts it again."""
        with self.log.open("ab") as log:
            return subprocess.Popen(
                composed.command_of(part, self.folder),
                cwd=ROOT,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def clean_up(self) -> None:
        """End whatever of it still runs, and only that."""
        self.service.close()
        self.simulator.close()
        for pid in running(self.folder):
            os.kill(pid, signal.SIGKILL)
        if self.process is not None:
            self.process.wait(TO_END)

    def environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        own = {"SANDBOX": "1", "DATA_DIR": str(self.folder), "ENV_FILE": os.devnull, "LOG_LEVEL": "WARNING"}
        limits = {"READS_PER_MINUTE": "0", "WRITES_PER_MINUTE": "0"}
        servers = {name: url for name, url in self.servers.items() if url}
        return {**kept, **own, **limits, **servers, **self.ports}

    # ---- what one does with it ----

    def log_in(self, email: str = "owner@demo.test", password: str = "demo-password") -> None:
        answer = self.service.post("/api/auth/token", json={"email": email, "password": password})
        self.service.headers["Authorization"] = f"Bearer {self.read(answer)['accessToken']}"

    def connect(self, platform: str) -> None:
        integration = self.post("/api/integrations/connect", {"platform": platform})["integration"]
        assert integration["status"] == "CONNECTED", integration

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        return self.read(self.service.get(path, params=dict(params or {})))

    def post(self, path: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Any:
        return self.read(self.service.post(path, json=dict(body), headers=dict(headers or {})))

    def sim_get(self, path: str) -> Any:
        return self.read(self.simulator.get(path))

    def sim_post(self, path: str, body: Mapping[str, Any]) -> Any:
        return self.read(self.simulator.post(path, json=dict(body)))

    @staticmethod
    def read(answer: httpx2.Response) -> Any:
        """The JSON of an answer. A refusal fails the test; HTTPStatusError: it could not answer now."""
        assert not answer.is_client_error, answer.text
        answer.raise_for_status()
        return answer.json()

    def conversations(self) -> list[dict[str, Any]]:
        return list(self._pages("/api/conversations", "conversations"))

    def messages(self) -> list[dict[str, Any]]:
        """Every message of every conversation, as the API lists them."""
        return [
            message
            for conversation in self.conversations()
            for message in self._pages(f"/api/conversations/{conversation['id']}/messages", "messages")
        ]

    def _pages(self, path: str, name: str) -> Iterator[dict[str, Any]]:
        cursor: str | None = None
        while True:
            page = self.get(path, {"limit": 200, **({"cursor": cursor} if cursor else {})})
            yield from page[name]
            cursor = page["nextCursor"]
            if cursor is None:
                return

    def deliveries_pending(self) -> int:
        """Webhooks that the simulator still has to deliver."""
        return int(self.sim_get("/sim/deliveries")["pending"])


def _is_of(name: str, command: str) -> bool:
    wanted, words = WORDS.get(name, name), command.split()
    if "rest" in words:  # Another `web`.
        return name == "rest"
    return any(word == wanted or word.endswith(f".{wanted}") for word in words)


def running(folder: Path) -> dict[int, str]:
    """Every process that works on this folder, with its command line."""
    mark = f"DATA_DIR={folder}".encode()
    found: dict[int, str] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            if mark in (entry / "environ").read_bytes().split(b"\0"):
                found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue  # It ended while we looked, or belongs to somebody else.
    # A process that has ended and waits to be collected has no command line.
    return {pid: command for pid, command in found.items() if command}
