"""The door: durable acknowledgements per second, against the same server that stores nothing and against others."""

from __future__ import annotations

import os
import random
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

from benchmarks import databases
from benchmarks.closed_loop import Cell, load
from benchmarks.deliveries import message, write_signed
from benchmarks.servers import PYTHON, ROOT, Running, Server, manage, product, running, settings
from benchmarks.table import BenchmarkFailed, Row, ratio

ROUNDS = int(os.environ.get("DOOR_ROUNDS", "5"))
SECONDS = int(os.environ.get("DOOR_SECONDS", "2"))
WARM_UP = 1
DISTINCT = 20_000

# Nobody tidies it up in a round of somebody else.
TABLE = (
    "CREATE TABLE deliveries (id bigserial PRIMARY KEY, received_at timestamptz NOT NULL, body bytea NOT NULL) "
    "WITH (autovacuum_enabled = false)"
)
OURS = "receiving_webhookevent"

Cells = Mapping[str, Sequence[Cell]]

_PYTHON = str(PYTHON / "python")
_GRANIAN = "django_app:application --interface wsgi --blocking-threads 16 --backpressure 256 --no-ws --log-level error"
_GUNICORN = "django_app:application --threads 16 --log-level error --keep-alive 75 --bind 127.0.0.1:{port}"
_UVICORN = "--log-level error --no-access-log --timeout-keep-alive 75 --port {port}"

_VERIFY = "benchmarks.verify_only:application"
# The same server as ours, as it comes, with the least that a door can do ...
VERIFY_ONLY = Server(
    name="verify only", command=[sys.executable, "-m", "uvicorn", _VERIFY, *_UVICORN.split()], folder=ROOT
)
# ... and as we have made it.
OUR_VERIFY_ONLY = Server(
    name="verify only, ours", command=[sys.executable, "-m", "benchmarks.verify_only", "{port}"], folder=ROOT
)

# Those that insert one row a request, into the database of the run.
STORING = (
    Server(name="Django", command=[_PYTHON, "-m", "granian", *_GRANIAN.split(), "--port", "{port}"]),
    Server(
        name="Django, usual",
        command=[_PYTHON, "-m", "gunicorn", *_GUNICORN.split()],
        environment={"USUAL": "1"},
    ),
    Server(name="FastAPI", command=[_PYTHON, "-m", "uvicorn", "fastapi_app:app", *_UVICORN.split()]),
    Server(name="Express", command=["node", "express_app.mjs", "{port}"]),
)
STORING_NOTHING = (
    VERIFY_ONLY,
    OUR_VERIFY_ONLY,
    Server(name="pywa", command=[_PYTHON, "-m", "uvicorn", "pywa_app:app", *_UVICORN.split()]),
    Server(name="whatsapp-api-js", command=["node", "whatsapp_api_js_app.mjs", "{port}"]),
)
# What is compared with -> in words, the least, the aim.
PROMISES: Mapping[str, tuple[str, float | None, float | None]] = {
    "verify only": ("of the same server that stores nothing", 0.65, 0.8),
    "verify only, ours": ("... of that server with our own write and limits", None, None),
    "Django": ("against a plain Django view, ORM insert per request", 10.0, 14.0),
    "Django, usual": ("against gunicorn, middleware and DRF", 25.0, 40.0),
    "FastAPI": ("against FastAPI and asyncpg, insert per request", 5.0, 8.0),
    "Express": ("against Express and pg, insert per request", 4.0, 7.0),
    "pywa": ("against pywa, which stores nothing", 3.0, 4.0),
    "whatsapp-api-js": ("against whatsapp-api-js, which stores nothing", 0.85, 1.0),
}


def measure() -> list[Row]:
    """The rows of the table."""
    with tempfile.TemporaryDirectory(prefix="bench-door-") as folder:
        deliveries = Path(folder) / "deliveries"
        write_signed(deliveries, map(message, range(DISTINCT)))
        rows = _on_postgres(Path(folder), deliveries)
        return rows + _on_sqlite(Path(folder), deliveries)


