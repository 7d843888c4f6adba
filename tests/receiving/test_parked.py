from __future__ import annotations

from datetime import timedelta

import pytest

from backend.conversations.models import ParkedNotice
from backend.lib.clock import now
from backend.receiving import parked
from tests.conftest import Cast
from tests.integrations.accounts import connected


@pytest.mark.parametrize(("days", "left"), [(7, 1), (9, 0)])
def test_what_waits_in_vain_is_dropped(cast: Cast, days: int, left: int) -> None:
    integration = connected(cast.business, "MESSENGER")
    ParkedNotice.objects.create(
        integration=integration,
        account_id=integration.account_id or "",
        external_id="m_never",
        kind="MessageDeleted",
        content={},
        digest="d",
        created_at=now() - timedelta(days=days),
    )
    assert parked.drain() is False
    assert ParkedNotice.objects.count() == left
