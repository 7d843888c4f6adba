"""
Sending, by real workers on Postgres, to a Meta in a process of its own that answers in 50 ms and keeps a bucket for
each account: how fast one worker is, how evenly an account is paced, and that it slows down nobody else.

The reference of the same run is the HTTP client alone, with as many threads, to the same Meta.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from benchmarks import databases
from benchmarks.servers import ROOT, Process, free_port, manage, settings, started
from benchmarks.table import BenchmarkFailed, Row

EMPTY = "gw_bench_sending_empty"  # A database with all tables, to be copied.
ANSWERS_IN = 0.05
THREADS = 64
WARM_UP = 2.0  # Seconds that are left out at the start.
MINUTE = 60.0
PATIENCE = 150.0
TOGETHER = 3  # Workers.


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account with its outbox, and what its Meta lets it send in a second."""

    platform: str = "WHATSAPP"
    account: str
    level: str = "STANDARD"
    rate: float
    messages: int
    people: int

    def plan(self) -> dict[str, Any]:
        return {
            "platform": self.platform,
            "account": self.account,
            "level": self.level,
            "messages": self.messages,
            "people": self.people,
        }


@dataclass(frozen=True, slots=True)
class Heard:
    """What Meta was sent, and what the workers used for it."""

    told: dict[str, list[tuple[float, str]]]  # Account -> when, and what.
    refused: int
    cpu_seconds: float

    def times(self, account: str) -> list[float]:
        return [at for at, _ in self.told[account]]

    def rate(self, account: str, lasting: float = MINUTE) -> float:
        """Messages a second, after the start."""
        times = self.times(account)
        begin = times[0] + WARM_UP
        end = min(begin + lasting, times[-1])
        return sum(begin <= at < end for at in times) / (end - begin)

    def most_in_a_second(self, account: str) -> int:
        times, first, most = self.times(account), 0, 0
        for number, at in enumerate(times):
            while at - times[first] >= 1:
                first += 1
            most = max(most, number - first + 1)
        return most


def measure() -> list[Row]:
    """The rows of this benchmark. Raises BenchmarkFailed where a message was lost, doubled or out of order."""
    with databases.postgres(EMPTY) as url, tempfile.TemporaryDirectory() as folder:
        manage(["migrate", "-v0"], {**settings(url, Path(folder)), "SANDBOX": "1"})
        return _rows()


def _rows() -> list[Row]:
    high = Account(account="900", level="HIGH", rate=1000, messages=6_000, people=2_000)
    alone = sent([high], workers=1)
    together = sent([high], workers=TOGETHER)
    paced = Account(account="800", rate=80, messages=5_100, people=500)
    other = Account(platform="INSTAGRAM", account="700", rate=100, messages=10_000, people=500)
    minute = sent([paced], workers=2)
    other_alone = sent([other], workers=1, lasting=15)
    with_paced = sent(
        [other, Account(account="800", rate=80, messages=10_000, people=500)], workers=1, lasting=15
    )
    http = http_alone(4_000)
    return [
        *_speed(alone, together, http),
        *_pace(minute),
        Row(
            what="10,000 queued beside another account that is paced: of its speed alone",
            measured=with_paced.rate("700") / other_alone.rate("700") * 100,
            unit="%",
            at_least=95,
            note=f"{with_paced.rate('700'):.1f}/s of {other_alone.rate('700'):.1f}/s; order kept in 500 conversations",
        ),
        Row(
            what="messages that Meta refused as too fast, in all of these",
            measured=sum(each.refused for each in (alone, together, minute, other_alone, with_paced)),
            unit="rows",
            at_least=0,
            better="lower",
        ),
    ]


def _speed(alone: Heard, together: Heard, http: float) -> list[Row]:
    each = alone.cpu_seconds / len(alone.told["900"]) * 1000
    return [
        Row(
            what="one worker, answers in 50 ms: messages a second",
            measured=alone.rate("900"),
            unit="/s",
            at_least=250,
            aim=500,
            note=f"{each:.2f} ms of processor each; the HTTP client alone: {http:.0f}/s",
        ),
        Row(
            what=f"{TOGETHER} workers, one number at HIGH: messages a second",
            measured=together.rate("900"),
            unit="/s",
            aim=1000,
            note=f"on {os.cpu_count()} processors; {together.most_in_a_second('900')} in the fullest second",
        ),
    ]


