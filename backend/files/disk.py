"""The storage where none is named: a folder of this machine, or one that all machines share."""

from __future__ import annotations

import os
from pathlib import Path

from django.core.files import File
from django.core.files.storage import FileSystemStorage


class Disk(FileSystemStorage):
    """What is saved survives a loss of power: the platforms hand a file out for days only."""

    def _save(self, name: str, content: File[bytes]) -> str:
        saved: str = super()._save(name, content)  # type: ignore[misc]
        file = Path(self.path(saved))
        for path in (file, file.parent):
            _write_through(path)
        return saved


def _write_through(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
