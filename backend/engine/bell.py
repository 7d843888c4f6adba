"""The embedded engine's doorbell: a datagram on the loopback that names a lane. It may get lost; the sweep is there."""

from __future__ import annotations

import contextlib
import os
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path

HOST = "127.0.0.1"


class LoopbackBell:
    """Rings the worker whose port stands in the file."""

    def __init__(self, port_file: Path) -> None:
        self.port_file = port_file
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self._port = 0
        self._read_at = -1.0

    def __call__(self, lane: str) -> None:
        with contextlib.suppress(OSError, ValueError):
            self.socket.sendto(lane.encode(), (HOST, self._current_port()))

    def _current_port(self) -> int:
        changed_at = self.port_file.stat().st_mtime
        if changed_at != self._read_at:
            self._port, self._read_at = int(self.port_file.read_text()), changed_at
        return self._port


def listen(port_file: Path, heard: Callable[[str], None]) -> None:
    """Hear rings for ever; call it in a thread of its own."""
    ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    ear.bind((HOST, 0))
    port_file.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=port_file.parent)
    with os.fdopen(handle, "w") as file:
        file.write(str(ear.getsockname()[1]))
    os.replace(temporary, port_file)
    while True:
        heard(ear.recv(64).decode("ascii", "replace"))