def _pace(minute: Heard) -> list[Row]:
    measured = minute.rate("800")
    return [
        Row(
            what="a number at 80 a second, two workers, over a minute: off by",
            measured=abs(80 - measured) / 80 * 100,
            unit="%",
            at_least=2,
            better="lower",
            note=f"{measured:.2f}/s",
        ),
        Row(
            what="the same, in the fullest second, as it arrives",
            measured=minute.most_in_a_second("800"),
            unit="rows",
            at_least=80,
            better="lower",
        ),
    ]


def sent(accounts: Sequence[Account], *, workers: int, lasting: float = PATIENCE) -> Heard:
    """Let so many workers send what waits, until all is sent or the time is up."""
    total = sum(account.messages for account in accounts)
    with installation(accounts) as (environment, port), ExitStack() as stack:
        words = [sys.executable, "manage.py", "worker"]
        running = [stack.enter_context(started("worker", words, environment)) for _ in range(workers)]
        heard = _wait(port, total, lasting, running)
    _check(heard)
    return heard


def _wait(port: int, total: int, lasting: float, workers: Sequence[Process]) -> Heard:
    began = 0.0
    while True:
        time.sleep(0.5)
        count = httpx2.get(f"http://127.0.0.1:{port}/count", timeout=20).json()
        began = began or (time.monotonic() if count else 0.0)
        if count >= total or (began and time.monotonic() - began > lasting):
            break
        if any(worker.popen.poll() is not None for worker in workers):
            raise workers[0].fail("has ended")
    answer = httpx2.get(f"http://127.0.0.1:{port}/told", timeout=20).json()
    told: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for account, text, at in answer["told"]:
        told[account].append((at, text))
    return Heard(dict(told), answer["refused"], sum(worker.cpu_seconds() for worker in workers))


def _check(heard: Heard) -> None:
    """Nothing came twice, and what one person was sent came in its order."""
    for account, messages in heard.told.items():
        order: dict[str, list[str]] = defaultdict(list)
        for _, text in messages:
            person, _, number = text.partition(" ")
            order[person].append(number)
        if any(numbers != sorted(set(numbers)) for numbers in order.values()):
            raise BenchmarkFailed(f"of {account}, messages came twice or out of order")


@contextmanager
def installation(accounts: Sequence[Account]) -> Iterator[tuple[dict[str, str], int]]:
    """A database with these outboxes, and their Meta; the environment of a worker, and Meta's port."""
    with (
        databases.postgres("gw_bench_sending", template=EMPTY) as url,
        tempfile.TemporaryDirectory() as folder,
    ):
        port = free_port()
        environment = {
            **settings(url, Path(folder)),
            "SANDBOX": "1",  # Only there Meta may be elsewhere.
            "META_GRAPH_URL": f"http://127.0.0.1:{port}",
            "SEND_THREADS": str(THREADS),
            "LOG_LEVEL": "ERROR",
        }
        plans = json.dumps([account.plan() for account in accounts])
        fill = [sys.executable, "-m", "benchmarks.sending.outbox", plans]
        subprocess.run(fill, cwd=ROOT, env={**os.environ, **environment}, check=True)
        databases.run(url, "ANALYZE")
        with meta(port, {account.account: account.rate for account in accounts}):
            yield environment, port


@contextmanager
def meta(port: int, rates: dict[str, float]) -> Iterator[None]:
    """Meta, until the block ends."""
    words = ["-m", "benchmarks.sending.meta", str(port), str(ANSWERS_IN), json.dumps(rates)]
    with started("Meta", [sys.executable, *words], {}):
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                httpx2.get(f"http://127.0.0.1:{port}/count")
                break
            except httpx2.TransportError:
                time.sleep(0.05)
        yield


def http_alone(calls: int) -> float:
    """Calls a second of the client alone, with as many threads."""
    port = free_port()
    limits = httpx2.Limits(max_connections=THREADS, max_keepalive_connections=THREADS)
    body = {"messaging_product": "whatsapp", "type": "text", "text": {"body": "Hello"}}
    with meta(port, {}), httpx2.Client(base_url=f"http://127.0.0.1:{port}", limits=limits) as client:

        def call(_: int) -> None:
            client.post("/v25.0/1/messages", json=body).raise_for_status()

        began = time.monotonic()
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(call, range(calls)))
        return calls / (time.monotonic() - began)
