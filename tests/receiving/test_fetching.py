"""Files are fetched once each, whatever the host says of them, and given up with a reason."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from django.conf import settings as django_settings

from backend.conversations.models import Attachment
from backend.feed.models import FeedEntry
from backend.files.models import FileState, StoredFile
from backend.integrations.models import ChannelIntegration
from backend.lib import clock
from backend.platforms import port
from backend.platforms.port import AttachmentType, MessageType
from backend.receiving import media
from backend.receiving.fetching import LEASE, MISMATCHES, TRIES, digest_in
from tests.conftest import Cast
from tests.conversations.said import deleted, received, tell
from tests.files.keeping import content_of
from tests.files.samples import HTML, JPEG, PNG
from tests.integrations.accounts import connected
from tests.platforms.cast import refusal

META = django_settings.META_GRAPH_URL
LINK = f"{META}/cdn/1"

Answer = httpx2.Response | Exception | Callable[[], httpx2.Response]


class Body(httpx2.SyncByteStream):
    def __init__(self, content: bytes) -> None:
        self.content = content

    def __iter__(self) -> Iterator[bytes]:
        yield self.content


def served(content: bytes) -> httpx2.Response:
    return httpx2.Response(200, headers={"Content-Type": "image/jpeg"}, stream=Body(content))


@dataclass
class Meta:
    """Meta and its media host: by path, what it answers, one after the other; the last one stays."""

    answers: dict[str, list[Answer]] = field(default_factory=dict)
    asked: list[httpx2.Request] = field(default_factory=list)

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request)
        answers = self.answers[request.url.path.removeprefix("/v25.0")]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer() if callable(answer) else answer

    @property
    def paths(self) -> list[str]:
        return [request.url.path.removeprefix("/v25.0") for request in self.asked]


@pytest.fixture
def meta(settings: Any) -> Meta:
    said = Meta()
    settings.META_TRANSPORT = httpx2.MockTransport(said)
    return said


@pytest.fixture
def number(cast: Cast) -> ChannelIntegration:
    return connected(cast.business, "WHATSAPP")


Later = Callable[[timedelta], None]


@pytest.fixture
def later(tmp_path: Path) -> Iterator[Later]:
    """Move the clock on, each time by so much."""
    offset_file, passed = tmp_path / "clock", timedelta()

    def move(by: timedelta) -> None:
        nonlocal passed
        passed += by
        offset_file.write_text(str(int(passed.total_seconds())))
        clock.use_offset_file(offset_file)

    yield move
    clock.use_offset_file(django_settings.DATA_DIR / "clock")


def sent(integration: ChannelIntegration, external_id: str = "m_1", **said: Any) -> Attachment:
    """The contact sent one picture."""
    told = port.Attachment(**{"type": AttachmentType.IMAGE, "url": LINK, "mime_type": "image/jpeg"} | said)
    notice = received(external_id, type=MessageType.IMAGE, attachments=(told,), occurred_at=clock.now())
    tell(integration, notice)
    return Attachment.objects.get(message__external_id=external_id)


def drained(row: Attachment) -> Attachment:
    media.drain(map)
    return Attachment.objects.select_related("file").get(pk=row.pk)


def test_a_link_that_came_along_is_enough(meta: Meta, page: ChannelIntegration) -> None:
    meta.answers["/cdn/1"] = [lambda: served(JPEG)]
    row = drained(sent(page))
    assert (row.state, row.mime_type, row.size, row.url, row.due_at) == (
        "STORED",
        "image/jpeg",
        len(JPEG),
        "",
        None,
    )
    assert row.file
    assert content_of(row.file) == JPEG
    assert "authorization" not in meta.asked[0].headers, "this link wants no token"
    assert list(FeedEntry.objects.values_list("type", flat=True))[-1] == "message.updated"
    media.drain(map)
    assert len(meta.asked) == 1


def test_whatsapp_is_asked_for_the_link_and_shown_the_token(meta: Meta, number: ChannelIntegration) -> None:
    meta.answers = {
        "/1003": [httpx2.Response(200, json={"url": LINK, "file_size": str(len(JPEG)), "id": "1003"})],
        "/cdn/1": [lambda: served(JPEG)],
    }
    row = drained(sent(number, url="", media_id="1003"))
    assert row.state == "STORED"
    assert [request.headers["authorization"][:7] for request in meta.asked] == ["Bearer "] * 2
    assert meta.asked[0].url.params["phone_number_id"] == number.account_id


def test_a_dead_link_is_asked_for_once_more_at_once(meta: Meta, number: ChannelIntegration) -> None:
    meta.answers = {
        "/1003": [httpx2.Response(200, json={"url": f"{META}/cdn/2"})],
        "/cdn/1": [httpx2.Response(404)],
        "/cdn/2": [lambda: served(JPEG)],
    }
    assert drained(sent(number, media_id="1003")).state == "STORED"
    assert meta.paths == ["/cdn/1", "/1003", "/cdn/2"]


def test_a_page_finds_a_fresh_link_in_the_message(meta: Meta, page: ChannelIntegration) -> None:
    shown = {"attachments": {"data": [{"image_data": {"url": f"{META}/cdn/2"}}]}}
    meta.answers = {
        "/m_1": [httpx2.Response(200, json=shown)],
        "/cdn/1": [httpx2.Response(403)],
        "/cdn/2": [lambda: served(JPEG)],
    }
    assert drained(sent(page)).state == "STORED"


@pytest.mark.parametrize(
    "write", [bytes.hex, lambda d: base64.b64encode(d).decode(), lambda d: d.hex().upper()]
)
def test_the_checksum_is_read_in_either_encoding(
    meta: Meta, number: ChannelIntegration, write: Callable[[bytes], str]
) -> None:
    digest = hashlib.sha256(JPEG).digest()
    meta.answers["/cdn/1"] = [lambda: served(JPEG)]
    assert drained(sent(number, media_id="1003", sha256=write(digest))).state == "STORED"
    assert digest_in(write(digest)) == digest


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


def test_a_size_that_differs_is_no_proof_where_the_checksum_fits(
    meta: Meta, number: ChannelIntegration
) -> None:
    told = {"url": LINK, "file_size": 1, "sha256": hashlib.sha256(JPEG).hexdigest()}
    meta.answers = {"/1003": [httpx2.Response(200, json=told)], "/cdn/1": [lambda: served(JPEG)]}
    assert drained(sent(number, url="", media_id="1003")).state == "STORED"


def test_the_type_is_what_came(meta: Meta, page: ChannelIntegration) -> None:
    meta.answers["/cdn/1"] = [lambda: served(HTML)]
    row = drained(sent(page))
    assert (row.state, row.mime_type) == ("STORED", "application/octet-stream")


def test_a_file_that_is_too_large_is_given_up_at_once(
    meta: Meta, page: ChannelIntegration, settings: Any
) -> None:
    settings.MEDIA_MAX_MB = 1
    meta.answers["/cdn/1"] = [lambda: served(b"x" * 2_000_000)]
    row = drained(sent(page))
    assert (row.state, row.error_code) == ("FAILED", "media_too_large")
    assert "1 MiB" in row.error_message
    assert list(FeedEntry.objects.values_list("type", flat=True))[-1] == "message.updated"


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


def test_two_who_look_at_once_fetch_once(meta: Meta, page: ChannelIntegration) -> None:
    row = sent(page)

    def look_again() -> httpx2.Response:
        media.drain(map)
        return served(JPEG)

    meta.answers["/cdn/1"] = [look_again]
    assert drained(row).state == "STORED"
    assert len(meta.asked) == 1


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


def test_the_same_bytes_twice_are_kept_once(meta: Meta, page: ChannelIntegration) -> None:
    meta.answers["/cdn/1"] = [lambda: served(JPEG)]
    first, second = drained(sent(page)), drained(sent(page, "m_2"))
    assert first.file_id == second.file_id
    assert StoredFile.objects.count() == 1