def _on_postgres(folder: Path, deliveries: Path) -> list[Row]:
    with databases.postgres("gw_bench_door") as url, ExitStack() as stack:
        databases.run(url, TABLE)
        tables = {server.name: "deliveries" for server in STORING} | {"door": OURS}
        servers = [
            Server(
                name=each.name,
                command=each.command,
                environment={
                    **each.environment,
                    "REFERENCE_DATABASE_URL": url,
                    "DJANGO_SETTINGS_MODULE": "django_settings",
                },
            )
            for each in STORING
        ]
        every = [stack.enter_context(running(each)) for each in (*servers, *STORING_NOTHING)]
        every.append(stack.enter_context(_door(url, folder / "postgres")))
        cells = _rounds(every, deliveries, url, tables)
    return [
        _row(f"durable acknowledgements, Postgres, {words}", cells, name, least, aim)
        for name, (words, least, aim) in PROMISES.items()
    ]


def _on_sqlite(folder: Path, deliveries: Path) -> list[Row]:
    url = f"sqlite:///{folder / 'sqlite' / 'gateway.sqlite3'}"
    with ExitStack() as stack:
        every = [
            stack.enter_context(running(VERIFY_ONLY)),
            stack.enter_context(_door(url, folder / "sqlite")),
        ]
        cells = _rounds(every, deliveries, url, {"door": OURS})
    return [
        _row(
            "durable acknowledgements, SQLite (FULL), of the same server that stores nothing",
            cells,
            "verify only",
            0.6,
            0.75,
        )
    ]


@contextmanager
def _door(url: str, data_dir: Path) -> Iterator[Running]:
    data_dir.mkdir(parents=True, exist_ok=True)
    environment = settings(url, data_dir)
    manage(["migrate", "--no-input"], environment)
    with running(product("door", ["web", "--doors", "webhooks", "--port", "{port}"], environment)) as door:
        yield door


def _rounds(every: Sequence[Running], deliveries: Path, url: str, tables: Mapping[str, str]) -> Cells:
    """
    Everybody in turn, in another order each round; the first, short one only warms up. Nobody pays for what those
    before have left to be written behind.
    """
    cells: dict[str, list[Cell]] = defaultdict(list)
    order = random.Random(4)  # Not for secrets.
    for turn in range(ROUNDS + 1):
        for each in order.sample(list(every), len(every)):
            table = tables.get(each.server.name)
            databases.write_behind(url)
            before = databases.number(url, f"SELECT count(*) FROM {table}") if table else 0
            cell = load(each, deliveries, SECONDS if turn else WARM_UP)
            if table:
                _expect_rows(each, cell, databases.number(url, f"SELECT count(*) FROM {table}") - before)
            if turn:
                cells[each.server.name].append(cell)
    return cells


def _expect_rows(running: Running, cell: Cell, rows: int) -> None:
    if rows < cell.answers:
        raise BenchmarkFailed(f"{running.server.name} answered {cell.answers} times and kept {rows} rows")


def _row(what: str, cells: Cells, reference: str, at_least: float | None, aim: float | None) -> Row:
    ours, theirs = cells["door"], cells[reference]
    return Row(
        what=what,
        measured=ratio([cell.per_second for cell in ours], [cell.per_second for cell in theirs]),
        unit="x",
        at_least=at_least,
        aim=aim,
        note=f"{_shown(ours)} against {_shown(theirs)}",
    )


def _shown(cells: Sequence[Cell]) -> str:
    rate = median(cell.per_second for cell in cells)
    p50, p99 = median(cell.p50 for cell in cells), median(cell.p99 for cell in cells)
    return f"{rate:,.0f}/s (p50 {p50:.1f}, p99 {p99:.1f} ms, {median(cell.cpu for cell in cells):.0f} us)"
