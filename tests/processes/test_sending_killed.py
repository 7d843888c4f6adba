"""Whoever sends is killed between claim, call and record, and answers get lost: nothing goes out twice or hangs."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.processes.conftest import Servers
from tests.processes.murderous import POINTS, Murderer, listening
from tests.processes.stack import ROOT, wait_for

logger = logging.getLogger(__name__)
pytestmark = [pytest.mark.process, pytest.mark.long]

MESSAGES = 7_000  # Each to a person of its own, so that none waits for one that was caught.
AT_LEAST = 1_000  # Messages caught between claim and record by kills, and answers lost.
KILLS = 100
TO_KILL = 150.0  # Seconds.
TO_SETTLE = 100.0
THREADS = 8


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_nothing_goes_out_twice_and_nothing_hangs(
    database: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    murderer = Murderer(seed=20_261_126)
    with listening(murderer) as port:
        environment = _environment(tmp_path, port)
        if database == "postgres":
            servers: Servers = request.getfixturevalue("servers")
            environment["DATABASE_URL"] = servers.new_database()
        _run(["manage.py", "migrate", "-v0"], environment)
        plan = {"platform": "WHATSAPP", "account": "900", "level": "HIGH"}
        plans = json.dumps([plan | {"messages": MESSAGES, "people": MESSAGES}])
        _run(["-m", "benchmarks.sending.outbox", plans], environment)
        began = time.monotonic()
        with _workers(murderer, environment):
            wait_for(lambda: _is_enough(murderer), "there are enough kills", within=TO_KILL)
            murderer.is_at_peace = True
        took = time.monotonic() - began
        told = json.loads(_run(_sender("settle"), environment))
    logger.info(
        "%s: %s in %.0f s; %d messages were caught between claim and record, %d answers were lost, %d arrived",
        *(database, dict(murderer.kills), took, told["caught"], len(murderer.lost), len(murderer.taken)),
    )
    _check(murderer, told["messages"])
    assert told["caught"] >= AT_LEAST
    assert set(POINTS) <= murderer.kills.keys()


def _is_enough(murderer: Murderer) -> bool:
    return murderer.kills.total() >= KILLS and len(murderer.lost) >= AT_LEAST


def _check(murderer: Murderer, messages: list[list[str]]) -> None:
    assert len(messages) == MESSAGES
    assert [text for text, times in murderer.taken.items() if times > 1] == []
    outcomes = {text: (status, code) for text, status, code, _ in messages}
    assert set(outcomes.values()) == {("SENT", ""), ("FAILED", "outcome_unknown")}
    sent = {text: external_id for text, status, _, external_id in messages if status == "SENT"}
    assert sent == {text: murderer.ids.get(text) for text in sent}
    assert not murderer.lost & sent.keys()
    assert outcomes.keys() >= murderer.taken.keys()


@contextmanager
def _workers(murderer: Murderer, environment: Mapping[str, str]) -> Iterator[None]:
    """One worker after the other, each until it is killed."""
    words = [sys.executable, *_sender("fork_workers")]
    with subprocess.Popen(words, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None

        def introduce(lines: Iterator[str]) -> None:
            for line in lines:
                murderer.meet(int(line))

        reader = threading.Thread(target=introduce, args=[iter(parent.stdout)], daemon=True)
        reader.start()
        try:
            yield
        finally:
            parent.kill()
            parent.wait()
            time.sleep(0.2)
            murderer.kill("the end")
            reader.join(5)


def _environment(folder: Path, port: int) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {
        **kept,
        "DJANGO_SETTINGS_MODULE": "backend.config.settings",
        "SANDBOX": "1",
        "ENV_FILE": os.devnull,
        "DATA_DIR": str(folder),
        "LOG_LEVEL": "ERROR",
        "META_GRAPH_URL": f"http://127.0.0.1:{port}",
        "SEND_THREADS": str(THREADS),
    }


def _sender(name: str) -> list[str]:
    """The words that start a function of `sender`."""
    return ["-c", f"import django; django.setup(); from tests.processes import sender; sender.{name}()"]


def _run(words: list[str], environment: Mapping[str, str]) -> str:
    command = [sys.executable, *words]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=TO_SETTLE
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
