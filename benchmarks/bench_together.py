"""Door and worker together: what is offered on schedule is answered, recorded once, and soon to be read."""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import median

from benchmarks import databases
from benchmarks.deliveries import traffic, write_signed
from benchmarks.open_loop import Told, build, offered, told_by
from benchmarks.servers import ROOT, Process, Running, manage, product, running, settings, started
from benchmarks.table import BenchmarkFailed, Row
from benchmarks.watching import Watch, write_once

RUNS = int(os.environ.get("TOGETHER_RUNS", "3"))
SECONDS = int(os.environ.get("TOGETHER_SECONDS", "60"))
SQLITE_SECONDS, WATCHED_SECONDS = SECONDS // 3, SECONDS // 4
POSTGRES_RATE, SQLITE_RATE, QUIET_RATE = 4_000, 2_000, 200

# From the oldest that waits to the newest there is: no fewer than wait, and found by two looks into indexes. Counting
# them would go through the whole table, with several processes, while its own writers are measured.
WAITING = """
    SELECT coalesce(max(id) - (
        SELECT id FROM receiving_webhookevent WHERE lane = 0 AND due_at IS NOT NULL ORDER BY id LIMIT 1
    ) + 1, 0) FROM receiving_webhookevent
"""
STORED = "SELECT count(*) FROM receiving_webhookevent"
INBOUND = (
    "SELECT count(*) FROM conversations_message WHERE direction = 'INBOUND' AND external_id LIKE 'wamid.in%'"
)
READ = "SELECT count(*) FROM conversations_message WHERE direction = 'OUTBOUND' AND delivery_status = 'READ'"
UNREAD = "SELECT sum(unread_count) FROM conversations_conversation WHERE contact_id NOT IN ({watched})"
WATCHED_CONTACT = "SELECT id FROM conversations_contact WHERE external_id = '16509999999'"
EMPTY_WITHIN = 60.0


@dataclass(frozen=True, slots=True)
class Run:
    """One run: what the senders saw, and what was left to do."""

    told: Told
    backlog: int
    emptied_after: float  # Seconds after the last answer.
    cpu: Mapping[str, float]  # Cores by process.
    visible: Sequence[float]


@dataclass(frozen=True, slots=True)
class Stage:
    """A database with a shop in it, and how the product is started over it."""

    url: str
    environment: dict[str, str]
    login: dict[str, str]


def measure() -> list[Row]:
    """The rows of the table."""
    with tempfile.TemporaryDirectory(prefix="bench-together-") as name:
        folder = Path(name)
        program = build(folder)
        return [*_on_postgres(folder, program), *_on_sqlite(folder, program)]


