from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings

from backend.lib import clock
from backend.lib.clock import Clock, read_offset
from backend.lib.ids import new_id, new_text_id

DAY = timedelta(days=1)
CLOSE = timedelta(seconds=5)


@pytest.fixture
def offset_file(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "clock"
    clock.use_offset_file(settings.DATA_DIR / "clock")


def is_close(one: datetime, other: datetime) -> bool:
    return abs(one - other) < CLOSE


def test_real_time_without_a_file(offset_file: Path) -> None:
    for path in (None, offset_file):
        clock.use_offset_file(path)
        assert is_close(clock.now(), datetime.now(UTC))
        assert clock.now().tzinfo is UTC


@pytest.mark.parametrize("days", [1, -1, 400])
def test_the_file_moves_the_clock(offset_file: Path, days: int) -> None:
    offset_file.write_text(f"{days * 86400}\n")
    clock.use_offset_file(offset_file)
    assert is_close(clock.now(), datetime.now(UTC) + days * DAY)


def test_a_clock_that_goes_sees_the_file_change(offset_file: Path) -> None:
    moving = Clock(offset_file, reread_after=0)
    for days in (0, 1, 3, 0):
        offset_file.write_text(str(days * 86400))
        assert is_close(moving.now(), datetime.now(UTC) + days * DAY)


def test_the_file_is_not_read_at_every_look(offset_file: Path) -> None:
    resting = Clock(offset_file, reread_after=3600)
    assert is_close(resting.now(), datetime.now(UTC))
    offset_file.write_text("86400")
    assert is_close(resting.now(), datetime.now(UTC))
    assert clock.REREAD_AFTER < 2  # A moved clock is seen within two seconds.


@pytest.mark.parametrize("content", ["", "  ", "tomorrow", "1.5", "\x00"])
def test_a_file_that_says_nothing(offset_file: Path, content: str) -> None:
    offset_file.write_text(content)
    assert read_offset(offset_file) == 0
    assert read_offset(offset_file.parent) == 0


def test_ids_are_in_the_order_in_which_they_were_made() -> None:
    ids = [new_id() for _ in range(2000)]
    assert ids == sorted(set(ids))
    texts = [new_text_id() for _ in range(2000)]
    assert texts == sorted(set(texts))
