"""A closed loop: each of 64 connections sends its next delivery when the last one was answered."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from benchmarks.servers import Running
from benchmarks.table import BenchmarkFailed

SCRIPT = Path(__file__).with_name("closed_loop.lua")
CONNECTIONS = 64


@dataclass(frozen=True, slots=True)
class Cell:
    """What one server did in one round."""

    answers: int
    per_second: float
    p50: float  # Milliseconds.
    p99: float
    cpu: float  # Microseconds of the server's for an answer.


def load(running: Running, deliveries: Path, seconds: int) -> Cell:
    """Press it for so long. Raises BenchmarkFailed for any answer that is no success."""
    wrk = shutil.which("wrk")
    if wrk is None:
        raise BenchmarkFailed("wrk is missing (apt-get install wrk)")
    command = [
        wrk,
        "-t1",
        f"-c{CONNECTIONS}",
        f"-d{seconds}s",
        "--timeout",
        "10s",
        "-s",
        str(SCRIPT),
        running.url,
    ]
    before = running.process.cpu_seconds()
    done = subprocess.run(
        command,
        env={**os.environ, "DELIVERIES": str(deliveries)},
        capture_output=True,
        text=True,
        check=False,
    )
    used = running.process.cpu_seconds() - before
    line = next((line for line in done.stdout.splitlines() if line.startswith("{")), "")
    if not line:
        raise BenchmarkFailed(f"wrk: {done.stdout}{done.stderr}")
    said = json.loads(line)
    if said["refused"] or said["broken"] or not said["answers"]:
        raise running.process.fail(f"answered not only with success: {said}")
    answers = said["answers"]
    return Cell(answers, answers / said["seconds"], said["p50"], said["p99"], 1e6 * used / answers)
