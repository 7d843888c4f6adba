"""Bytes on their way in: on disk in a file without a name, which is gone with whoever wrote it."""

from __future__ import annotations

import hashlib
import tempfile
from types import TracebackType
from typing import IO, Self

from django.conf import settings

from backend.lib.file_types import LOOKED_AT, type_of_bytes

MEGABYTE = 1024 * 1024


class TooLarge(Exception):
    """More bytes came than are taken."""

    def __init__(self, most: int) -> None:
        self.most = most
        super().__init__(f"It is larger than {most // MEGABYTE} MiB.")


class Incoming:
    """Counts, hashes and looks at what is written to it. Raises TooLarge at the first byte that is too many."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.size = 0
        self.head = b""
        self._hash = hashlib.sha256()
        folder = settings.DATA_DIR / "incoming"
        folder.mkdir(parents=True, exist_ok=True)
        self.file: IO[bytes] = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  # Closed with this.

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.file.close()

    def start_over(self) -> None:
        """Forget what came until now."""
        self.size, self.head, self._hash = 0, b"", hashlib.sha256()
        self.file.seek(0)
        self.file.truncate()

    def write(self, chunk: bytes) -> None:
        """Take the next bytes."""
        self.size += len(chunk)
        if self.size > self.most:
            raise TooLarge(self.most)
        if len(self.head) < LOOKED_AT:
            self.head += chunk[: LOOKED_AT - len(self.head)]
        self._hash.update(chunk)
        self.file.write(chunk)

    @property
    def sha256(self) -> str:
        """Of all that came, in hex."""
        return self._hash.hexdigest()

    def type(self, told: str = "") -> str:
        """What kind of file it is."""
        return type_of_bytes(self.head, told)
