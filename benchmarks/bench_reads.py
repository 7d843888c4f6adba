"""
Lists over 200,000 conversations and 2,000,000 messages: a deep page against the second and the first, and the first
page against the list as it is usually written.

READS_SCALE=0.1 makes a tenth of the rows, for a quick look; page 1,000 then is not there any more below 0.5.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from statistics import median

from benchmarks import databases
from benchmarks.table import BenchmarkFailed, Row, ratio

CONVERSATIONS, MESSAGES = 200_000, 2_000_000
SCALE = float(os.environ.get("READS_SCALE", "1"))
ROUNDS = 200

Times = dict[str, list[float]]


def measure() -> list[Row]:
    """The rows of the table."""
    with databases.postgres("gw_bench_reads") as url:
        times = _measured(url)
    usual = "first page of conversations, against DRF's usual list"
    return [
        *_depths("conversations", times),
        *_depths("messages", times),
        _times_as_fast(usual, times["usual"], times["conversations 1"]),
        _times_as_fast(f"{usual}, the views alone", times["usual view"], times["view"]),
    ]


def _depths(name: str, times: Times) -> list[Row]:
    first, second, deep = (times[f"{name} {page}"] for page in (1, 2, 1000))
    note = f"page 1: {median(first):.2f} ms, 2: {median(second):.2f} ms, 1,000: {median(deep):.2f} ms"
    return [
        _lower(f"page 1,000 of {name}, against page 2", ratio(deep, second), 1.2, note),
        _lower(f"page 1,000 of {name}, against page 1", ratio(deep, first), 1.3, note),
    ]


def _lower(what: str, measured: float, at_most: float, note: str) -> Row:
    return Row(what=what, measured=measured, unit="x", at_least=at_most, aim=1.0, better="lower", note=note)


def _times_as_fast(what: str, usual: list[float], ours: list[float]) -> Row:
    note = f"{median(ours):.2f} ms against {median(usual):.2f} ms"
    return Row(what=what, measured=ratio(usual, ours), unit="x", at_least=3.0, aim=5.0, note=note)


def _measured(url: str) -> Times:
    """Measured in a process of its own, because settings are read once."""
    sizes = (int(CONVERSATIONS * SCALE), int(MESSAGES * SCALE), ROUNDS)
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "benchmarks.reading.settings",
            "DATABASE_URL": url,
            "DATA_DIR": folder,
            "SANDBOX": "1",
            "ENV_FILE": os.devnull,
            "LOG_LEVEL": "ERROR",
        }
        command = [sys.executable, "-m", "benchmarks.reading", *map(str, sizes)]
        run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if run.returncode:
        raise BenchmarkFailed(f"the lists could not be measured: {run.stderr.strip()[-2000:]}")
    times: Times = json.loads(run.stdout)
    return times