def _on_postgres(folder: Path, program: Path) -> Iterator[Row]:
    with databases.postgres("gw_bench_stage") as template:
        login = set_up(template, folder / "stage", POSTGRES_RATE * SECONDS // 4)

        def run(seconds: int, rate: int, *, watch: bool) -> Run:
            with databases.postgres("gw_bench_together", template="gw_bench_stage") as url:
                data_dir = Path(tempfile.mkdtemp(dir=folder))
                stage = Stage(url, settings(url, data_dir), login)
                return _run(stage, program, folder, seconds, rate, watch=watch)

        runs = [run(SECONDS, POSTGRES_RATE, watch=False) for _ in range(RUNS)]
        yield from _latencies(
            f"both together, Postgres, {POSTGRES_RATE:,}/s for {SECONDS} s", runs, 10, 150, 2, 50
        )
        yield from _backlogs(runs)
        quiet = run(WATCHED_SECONDS, QUIET_RATE, watch=True)
        yield from _visible(f"signed POST to visible in the API, Postgres, {QUIET_RATE}/s", quiet, 15, 60, 5)
        busy = run(WATCHED_SECONDS, POSTGRES_RATE, watch=True)
        yield from _visible(
            f"signed POST to visible in the API, Postgres, {POSTGRES_RATE:,}/s", busy, 50, 250, 20
        )


def _on_sqlite(folder: Path, program: Path) -> Iterator[Row]:
    template = folder / "template"
    login = set_up(sqlite_in(template), template, SQLITE_RATE * SQLITE_SECONDS // 4)

    def run() -> Run:
        data_dir = Path(tempfile.mkdtemp(dir=folder))
        shutil.copytree(template, data_dir, dirs_exist_ok=True)
        url = sqlite_in(data_dir)
        stage = Stage(url, settings(url, data_dir), login)
        return _run(stage, program, folder, SQLITE_SECONDS, SQLITE_RATE, watch=False)

    runs = [run() for _ in range(RUNS)]
    yield from _latencies(
        f"both together, SQLite, {SQLITE_RATE:,}/s for {SQLITE_SECONDS} s", runs, 10, 50, None, None
    )
    yield from _backlogs(runs)


def sqlite_in(data_dir: Path) -> str:
    return f"sqlite:///{data_dir / 'gateway.sqlite3'}"


def set_up(url: str, data_dir: Path, messages: int) -> dict[str, str]:
    """A shop to which so many messages belong; a login for its API."""
    data_dir.mkdir(parents=True, exist_ok=True)
    environment = settings(url, data_dir)
    manage(["migrate", "--no-input"], environment)
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.stage", str(messages)],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BenchmarkFailed(f"the stage: {done.stderr[-2000:]}")
    login: dict[str, str] = json.loads(done.stdout)
    return login


def _run(stage: Stage, program: Path, folder: Path, seconds: int, rate: int, *, watch: bool) -> Run:
    """Offer so much for so long, and see that nothing is lost and nothing is there twice."""
    distinct = rate * seconds // 400 * 400
    deliveries, count = written(folder, distinct)
    with all_parts(stage) as (door, rest, worker):
        watching = _watch(door, rest, stage, sparing=rate > QUIET_RATE) if watch else None
        before = _cpu(door, rest, worker)
        if watching:
            watching.start()
        with (
            offered(program, door, deliveries, rate) as generator,
            databases.asked(stage.url, WAITING) as waiting,
        ):
            backlog = 0
            while generator.popen.poll() is None:
                backlog = max(backlog, waiting())
                time.sleep(0.5)
            told = told_by(generator)
        ended = time.monotonic()
        visible = watching.stop() if watching else []
        _await_empty_inbox(stage.url)
        emptied_after = time.monotonic() - ended
        used = {name: (cpu - before[name]) / told.seconds for name, cpu in _cpu(door, rest, worker).items()}
    _expect_everything_once(stage.url, distinct, count + len(visible))
    return Run(told, backlog, emptied_after, {**used, "generator": told.cpu / told.seconds}, visible)


@cache  # The runs of one rate are offered the same; to write it takes seconds.
def written(folder: Path, distinct: int) -> tuple[Path, int]:
    """So many different deliveries, signed, in a file there; how many lines it has, for some come again."""
    path = folder / f"deliveries-{distinct}"
    return path, write_signed(path, traffic(distinct))


def _watch(door: Running, rest: Running, stage: Stage, *, sparing: bool) -> Watch:
    token, conversation = stage.login["token"], stage.login["watched"]
    return Watch(door, rest, url=stage.url, token=token, conversation=conversation, sparing=sparing)


def _await_empty_inbox(url: str) -> None:
    until = time.monotonic() + EMPTY_WITHIN
    with databases.asked(url, WAITING) as waiting:
        while waiting():
            if time.monotonic() > until:
                raise BenchmarkFailed(f"the inbox is not empty {EMPTY_WITHIN:.0f} s after the last delivery")
            time.sleep(0.05)


@contextmanager
def all_parts(stage: Stage) -> Iterator[tuple[Running, Running, Process]]:
    """The parts of an installation, each in a process of its own, and the worker at work."""
    door = product("door", ["web", "--doors", "webhooks", "--port", "{port}"], stage.environment)
    rest = product("rest", ["web", "--doors", "rest", "--port", "{port}"], stage.environment)
    worker = [sys.executable, str(ROOT / "manage.py"), "worker"]
    with (
        running(door) as its_door,
        running(rest) as its_rest,
        started("worker", worker, stage.environment) as its_worker,
    ):
        write_once(its_door)
        _await_empty_inbox(stage.url)
        yield its_door, its_rest, its_worker


def _cpu(door: Running, rest: Running, worker: Process) -> dict[str, float]:
    parts = {"door": door.process, "rest": rest.process, "worker": worker}
    return {name: process.cpu_seconds() for name, process in parts.items()}


def _expect_everything_once(url: str, distinct: int, answered: int) -> None:
    expected = {
        STORED: (answered, None),
        INBOUND: (distinct // 4, distinct // 4),
        READ: (distinct // 4, distinct // 4),
        UNREAD.format(watched=WATCHED_CONTACT): (distinct // 4, distinct // 4),
    }
    for query, (least, most) in expected.items():
        found = databases.number(url, query)
        if found < least or (most is not None and found > most):
            raise BenchmarkFailed(f"{found} instead of {least}: {query}")


def _latencies(
    what: str, runs: Sequence[Run], p50: float, p99: float, aim50: float | None, aim99: float | None
) -> Iterator[Row]:
    cores = {name: median(run.cpu[name] for run in runs) for name in runs[0].cpu}
    note = (
        ", ".join(f"{name} {used:.2f}" for name, used in cores.items())
        + " cores; all answered 200, each there once"
    )
    halves = [run.told.p50 for run in runs], [run.told.p99 for run in runs]
    yield _lower(f"{what}, median", median(halves[0]), "ms", p50, aim50, _each(halves[0]))
    yield _lower(f"{what}, p99", median(halves[1]), "ms", p99, aim99, f"{_each(halves[1])}; {note}")


def _backlogs(runs: Sequence[Run]) -> Iterator[Row]:
    backlogs, seconds = [run.backlog for run in runs], [run.emptied_after for run in runs]
    yield _lower("... largest backlog", median(backlogs), "rows", 4_000, None, _each(backlogs))
    yield _lower("... backlog gone after the end", median(seconds), "s", 2, None, _each(seconds))


def _visible(what: str, run: Run, p50: float, p99: float, aim: float) -> Iterator[Row]:
    times = sorted(run.visible)
    note = f"{len(times)} messages watched, longest {times[-1]:.0f} ms"
    yield _lower(f"{what}, p50", median(times), "ms", p50, aim, note)
    yield _lower(f"{what}, p99", times[math.ceil(0.99 * len(times)) - 1], "ms", p99, None, note)


def _lower(what: str, measured: float, unit: str, at_most: float, aim: float | None, note: str) -> Row:
    return Row(what=what, measured=measured, unit=unit, at_least=at_most, aim=aim, better="lower", note=note)


def _each(figures: Sequence[float]) -> str:
    return "runs: " + ", ".join(f"{figure:.3g}" for figure in figures)
