"""A bar for work that takes a while: how far it is, how fast, how long it still takes. Silent where nobody watches."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TextIO

WIDTH = 30
REDRAW_AFTER = 0.1  # Seconds.


class Progress:
    """Drawn on one line of a terminal; into a file or a pipe it writes nothing."""

    def __init__(
        self,
        out: TextIO,
        total: int,
        *,
        clock: Callable[[], float] = time.monotonic,
        is_shown: bool | None = None,
    ) -> None:
        self.out = out
        self.total = total
        self.clock = clock
        self.is_shown = out.isatty() if is_shown is None else is_shown
        self.done = 0
        self.began_at = clock()
        self.drawn_at = float("-inf")

    def advance(self, count: int) -> None:
        """So many more are done."""
        self.done += count
        if self.is_shown and (self.done >= self.total or self.clock() - self.drawn_at >= REDRAW_AFTER):
            self.drawn_at = self.clock()
            self.out.write(f"\r{self.line()}\x1b[K")
            self.out.flush()

    def end(self) -> None:
        """Leave the line."""
        if self.is_shown and self.done:
            self.out.write("\n")
            self.out.flush()

    def line(self) -> str:
        """What the bar says now."""
        total = max(self.total, self.done)
        filled = WIDTH * self.done // total if total else WIDTH
        elapsed = self.clock() - self.began_at
        rate = self.done / elapsed if elapsed > 0 else 0.0
        rest = f"{_short((total - self.done) / rate)} left" if rate else ""
        bar = "#" * filled + "." * (WIDTH - filled)
        return f"[{bar}] {self.done:,} of {total:,}  {rate:,.0f}/s  {rest}".rstrip()


def _short(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
