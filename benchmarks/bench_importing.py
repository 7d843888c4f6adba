"""A phone hands 100,000 messages over while customers write: how long these wait, and what the worker holds."""

from __future__ import annotations

import http.client
import json
import math
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks import databases
from benchmarks.bench_together import Stage, all_parts, set_up, sqlite_in
from benchmarks.deliveries import BUSINESS_ACCOUNT_ID, EVENING, PHONE_ID, WORDS, sign
from benchmarks.servers import Process, Running, settings
from benchmarks.table import BenchmarkFailed, Row
from benchmarks.watching import Watch

MESSAGES = int(os.environ.get("IMPORTING_MESSAGES", "100000"))
OF_A_THREAD, OF_A_WEBHOOK = 50, 4_000
QUIET_SECONDS = 5.0  # Watched before anything is handed over.
PATIENCE = 900.0
FILED = "SELECT count(*) FROM conversations_message WHERE external_id LIKE 'wamid.history%'"
WAITING = (
    "SELECT (SELECT count(*) FROM receiving_webhookevent WHERE due_at IS NOT NULL)"
    " + (SELECT count(*) FROM conversations_historypart)"
)


def measure() -> list[Row]:
    """The rows of the table."""
    with tempfile.TemporaryDirectory(prefix="bench-importing-") as name:
        folder = Path(name)
        with databases.postgres("gw_bench_importing") as url:
            rows = list(_rows("Postgres", url, folder / "postgres"))
        return [*rows, *_rows("SQLite", sqlite_in(folder / "sqlite"), folder / "sqlite")]


def _rows(database: str, url: str, data_dir: Path) -> Iterator[Row]:
    login = set_up(url, data_dir, 0)
    stage = Stage(url, settings(url, data_dir), login)
    with all_parts(stage) as (door, rest, worker):
        watch = Watch(door, rest, url=url, token=login["token"], conversation=login["watched"])
        watch.start()
        time.sleep(QUIET_SECONDS)
        watch.milliseconds.clear()  # The first ones waited for a worker that was only starting.
        before, began = _megabytes(worker), time.monotonic()
        held = []
        for body in _webhooks():
            _post(door, body)
            held.append(_megabytes(worker))
        while databases.number(url, WAITING):
            if time.monotonic() > began + PATIENCE:
                raise BenchmarkFailed(f"the history is not filed after {PATIENCE:.0f} s")
            held.append(_megabytes(worker))
            time.sleep(0.2)
        seconds, waited = time.monotonic() - began, sorted(watch.stop())
    filed = databases.number(url, FILED)
    if filed != MESSAGES:
        raise BenchmarkFailed(f"{filed} messages of history are there instead of {MESSAGES}")
    p99 = waited[math.ceil(0.99 * len(waited)) - 1]
    what = f"{database}: {MESSAGES:,} messages of history beside live ones"
    note = f"{len(waited)} live ones, median {median(waited):.0f} ms, longest {waited[-1]:.0f} ms"
    yield Row(
        what=f"{what}, wait p99", measured=p99, unit="ms", at_least=250, aim=100, better="lower", note=note
    )
    middle, end = held[len(held) // 2], held[-1]
    flat = f"from {before:.0f} MB; {middle:.0f} in the middle, {end:.0f} at the end"
    note = f"{flat}; filed in {seconds:.0f} s, {MESSAGES / seconds:,.0f}/s"
    yield Row(
        what="... the worker grows by",
        measured=max(held) - before,
        unit="MB",
        at_least=100,
        better="lower",
        note=note,
    )


def _webhooks() -> Iterator[bytes]:
    """All messages, as the phone cuts them up."""
    for start in range(0, MESSAGES, OF_A_WEBHOOK):
        count = min(OF_A_WEBHOOK, MESSAGES - start)
        threads = [
            _thread(start + first, min(OF_A_THREAD, count - first)) for first in range(0, count, OF_A_THREAD)
        ]
        progress = 100 * (start + count) // MESSAGES
        told = {"phase": 1, "chunk_order": start // OF_A_WEBHOOK + 1, "progress": progress}
        value = {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "15550783881", "phone_number_id": PHONE_ID},
            "history": [{"metadata": told, "threads": threads}],
        }
        change = {"field": "history", "value": value}
        event = {
            "object": "whatsapp_business_account",
            "entry": [{"id": BUSINESS_ACCOUNT_ID, "changes": [change]}],
        }
        yield json.dumps(event).encode()


def _thread(first: int, count: int) -> dict[str, object]:
    person = f"1651{first // OF_A_THREAD:07d}"
    return {"id": person, "messages": [_message(person, number) for number in range(first, first + count)]}


def _message(person: str, number: int) -> dict[str, object]:
    ends = {"from": person} if number % 2 else {"from": "15550783881", "to": person}
    return {
        **ends,
        "id": f"wamid.history{number:012d}",
        "timestamp": str(EVENING - 86_400 - number),
        "type": "text",
        "text": {"body": f"{WORDS} ({number})"},
        "history_context": {"status": "READ"},
    }


def _post(door: Running, body: bytes) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", door.port, timeout=30)
    headers = {"Content-Type": "application/json", "X-Hub-Signature-256": sign(body)}
    connection.request("POST", door.server.path, body, headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    if answer.status != 200:
        raise BenchmarkFailed(f"the door answered {answer.status}")


def _megabytes(process: Process) -> float:
    """What the process holds in memory now."""
    said = Path(f"/proc/{process.popen.pid}/status").read_text()
    return next(int(line.split()[1]) for line in said.splitlines() if line.startswith("VmRSS")) / 1024
