"""A health check reads a file, and costs an interpreter."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from backend.engine.pulse import FRESH_FOR, beat, is_fresh
from tests.house.source import ROOT


def test_a_pulse_is_fresh_for_a_while(tmp_path: Path) -> None:
    file = tmp_path / "pulse"
    assert not is_fresh(file)
    beat(file)
    assert is_fresh(file)
    long_ago = time.time() - FRESH_FOR - 1
    os.utime(file, (long_ago, long_ago))
    assert not is_fresh(file)
    beat(file)
    assert is_fresh(file)


def test_who_is_not_asked_to_leaves_no_file() -> None:
    beat(None)


def test_the_check_is_a_program_that_needs_no_settings(tmp_path: Path) -> None:
    file = tmp_path / "pulse"
    command = [sys.executable, "-m", "backend.engine.pulse", str(file)]

    def exit_code() -> int:
        return subprocess.run(command, cwd=ROOT, env={}, check=False, capture_output=True).returncode

    assert exit_code() == 1
    beat(file)
    assert exit_code() == 0
