"""A mock journey through a sandbox of its own, over HTTP like everybody else."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx2
from django.conf import settings

from backend.config.demo import PASSWORD
from backend.platforms.port import Login
from backend.platforms.registry import INFOS, logins_of

Found = TypeVar("Found")

START_WITHIN = 60.0  # Seconds.
ARRIVE_WITHIN = 15.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    ok: bool
    text: str


class NotInTime(Exception):
    """Something that was waited for did not come."""


def walk_journey(tell: Callable[[str], Any]) -> list[Finding]:
    """Connect each platform in each way, let a customer write, answer, and look at the customer's phone."""
    try:
        with _sandbox() as (service, simulator):
            tell("  the sandbox runs")
            return [_walk(service, simulator, platform, login) for platform, login in INFOS]
    except (NotInTime, httpx2.HTTPError) as error:
        return [Finding(False, f"the journey ended early: {error}")]


def _walk(service: httpx2.Client, simulator: httpx2.Client, platform: str, login: Login) -> Finding:
    way = {"login": login} if len(logins_of(platform)) > 1 else {}
    name = f"{platform} by the login of {login.title()}" if way else platform
    asked, answered = f"Is it still there, {name}?", f"Yes it is, {name}."
    service.post("/api/integrations/connect", json={"platform": platform, **way}).raise_for_status()
    simulator.post(
        "/sim/inbound", json={"platform": platform, "kind": "text", "text": asked}
    ).raise_for_status()
    conversation = _wait(lambda: _conversation(service, platform, asked), f"the message of {name}")
    service.post(
        f"/api/conversations/{conversation}/messages", json={"type": "TEXT", "text": answered}
    ).raise_for_status()
    _wait(lambda: _is_in_outbox(simulator, platform, answered), f"the reply on {name}")
    return Finding(True, f"{name}: connected, a message came in, the reply reached the customer")


def _conversation(service: httpx2.Client, platform: str, text: str) -> str | None:
    rows = service.get("/api/conversations", params={"platform": platform}).json()["conversations"]
    return next((row["id"] for row in rows if (row["lastMessage"] or {}).get("text") == text), None)


def _is_in_outbox(simulator: httpx2.Client, platform: str, text: str) -> bool:
    items = simulator.get("/sim/outbox", params={"platform": platform}).json()["items"]
    return any(item["text"] == text for item in items)


def _wait(look: Callable[[], Found], what: str, within: float = ARRIVE_WITHIN) -> Found:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx2.TransportError):
            if found := look():
                return found
        time.sleep(0.1)
    raise NotInTime(f"{what} did not come within {within:.0f} seconds")


@contextlib.contextmanager
def _sandbox() -> Iterator[tuple[httpx2.Client, httpx2.Client]]:
    """A whole product on free ports and a temporary folder; nothing of it stays."""
    port, simulator_port = _free_port(), _free_port()
    with tempfile.TemporaryDirectory(prefix="gateway-check-") as folder:
        process = _start(Path(folder), port, simulator_port)
        try:
            with (
                httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=20) as service,
                httpx2.Client(base_url=f"http://127.0.0.1:{simulator_port}", timeout=20) as simulator,
            ):
                _wait(lambda: service.get("/readyz").is_success, "the service", START_WITHIN)
                _wait(lambda: simulator.get("/sim/kinds").is_success, "the simulator", START_WITHIN)
                service.headers["Authorization"] = f"Bearer {_login(service)}"
                yield service, simulator
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def _start(folder: Path, port: int, simulator_port: int) -> subprocess.Popen[bytes]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "PYTHONPATH") if name in os.environ}
    own = {
        "SANDBOX": "1",
        "DATA_DIR": str(folder),
        "PORT": str(port),
        "SIMULATOR_PORT": str(simulator_port),
        "ENV_FILE": os.devnull,
        "LOG_LEVEL": "ERROR",
    }
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "serve"]
    return subprocess.Popen(  # noqa: S603  # Our own words.
        command, env={**kept, **own}, cwd=settings.BASE_DIR, stdout=subprocess.DEVNULL
    )


def _login(service: httpx2.Client) -> str:
    answer = service.post("/api/auth/token", json={"email": "owner@demo.test", "password": PASSWORD})
    answer.raise_for_status()
    return str(answer.json()["accessToken"])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
