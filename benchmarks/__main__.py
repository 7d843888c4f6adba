"""Runs the benchmarks and prints their table: `make bench`, `make bench-long`, or `make bench ONLY=tokens,reads`."""

from __future__ import annotations

import argparse
import importlib
import os
import pkgutil
import sys
import time

import django

import benchmarks
from benchmarks import machine
from benchmarks.table import BenchmarkFailed, Row, shown

PREFIX = "bench_"
LONG = ("importing", "sending", "tokens")  # Minutes each; the others together take less than ten.


def names() -> list[str]:
    """Every benchmark: a module `bench_NAME` with a function `measure() -> list[Row]`."""
    found = (module.name for module in pkgutil.iter_modules(benchmarks.__path__))
    return sorted(name.removeprefix(PREFIX) for name in found if name.startswith(PREFIX))


def run(name: str) -> list[Row]:
    """The rows of one benchmark, with the time it took."""
    began = time.monotonic()
    sys.stdout.write(f"{name} ...\n")
    sys.stdout.flush()
    rows: list[Row] = importlib.import_module(f"benchmarks.{PREFIX}{name}").measure()
    sys.stdout.write(f"{shown(rows)}\n  ({time.monotonic() - began:.0f} s; {machine.speeds()})\n\n")
    sys.stdout.flush()
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description="How fast the product is, as ratios.")
    parser.add_argument(
        "only", nargs="*", help=f"some of: {', '.join(names())} (default: all but {', '.join(LONG)})"
    )
    parser.add_argument("--long", action="store_true", help=f"those that take long: {', '.join(LONG)}")
    asked = parser.parse_args()
    wanted = asked.only or [name for name in names() if (name in LONG) == asked.long]
    unknown = sorted(set(wanted) - set(names()))
    if unknown:
        parser.error(f"there is no benchmark {', '.join(unknown)}; there are {', '.join(names())}")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.config.settings")
    django.setup()  # Before any benchmark is imported.
    sys.stdout.write(f"{machine.described()}; {machine.speeds()}\n")
    try:
        rows = [row for name in wanted for row in run(name)]
    except BenchmarkFailed as error:
        sys.stdout.write(f"FAILED: {error}\n")
        return 2
    short = [row.what for row in rows if not row.holds]
    sys.stdout.write(f"{len(rows)} rows, {len(short)} fall short{': ' if short else '.'}{'; '.join(short)}\n")
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main())
