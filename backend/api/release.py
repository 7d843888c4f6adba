"""What runs here."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from django.conf import settings


@lru_cache(maxsize=1)
def version() -> str:
    """The release that the settings name, else the commit that is checked out."""
    return settings.RELEASE or commit_of(settings.BASE_DIR / ".git") or "unknown"


def commit_of(git: Path) -> str:
    """The commit that HEAD points to; empty where there is none."""
    try:
        head = (git / "HEAD").read_text().strip()
        if not head.startswith("ref: "):
            return head
        reference = head.removeprefix("ref: ")
        loose = git / reference
        return loose.read_text().strip() if loose.exists() else _packed(git, reference)
    except OSError:
        return ""


def _packed(git: Path, reference: str) -> str:
    lines = (line.split(" ") for line in (git / "packed-refs").read_text().splitlines())
    return next((words[0] for words in lines if words[1:] == [reference]), "")
