"""What a file is, is told by its bytes; what was said decides only where these fit both."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.lib.file_types import LOOKED_AT, SHOWN_INLINE, UNKNOWN, type_of_bytes
from backend.simulator.samples import SAMPLES, sample
from tests.files import samples

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@pytest.mark.parametrize(
    ("head", "told", "found"),
    [
        (samples.PNG, "", "image/png"),
        (samples.PNG, "image/jpeg", "image/png"),
        (samples.JPEG, "text/html", "image/jpeg"),
        (samples.HTML, "image/jpeg", UNKNOWN),
        (samples.HTML, "text/html", UNKNOWN),
        (samples.SVG, "image/svg+xml", UNKNOWN),
        (b"plain \xc3\xa4 words", "text/html", "text/plain"),
        (b"name;price\n\xc3\xa4;1", "text/csv", "text/csv"),
        (b"GIF89a<script>", "image/gif", "image/gif"),
        (b"1 <script>alert(1)</script>", "text/plain", UNKNOWN),
        (samples.DOCX, WORD, WORD),
        (samples.DOCX, "image/png", "application/zip"),
        (samples.OPUS, "audio/ogg; codecs=opus", "audio/ogg"),
        (samples.MP4, "audio/mp4", "audio/mp4"),
        (samples.MP4, "image/png", "video/mp4"),
        (samples.M4A, "video/mp4", "audio/mp4"),
        (samples.WEBP, "", "image/webp"),
        (b"XXXX\x24\x00\x00\x00WEBPVP8L", "image/webp", UNKNOWN),
        (b"\xff\xf1\x50\x80", "", "audio/aac"),
        (b"\xff\xfb\x90\x64", "audio/aac", "audio/mpeg"),
        (b"ID3\x04", "", "audio/mpeg"),
        (samples.PDF, "", "application/pdf"),
        (samples.ELF, "image/png", UNKNOWN),
        (b"", "image/png", UNKNOWN),
        ("ä".encode() * LOOKED_AT, "", "text/plain"),
        (b"a" + "ä".encode() * LOOKED_AT, "", "text/plain"),
    ],
)  # fmt: skip
def test_what_it_is(head: bytes, told: str, found: str) -> None:
    assert type_of_bytes(head, told) == found


@pytest.mark.parametrize("kind", sorted(SAMPLES))
def test_what_customers_send_is_known(kind: str) -> None:
    mime_type = SAMPLES[kind][0]
    assert type_of_bytes(sample(kind)) == mime_type.partition(";")[0]


@given(st.binary(max_size=200), st.sampled_from(["text/html", "image/svg+xml", "application/xhtml+xml", "x"]))
def test_nothing_becomes_what_a_browser_runs(head: bytes, told: str) -> None:
    assert type_of_bytes(head, told) not in {"text/html", "image/svg+xml", "application/xhtml+xml"}


@given(st.sampled_from([samples.HTML, samples.SVG]), st.sampled_from(sorted(SHOWN_INLINE)))
def test_markup_is_never_shown_inline(head: bytes, told: str) -> None:
    assert type_of_bytes(head, told) not in SHOWN_INLINE
