"""Servers as processes of this machine, for as long as a benchmark takes."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.deliveries import PHONE_ID, SECRET
from benchmarks.table import BenchmarkFailed

ROOT = Path(__file__).resolve().parents[1]
REFERENCES = ROOT / "benchmarks" / "references"
PYTHON = REFERENCES / ".venv" / "bin"
TO_START = 30.0
TO_END = 15.0
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Process:
    """A process that was started here."""

    name: str
    popen: subprocess.Popen[bytes]
    log: Path

    def cpu_seconds(self) -> float:
        """What it and its children have used so far."""
        return sum(_cpu_seconds(pid) for pid in (self.popen.pid, *_children(self.popen.pid)))

    def fail(self, why: str) -> BenchmarkFailed:
        return BenchmarkFailed(f"{self.name} {why}; it said:\n{self.log.read_text()[-2000:]}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """How a server is started; `{port}` in its words stands for the port that it is given."""

    name: str
    command: Sequence[str]
    path: str = "/hook"
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path = REFERENCES


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers."""

    server: Server
    process: Process
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{self.server.path}"


@contextmanager
def running(server: Server) -> Iterator[Running]:
    """Start it, wait until it listens, end it. Raises BenchmarkFailed where it cannot be."""
    port = free_port()
    words = [word.replace("{port}", str(port)) for word in server.command]
    with started(server.name, words, server.environment, server.folder) as process:
        deadline = time.monotonic() + TO_START
        while not _listens(port):
            if process.popen.poll() is not None or time.monotonic() > deadline:
                raise process.fail("does not listen")
            time.sleep(0.05)
        yield Running(server, process, port)


@contextmanager
def started(
    name: str, command: Sequence[str], environment: Mapping[str, str], folder: Path = ROOT
) -> Iterator[Process]:
    """A process with this environment and nothing else of ours; ended at the end."""
    kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
    common = {"APP_SECRET": SECRET, "PHONE_ID": PHONE_ID, "PYTHONPATH": str(ROOT)}
    with tempfile.TemporaryDirectory(prefix="bench-") as logs:
        log = Path(logs) / "log"
        with log.open("wb") as file:
            try:
                popen = subprocess.Popen(  # Our own words.
                    command,
                    cwd=folder,
                    env={**kept, **common, **environment},
                    stdin=subprocess.DEVNULL,
                    stdout=file,
                    stderr=file,
                )
            except OSError as error:
                raise BenchmarkFailed(f"{name} is missing: {error}. `make bench` installs it.") from error
        process = Process(name, popen, log)
        try:
            yield process
        finally:
            popen.terminate()
            try:
                popen.wait(TO_END)
            except subprocess.TimeoutExpired:
                popen.kill()
                popen.wait()


def product(name: str, words: Sequence[str], environment: Mapping[str, str]) -> Server:
    """A command of ours."""
    return Server(
        name=name,
        command=[sys.executable, str(ROOT / "manage.py"), *words],
        path="/api/webhooks/meta",
        environment=environment,
        folder=ROOT,
    )


def manage(words: Sequence[str], environment: Mapping[str, str]) -> None:
    """Run a command of ours to its end."""
    kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
    command = [sys.executable, str(ROOT / "manage.py"), *words]
    done = subprocess.run(
        command, cwd=ROOT, env={**kept, **environment}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BenchmarkFailed(f"manage.py {' '.join(words)}: {done.stdout}{done.stderr}"[-2000:])


def settings(database_url: str, data_dir: Path) -> dict[str, str]:
    """The product's own settings, as in production."""
    return {
        "ENV_FILE": os.devnull,
        "DATA_DIR": str(data_dir),
        "DATABASE_URL": database_url,
        "PUBLIC_URL": "https://gateway.example",
        "FRONTEND_ORIGINS": "https://app.example",
        "SECRET_KEY": "of a benchmark, and of nothing that anybody would want to open",
        "ENCRYPTION_KEYS": f"k1:{b64encode(bytes(range(64))).decode()}",
        "META_APP_ID": "1234567890123456",
        "META_APP_SECRET": SECRET,
        "META_VERIFY_TOKEN": "shaken by nobody",
        "LOG_LEVEL": "WARNING",
        "READS_PER_MINUTE": "0",
        "WRITES_PER_MINUTE": "0",
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _children(pid: int) -> list[int]:
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _cpu_seconds(pid: int) -> float:
    try:
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(words[11]) + int(words[12])) / CLOCK_TICKS
