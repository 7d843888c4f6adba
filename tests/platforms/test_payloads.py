from __future__ import annotations

import pytest

from tests.platforms.cases import Case, as_json, cases
from tests.platforms.cast import Meta

CASES = [case for slug in ("messenger", "instagram", "whatsapp") for case in cases(slug)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.platform.lower()}-{case.name}")
def test_parse(case: Case) -> None:
    notices = Meta({}).adapter(case.platform).parse(case.payload)
    assert [as_json(notice) for notice in notices] == case.notices
