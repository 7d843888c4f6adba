"""The simulator as a real process of this machine."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest

pytestmark = pytest.mark.process

PATIENCE = 15.0
ROOT = Path(__file__).parents[2]


class Running:
    """One simulator process on a free port."""

    def __init__(self, data_dir: Path, **environ: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "backend.simulator", "--port", str(self.port)],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "DATA_DIR": str(data_dir), **environ},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.http = httpx2.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=PATIENCE)
        self.wait_until_it_answers()

    def wait_until_it_answers(self) -> None:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                self.http.get("/sim/kinds")
            except httpx2.TransportError:
                continue
            return
        raise AssertionError("the simulator does not answer")

    def end(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE)
        self.http.close()


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    started: list[Running] = []

    def run_one(**environ: str) -> Running:
        started.append(Running(tmp_path, **environ))
        return started[-1]

    yield run_one
    for one in started:
        one.end()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_cleanly_on_a_signal(run: Callable[..., Running], number: signal.Signals) -> None:
    simulator = run()
    began = time.monotonic()
    simulator.process.send_signal(number)
    assert simulator.process.wait(PATIENCE) == 0
    assert time.monotonic() - began < 3


def test_it_ends_with_whoever_started_it(run: Callable[..., Running]) -> None:
    simulator = run(PARENT_PIPE="1")
    assert simulator.process.stdin is not None
    simulator.process.stdin.close()
    assert simulator.process.wait(PATIENCE) == 0


def test_a_killed_one_has_lost_nothing(run: Callable[..., Running]) -> None:
    former = run()
    world = former.http.get("/sim/world").json()
    page = world["pages"][0]["id"]
    written = former.http.post(
        "/sim/inbound", json={"platform": "MESSENGER", "accountId": page, "text": "hi"}
    ).json()
    former.end()

    later = run()
    assert later.http.get("/sim/world").json() == world
    shown = later.http.get("/sim/phone", params={"accountId": page, "customerId": written["from"]}).json()
    assert [message["id"] for message in shown["messages"]] == written["ids"]


def test_a_lost_answer_is_a_closed_connection(run: Callable[..., Running]) -> None:
    simulator = run()
    page = simulator.http.get("/sim/world").json()["pages"][0]
    written = simulator.http.post(
        "/sim/inbound", json={"platform": "MESSENGER", "accountId": page["id"]}
    ).json()
    simulator.http.post("/sim/faults", json={"graph": {"loseAnswer": 1}})
    body = {"recipient": {"id": written["from"]}, "message": {"text": "hello"}}
    with pytest.raises((httpx2.RemoteProtocolError, httpx2.ReadError)):
        simulator.http.post("/me/messages", json=body, params={"access_token": page["accessToken"]})
    assert [item["text"] for item in simulator.http.get("/sim/outbox").json()["items"]] == ["hello"]


def test_two_that_start_together_agree_on_the_secrets(tmp_path: Path) -> None:
    code = (
        "import os, sys; from backend.simulator.config import read_config; sys.stdin.readline();"
        "config = read_config(os.environ); print(config.app_id, config.app_secret, config.verify_token)"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for one in started:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    answers = {one.communicate(timeout=PATIENCE)[0] for one in started}
    assert len(answers) == 1
    kept = tmp_path / "secrets"
    assert kept.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in kept.iterdir()} == {0o600}
    assert len(list(kept.iterdir())) == 5


def test_help_explains() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "backend.simulator", "--help"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "--port" in shown
    assert "SIMULATOR_PORT" in shown
