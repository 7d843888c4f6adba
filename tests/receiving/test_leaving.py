"""Files go when their time is over, and only then."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from backend.conversations.models import Attachment, AttachmentState, Message
from backend.feed.models import FeedEntry
from backend.files.models import StoredFile
from backend.integrations.models import ChannelIntegration
from backend.lib.clock import now
from backend.platforms.port import MessageType
from backend.receiving import leaving
from tests.conversations.said import received, tell
from tests.files.keeping import is_on_disk, keep


@pytest.fixture
def picture(page: ChannelIntegration) -> Attachment:
    """A picture that is here."""
    tell(page, received("m_1", type=MessageType.IMAGE))
    return kept(page)


def kept(page: ChannelIntegration, **columns: Any) -> Attachment:
    count = Attachment.objects.count()
    return Attachment.objects.create(
        business_id=page.business_id,
        message=Message.objects.get(),
        position=count,
        type="IMAGE",
        state=AttachmentState.STORED,
        file=keep(page.business_id, str(count).encode()),
        **columns,
    )


def drain_all() -> None:
    while leaving.drain():
        pass


def ago(**time: float) -> datetime:
    return now() - timedelta(**time)


def states() -> list[str]:
    return list(Attachment.objects.order_by("position").values_list("state", flat=True))


def test_what_is_lent_goes_when_its_day_is_over(page: ChannelIntegration, picture: Attachment) -> None:
    over, living = kept(page, leaves_at=ago(seconds=1)), kept(page, leaves_at=now() + timedelta(hours=1))
    drain_all()
    assert states() == ["STORED", "REMOVED", "STORED"]
    assert over.file
    assert living.file
    assert (is_on_disk(over.file), is_on_disk(living.file)) == (False, True)
    last = FeedEntry.objects.order_by("number").last()
    assert last
    assert (last.type, last.data["messageId"]) == ("message.updated", str(picture.message_id))
    drain_all()
    assert FeedEntry.objects.order_by("number").last() == last


@pytest.mark.parametrize(("days", "after"), [(0, ["STORED", "STORED"]), (30, ["STORED", "REMOVED"])])
def test_files_are_kept_as_long_as_the_settings_say(
    page: ChannelIntegration, picture: Attachment, settings: Any, days: int, after: list[str]
) -> None:
    kept(page, created_at=ago(days=31))
    settings.MEDIA_RETENTION_DAYS = days
    drain_all()
    assert states() == after


def test_an_upload_that_nobody_sent_goes_and_one_that_was_sent_stays(
    page: ChannelIntegration, picture: Attachment
) -> None:
    sent = picture.file
    assert sent
    unsent = keep(page.business_id, b"never sent", kept_until=ago(seconds=1))
    waiting = keep(page.business_id, b"to be sent", kept_until=now() + timedelta(hours=1))
    StoredFile.objects.filter(pk=sent.pk).update(kept_until=ago(seconds=1))
    drain_all()
    assert [is_on_disk(file) for file in (sent, unsent, waiting)] == [True, False, True]
    sent.refresh_from_db()
    assert sent.kept_until is None
