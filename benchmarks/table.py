"""The words of every benchmark: a row compares what the product does with a reference of the same run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


class BenchmarkFailed(Exception):
    """A figure that cannot be trusted: a reference is missing, an answer was no success, a row is lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table. `better` says in which direction it grows better."""

    what: str
    measured: float
    unit: str  # "x" for a ratio of medians, else "ms", "MB", "rows" ...
    at_least: float | None = None  # The figure that is promised; None: it is only shown.
    aim: float | None = None
    better: str = "higher"  # or "lower"
    note: str = ""  # The absolute figures behind it, for whoever compares runs on one machine.

    @property
    def holds(self) -> bool:
        """Whether the promised figure is reached."""
        if self.at_least is None:
            return True
        return self.measured >= self.at_least if self.better == "higher" else self.measured <= self.at_least


def ratio(ours: Sequence[float], reference: Sequence[float]) -> float:
    """The ratio of the medians of rounds that were measured in turn. Raises BenchmarkFailed without a reference."""
    if not ours or not reference or not median(reference):
        raise BenchmarkFailed("a reference is missing, so there is nothing to compare with")
    return median(ours) / median(reference)


def shown(rows: Sequence[Row]) -> str:
    """The rows as text, with those that fall short marked."""
    lines = [f"{'':2}{'what':68} {'measured':>12} {'at least':>10} {'aim':>8}  note"]
    for row in rows:
        mark = "  " if row.holds else "! "
        promised = "" if row.at_least is None else f"{row.at_least:g}"
        aim = "" if row.aim is None else f"{row.aim:g}"
        measured = f"{row.measured:.3g} {row.unit}"
        lines.append(f"{mark}{row.what:68} {measured:>12} {promised:>10} {aim:>8}  {row.note}")
    return "\n".join(lines)
