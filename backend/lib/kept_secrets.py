"""Secrets that the sandbox makes once and keeps in files, so that a second start finds the first one's data."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path


def kept_secret(directory: Path, name: str, make: Callable[[], str]) -> str:
    """The content of `directory/name`; made first where it is missing. Safe when two processes race."""
    path = directory / name
    if not path.exists():
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write_once(path, make())
    return path.read_text().strip()


def _write_once(path: Path, text: str) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent)  # Mode 0600.
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
        os.link(temporary, path)  # Atomic, and fails where somebody else was first.
    except FileExistsError:
        pass
    finally:
        os.unlink(temporary)
