from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes.stack import Stack


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    """An installation that is not started yet; whatever of it runs at the end is ended."""
    own = Stack(tmp_path)
    try:
        yield own
    finally:
        own.clean_up()
