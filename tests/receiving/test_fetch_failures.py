"""A file that cannot be had is given up with a reason, and not before it was tried."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from backend.conversations.models import Attachment
from backend.feed.models import FeedEntry
from backend.files.models import FileState, StoredFile
from backend.integrations.models import ChannelIntegration
from backend.lib import clock
from backend.receiving.fetching import LEASE, MISMATCHES, TRIES
from tests.conversations.said import deleted, tell
from tests.files.samples import JPEG, PNG
from tests.platforms.cast import refusal
from tests.receiving.media_host import LINK, Answer, Later, Meta, drained, sent, served


def test_other_bytes_than_were_told_of_are_asked_for_again_and_given_up(
    meta: Meta, number: ChannelIntegration, later: Later
) -> None:
    meta.answers = {
        "/1003": [lambda: httpx2.Response(200, json={"url": LINK})],
        "/cdn/1": [lambda: served(JPEG)],
    }
    row = sent(number, media_id="1003", sha256=hashlib.sha256(PNG).hexdigest())
    for _ in range(MISMATCHES):
        assert Attachment.objects.get().state == "PENDING"
        row = drained(row)
        later(timedelta(days=1))
    assert (row.state, row.error_code, row.file) == ("FAILED", "media_changed", None)
    assert row.error_message
    assert row.error_resolution
    assert not StoredFile.objects.exists()


def test_a_file_that_is_too_large_is_given_up_at_once(
    meta: Meta, page: ChannelIntegration, settings: Any
) -> None:
    settings.MEDIA_MAX_MB = 1
    meta.answers["/cdn/1"] = [lambda: served(b"x" * 2_000_000)]
    row = drained(sent(page))
    assert (row.state, row.error_code) == ("FAILED", "media_too_large")
    assert "1 MiB" in row.error_message
    assert FeedEntry.objects.latest("id").type == "message.updated"


def test_a_link_to_elsewhere_is_not_followed(meta: Meta, page: ChannelIntegration) -> None:
    meta.answers["/m_1"] = [refusal(100, 33)]
    row = drained(sent(page, url="https://evil.test/a.jpg"))
    assert (row.state, row.error_code) == ("FAILED", "media_unavailable")
    assert meta.paths == ["/m_1"], "only Meta was asked, for a better link"


def test_what_meta_does_not_keep_any_more_is_given_up(meta: Meta, number: ChannelIntegration) -> None:
    meta.answers["/1003"] = [refusal(100, 33)]
    row = drained(sent(number, url="", media_id="1003"))
    assert (row.state, row.error_code) == ("FAILED", "media_unavailable")
    assert "Meta says" in row.error_message


@pytest.mark.parametrize(
    "blip",
    [httpx2.Response(503), httpx2.ReadTimeout("late"), httpx2.Response(404), served(b"")],
    ids=repr,
)
def test_a_blip_passes(meta: Meta, page: ChannelIntegration, later: Later, blip: Answer) -> None:
    shown = {"attachments": {"data": [{"image_data": {"url": LINK}}]}}
    meta.answers = {
        "/cdn/1": [blip, httpx2.Response(500), lambda: served(JPEG)],
        "/m_1": [lambda: httpx2.Response(200, json=shown)],
    }
    row = sent(page)
    states = []
    for _ in range(3):
        states.append(drained(row).state)
        later(timedelta(minutes=10))
    assert states[-1] == "STORED"
    assert set(states[:-1]) <= {"PENDING", "STORED"}


def test_an_outage_that_lasts_for_days_ends_with_a_reason(
    meta: Meta, number: ChannelIntegration, later: Later
) -> None:
    meta.answers["/1003"] = [httpx2.ConnectError("down")]
    row, tries = sent(number, url="", media_id="1003"), 0
    while row.state == "PENDING":
        row, tries = drained(row), tries + 1
        later(timedelta(days=3))
    assert (tries, row.state, row.error_code) == (TRIES, "FAILED", "media_unavailable")
    assert row.error_message


def test_a_dead_token_marks_the_account_and_the_file_waits_for_a_better_one(
    meta: Meta, number: ChannelIntegration, later: Later
) -> None:
    meta.answers = {
        "/1003": [refusal(190, status=401), httpx2.Response(200, json={"url": LINK})],
        "/cdn/1": [lambda: served(JPEG)],
    }
    row = drained(sent(number, url="", media_id="1003"))
    number.refresh_from_db()
    assert (row.state, number.status, number.last_error_code) == ("PENDING", "ERROR", "reconnect_required")
    later(timedelta(hours=1))
    assert drained(row).state == "STORED"


def test_a_file_that_is_taken_back_while_it_comes_is_not_kept(meta: Meta, page: ChannelIntegration) -> None:
    def taken_back() -> httpx2.Response:
        tell(page, deleted("m_1"))
        return served(JPEG)

    meta.answers["/cdn/1"] = [taken_back]
    row = drained(sent(page))
    assert (row.state, row.file) == ("REMOVED", None)
    assert [file.state for file in StoredFile.objects.all()] == [FileState.LEAVING]


def test_whoever_died_is_followed_by_somebody_else(
    meta: Meta, page: ChannelIntegration, later: Later
) -> None:
    row = sent(page)
    assert Attachment.objects.claim(row.pk, at=clock.now(), until=clock.now() + LEASE)
    meta.answers = {
        "/m_1": [httpx2.Response(200, json={"attachments": {"data": [{"file_url": LINK}]}})],
        "/cdn/1": [lambda: served(JPEG)],
    }
    assert drained(row).state == "PENDING"
    later(LEASE + timedelta(seconds=1))
    assert drained(row).state == "STORED"


def test_a_file_that_kills_whoever_fetches_it_is_given_up(meta: Meta, page: ChannelIntegration) -> None:
    row = sent(page)
    Attachment.objects.filter(pk=row.pk).update(attempts=TRIES)
    assert drained(row).state == "FAILED"
    assert not meta.asked


def test_a_file_of_an_account_that_was_replaced_is_not_asked_for(
    meta: Meta, page: ChannelIntegration
) -> None:
    row = sent(page)
    ChannelIntegration.objects.filter(pk=page.pk).update(account_id="another")
    assert drained(row).state == "FAILED"
    assert not meta.asked
