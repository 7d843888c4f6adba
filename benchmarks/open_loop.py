"""An open loop: deliveries leave on schedule, and a latency counts from the time that it should have left."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.servers import Process, Running, started
from benchmarks.table import BenchmarkFailed

SOURCE = Path(__file__).with_name("generator.c")
CONNECTIONS = 128


@dataclass(frozen=True, slots=True)
class Told:
    """What came of one run; times in milliseconds."""

    sent: int
    seconds: float
    p50: float
    p99: float
    p999: float
    longest: float
    cpu: float  # Seconds of the generator's own.


def build(folder: Path) -> Path:
    """The generator, compiled: Python cannot keep such a schedule without taking a core for itself."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise BenchmarkFailed("a C compiler is missing (apt-get install gcc libc6-dev)")
    program = folder / "generator"
    done = subprocess.run(
        [compiler, "-O2", "-o", str(program), str(SOURCE), "-lm"], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BenchmarkFailed(f"the generator does not compile: {done.stderr}")
    return program


@contextmanager
def offered(program: Path, running: Running, deliveries: Path, per_second: float) -> Iterator[Process]:
    """The generator at work; `told_by` says what came of it."""
    words = [str(program), str(running.port), running.server.path, f"{per_second:g}", str(CONNECTIONS)]
    with started("generator", [*words, str(deliveries)], {}) as process:
        yield process


def told_by(process: Process) -> Told:
    """What came of it. Raises BenchmarkFailed for any answer that is no success, and for one that never came."""
    if process.popen.wait():
        raise process.fail("failed")
    said = json.loads(process.log.read_text())
    if said["succeeded"] != said["sent"]:
        raise BenchmarkFailed(f"not every delivery was answered with success: {said}")
    return Told(**{name: said[name] for name in Told.__dataclass_fields__})
