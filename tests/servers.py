"""
Postgres and a broker for the tests: what runs on this machine, or private ones, started from Debian's binaries.

`python -m tests.servers command …` runs the command with TEST_DATABASE_URL and TEST_BROKER_URL set, on servers that
were named by these variables, that answer at their usual ports, or that live as long as the command.
"""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import redis
from kombu import Connection as BrokerConnection
from kombu.exceptions import OperationalError

HOST = "127.0.0.1"
TO_START = 30.0  # Seconds.
HOW_TO_GET = (
    "No Postgres or no Redis was found. On Debian: apt-get install postgresql redis-server; nothing has to be set up, "
    "private ones are started and ended with the tests. Or name running ones: "
    "TEST_DATABASE_URL=postgres://user:password@host/name TEST_BROKER_URL=redis://host:6379/0 (or amqp://…). "
    "The user must be allowed to create databases."
)


class Missing(Exception):
    """This machine has no such program."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


class Server(ABC):
    """A server of our own, in a folder of its own; it may be stopped and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def command(self) -> Sequence[str]:
        """What starts it."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether one can work with it now."""

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, **self.owner()
            )
        deadline = time.monotonic() + TO_START
        while not self.answers():
            assert self.process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < deadline, (self.folder / "log").read_text()
            time.sleep(0.05)

    def stop(self) -> None:
        """As a crash of it: at once, without a word to those who are connected."""
        if self.process is not None:
            self.end(self.process)
            self.process.wait(TO_START)
            self.process = None

    def end(self, process: subprocess.Popen[bytes]) -> None:
        process.kill()

    def owner(self) -> Mapping[str, Any]:
        """Who runs it."""
        return {}


class OwnPostgres(Server):
    """Postgres in an empty folder; never run as root, as it refuses that."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.binaries = postgres_binaries()
        self.url = f"postgres://gateway@{HOST}:{self.port}/postgres"
        if owner := self.owner():
            shutil.chown(folder, owner["user"], owner["group"])
        make = [
            str(self.binaries / "initdb"),
            "-D",
            str(folder / "data"),
            "-U",
            "gateway",
            "-A",
            "trust",
            "-E",
            "UTF8",
        ]
        subprocess.run([*make, "--no-sync"], check=True, capture_output=True, **owner)

    def owner(self) -> Mapping[str, Any]:
        if os.geteuid() != 0:
            return {}
        return {"user": "postgres", "group": "postgres", "cwd": "/"}

    def command(self) -> Sequence[str]:
        words = [str(self.binaries / "postgres"), "-D", str(self.folder / "data"), "-h", HOST]
        return [*words, "-p", str(self.port), "-k", str(self.folder), "-c", "max_connections=200"]

    def answers(self) -> bool:
        return is_postgres(self.url)

    def end(self, process: subprocess.Popen[bytes]) -> None:
        process.send_signal(3)  # SIGQUIT: the immediate shutdown; the next start recovers from the log.


class QuickPostgres(OwnPostgres):
    """For tests that take no power away: nothing waits for a disk."""

    def command(self) -> Sequence[str]:
        return [*super().command(), "-c", "fsync=off", "-c", "full_page_writes=off"]


class OwnRedis(Server):
    """Redis that keeps nothing."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        if not shutil.which("redis-server"):
            raise Missing("redis-server")
        self.url = f"redis://{HOST}:{self.port}/0"

    def command(self) -> Sequence[str]:
        words = ["redis-server", "--bind", HOST, "--port", str(self.port), "--dir", str(self.folder)]
        return [*words, "--save", "", "--appendonly", "no"]

    def answers(self) -> bool:
        return is_redis(self.url)


def postgres_binaries() -> Path:
    """Where the newest Postgres of this machine lies. Raises Missing."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    if initdb := shutil.which("initdb"):
        return Path(initdb).parent
    raise Missing("postgres")


def is_postgres(url: str) -> bool:
    """Whether a Postgres answers there that lets us in."""
    try:
        with psycopg.connect(url, connect_timeout=2):
            return True
    except psycopg.Error:
        return False


def is_redis(url: str) -> bool:
    try:
        with redis.Redis.from_url(url, socket_timeout=2) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


@contextmanager
def own(kind: Callable[[Path], Server]) -> Iterator[Any]:
    """A private server that is started, and ended with the block. Raises Missing."""
    folder = Path(tempfile.mkdtemp(prefix="gateway-server-"))
    try:
        server = kind(folder)
        try:
            server.start()
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def running_postgres() -> str | None:
    """A server at the usual port that lets us in without a password and make databases."""
    users = dict.fromkeys((getpass.getuser(), "postgres"))
    servers = (f"postgres://{user}@{HOST}:5432" for user in users)
    found = (server for server in servers if is_postgres(f"{server}/postgres") and _may_create(server))
    # The databases are called after this run: another one may be under way on the same server.
    return next((f"{server}/gateway_{os.getpid()}" for server in found), None)


def _may_create(server: str) -> bool:
    with psycopg.connect(f"{server}/postgres") as connection:
        row = connection.execute(
            "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = user"
        ).fetchone()
    return bool(row and row[0])


def running_redis() -> str | None:
    url = f"redis://{HOST}:6379/9"
    return url if is_redis(url) else None


def running_rabbit() -> str | None:
    """RabbitMQ as it is after it was installed; it is tested where it is, and not started."""
    url = f"amqp://guest:guest@{HOST}:5672//"
    try:
        with BrokerConnection(url, connect_timeout=2) as connection:
            connection.ensure_connection(max_retries=1, interval_start=0)
    except (OSError, OperationalError):
        return None
    return url


def named_or_running(stack: ExitStack) -> Mapping[str, str]:
    """The servers to test on, as the environment that names them. Raises Missing."""
    database = (
        os.environ.get("TEST_DATABASE_URL")
        or running_postgres()
        or stack.enter_context(own(QuickPostgres)).url
    )
    broker = os.environ.get("TEST_BROKER_URL") or running_redis() or stack.enter_context(own(OwnRedis)).url
    other = os.environ.get("TEST_OTHER_BROKER_URL") or running_rabbit() or ""
    return {"TEST_DATABASE_URL": database, "TEST_BROKER_URL": broker, "TEST_OTHER_BROKER_URL": other}


def main(command: Sequence[str]) -> int:
    """Run the command on such servers; its exit code."""
    with ExitStack() as stack:
        try:
            servers = named_or_running(stack)
        except Missing:
            sys.stderr.write(HOW_TO_GET + "\n")
            return 1
        for name, url in servers.items():
            sys.stderr.write(f"{name}={url}\n")
        with contextlib.suppress(KeyboardInterrupt):
            return subprocess.run(command, env={**os.environ, **servers}, check=False).returncode
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
