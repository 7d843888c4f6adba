import os
import secrets
import time
from datetime import UTC, datetime
from pathlib import Path


class Clock:
    """Real time plus the offset that a file holds, so that simulator and service move together."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.offset = 0
        self.read_at = float("-inf")

    def now(self) -> float:
        """Seconds since 1970, moved."""
        if time.monotonic() - self.read_at > 1:
            self.reload()
        return time.time() + self.offset

    def now_ms(self) -> int:
        """Milliseconds since 1970, moved."""
        return int(self.now() * 1000)

    def reload(self) -> None:
        """Take the offset from the file; a missing or unreadable file is no offset."""
        try:
            self.offset = int(self.path.read_text(encoding="utf-8").strip() or 0)
        except (OSError, ValueError):
            self.offset = 0
        self.read_at = time.monotonic()

    def advance(self, seconds: int) -> None:
        """Move the clock for everybody who reads the file."""
        self.reload()
        self.move_to(self.offset + seconds)

    def move_to(self, offset: int) -> None:
        """Set the offset; a reader sees the old file or the new one."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path.with_name(f".clock.{secrets.token_hex(8)}")
        draft.write_text(str(offset), encoding="utf-8")
        os.replace(draft, self.path)
        self.reload()


def iso(seconds: float) -> str:
    """The time as ISO 8601 in UTC with a Z."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
