from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from backend.config.checks import check_settings
from backend.platforms.meta.versions import LIVES_UNTIL, trouble_with


@pytest.mark.parametrize(
    ("version", "today", "said"),
    [
        ("v25.0", date(2026, 11, 22), None),
        ("v25.0", date(2028, 4, 29), None),
        ("v25.0", date(2028, 4, 30), "ends on 29 July 2028"),
        ("v25.0", date(2028, 7, 29), "ends on 29 July 2028"),
        ("v25.0", date(2028, 7, 30), "ended on 29 July 2028"),
        ("v20.0", date(2026, 11, 22), "ended on 24 September 2026"),
        ("v26.0", date(2040, 1, 1), None),
        ("v13.0", date(2026, 11, 22), "not a version"),
        ("25", date(2026, 11, 22), "not a version"),
    ],
)
def test_a_version_that_comes_to_its_end(version: str, today: date, said: str | None) -> None:
    trouble = trouble_with(version, today)
    assert (trouble is None) is (said is None)
    assert (said or "") in (trouble or "")


def test_older_versions_end_first() -> None:
    ends = [end for end in LIVES_UNTIL.values() if end]
    assert ends == sorted(ends)


def test_a_start_with_an_old_version_warns_and_goes_on(settings: Any) -> None:
    settings.META_GRAPH_VERSION = "v20.0"
    (warning,) = check_settings(None)
    assert (warning.id, warning.is_serious()) == ("gateway.W002", False)
    assert "META_GRAPH_VERSION" in str(warning.hint)
