"""A sign of life for health checks: a file that is touched as long as the work goes on. Run, it says whether."""

from __future__ import annotations

import sys
import time
from pathlib import Path

FRESH_FOR = 30.0  # Seconds.


def beat(file: Path | None) -> None:
    """The work goes on at this moment."""
    if file:
        file.touch()


def is_fresh(file: Path) -> bool:
    """Whether the work went on a moment ago."""
    try:
        return time.time() - file.stat().st_mtime < FRESH_FOR
    except FileNotFoundError:
        return False


if __name__ == "__main__":  # pragma: no cover
    sys.exit(not is_fresh(Path(sys.argv[1])))
