"""The one clock of the house. Only the sandbox may move it, by a file that the simulator reads as well."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

REREAD_AFTER = 1.0  # Seconds; a moved clock is seen everywhere within two.


class Clock:
    """Real time plus the offset in a file; without a file, real time."""

    def __init__(self, offset_file: Path | None = None, *, reread_after: float = REREAD_AFTER) -> None:
        self.offset_file = offset_file
        self.reread_after = reread_after
        self._offset = 0
        self._read_at = float("-inf")

    def now(self) -> datetime:
        """The present, aware, in UTC."""
        present = datetime.now(UTC)
        if self.offset_file is None:
            return present
        return present + timedelta(seconds=self._offset_in(self.offset_file))

    def _offset_in(self, file: Path) -> int:
        if time.monotonic() - self._read_at >= self.reread_after:
            self._read_at = time.monotonic()
            self._offset = read_offset(file)
        return self._offset


def read_offset(path: Path) -> int:
    """Seconds in the file; 0 where there is no file or no number."""
    try:
        return int(path.read_text().strip() or 0)
    except (OSError, ValueError):
        return 0


_clock = Clock()


def use_offset_file(path: Path | None) -> None:
    """Follow the sandbox's clock; None: real time only. Called once, when the building is turned on."""
    global _clock
    _clock = Clock(path)


def now() -> datetime:
    """The present, aware, in UTC."""
    return _clock.now()
