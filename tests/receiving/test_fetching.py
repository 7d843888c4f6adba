"""Files are fetched once each, whatever the host says of them."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable

import httpx2
import pytest

from backend.feed.models import FeedEntry
from backend.files.models import StoredFile
from backend.integrations.models import ChannelIntegration
from backend.receiving import media
from backend.receiving.fetching import digest_in
from tests.files.keeping import content_of
from tests.files.samples import HTML, JPEG
from tests.receiving.media_host import LINK, META, Meta, drained, sent, served


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
    assert FeedEntry.objects.latest("id").type == "message.updated"
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


def test_two_who_look_at_once_fetch_once(meta: Meta, page: ChannelIntegration) -> None:
    row = sent(page)

    def look_again() -> httpx2.Response:
        media.drain(map)
        return served(JPEG)

    meta.answers["/cdn/1"] = [look_again]
    assert drained(row).state == "STORED"
    assert len(meta.asked) == 1


def test_the_same_bytes_twice_are_kept_once(meta: Meta, page: ChannelIntegration) -> None:
    meta.answers["/cdn/1"] = [lambda: served(JPEG)]
    first, second = drained(sent(page)), drained(sent(page, "m_2"))
    assert first.file_id == second.file_id
    assert StoredFile.objects.count() == 1
