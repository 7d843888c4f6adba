"""What waits in each lane, and since when."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backend.api.backlogs import LANES, WITHOUT_BACKLOG, backlogs, count_up_to
from backend.config.lanes import all_lanes
from backend.connecting.models import Watch
from backend.conversations.models import Attachment, DueSignal, Erasure, Showing
from backend.files.models import StoredFile
from backend.lib.clock import now
from backend.receiving.models import ErasureSearch, WebhookEvent
from tests.api import rows
from tests.conftest import Cast


def test_every_lane_is_measured_or_has_no_backlog() -> None:
    assert {lane.name for lane in all_lanes()} <= set(LANES) | WITHOUT_BACKLOG, (
        "say in api/backlogs.py what waits"
    )
    assert set(LANES) <= {lane.name for lane in all_lanes()}


def test_the_other_lanes_tell_it_too(cast: Cast) -> None:
    present = now()
    integration = rows.connected(cast.business)
    row = rows.conversation(integration)
    sending = {"direction": "OUTBOUND", "author_kind": "MEMBER", "external_id": None}
    due = present - timedelta(seconds=7)
    queued = rows.message(row, "q", delivery_status="QUEUED", due_at=due, **sending)
    rows.message(row, "later", delivery_status="QUEUED", due_at=present + timedelta(hours=1), **sending)
    rows.message(row, "s", delivery_status="SENDING", claimed_at=present - timedelta(seconds=200), **sending)
    Watch.objects.create(
        integration=integration,
        renew_at=present - timedelta(seconds=30),
        inspect_at=present + timedelta(days=1),
    )
    erasure = Erasure.objects.create(
        platform="MESSENGER", account_id="1", erased_at=present - timedelta(seconds=3)
    )
    ErasureSearch.objects.create(erasure=erasure)
    DueSignal.objects.create(
        integration=integration, conversation=row, kind=Showing.READ, due_at=present - timedelta(seconds=4)
    )
    for seconds in (9, -60):  # One is due, one is in the hands of somebody or comes later.
        Attachment.objects.create(
            business=cast.business,
            message=queued,
            position=seconds + 60,
            state="PENDING",
            due_at=present - timedelta(seconds=seconds),
        )
    StoredFile.objects.create(business=cast.business, size=1, state="LEAVING", kept_until=present)
    found = backlogs(present)
    assert {lane: (backlog.waiting, backlog.oldest_seconds) for lane, backlog in found.items()} == {
        "inbox": (0, 0.0),
        "bulk": (0, 0.0),
        "outbox": (1, 7.0),
        "signals": (1, 4.0),
        "reactions": (0, 0.0),
        "rescue": (1, 200.0),
        "media": (1, 9.0),
        "files": (1, 0.0),
        "steps": (0, 0.0),
        "tokens": (1, 30.0),
        "farewells": (0, 0.0),
        "turns": (0, 0.0),
        "imports": (0, 0.0),
        "erasures": (1, 3.0),
        "templates": (0, 0.0),
        "uploads": (0, 0.0),
        "profiles": (0, 0.0),
    }


@pytest.mark.django_db
def test_a_count_has_an_end() -> None:
    WebhookEvent.objects.bulk_create([WebhookEvent(body=b"{}") for _ in range(5)])
    assert count_up_to(WebhookEvent.objects.all(), 3) == 3
    assert count_up_to(WebhookEvent.objects.all()) == 5
