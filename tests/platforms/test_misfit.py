"""Why a signature does not fit, in words for whoever runs the service."""

from __future__ import annotations

import gzip
import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as some

from backend.lib.secret import Secret
from backend.platforms.meta.misfit import (
    LARGEST_LOOKED_INTO,
    Reason,
    look_into,
    presumption,
)
from backend.platforms.meta.signature import sign

SECRET = Secret("secret of the app")
VERIFY_TOKEN = Secret("the app's verify token")
SAID = {"object": "page", "entry": [{"id": "1", "text": "häßlich 👍 </b>", "n": 1.5}]}
# As Meta writes it: compact, with small Unicode escapes and escaped slashes.
SENT = json.dumps(SAID, separators=(",", ":")).replace("/", r"\/").encode()


def why(body: bytes, signed: bytes, secret: Secret = SECRET) -> Reason:
    return look_into(body, sign(signed, secret).encode(), [SECRET], VERIFY_TOKEN).reason


RE_ENCODED = {
    "written anew": json.dumps(SAID).encode(),
    "compact, unescaped": json.dumps(SAID, separators=(",", ":"), ensure_ascii=False).encode(),
    "compact, slashes unescaped": json.dumps(SAID, separators=(",", ":")).encode(),
    "indented": json.dumps(SAID, indent=2).encode(),
    "with a line end": SENT + b"\n",
    "with a byte order mark": b"\xef\xbb\xbf" + SENT,
    "compressed": gzip.compress(SENT),
    "deflated": zlib.compress(SENT),
    "with capital escapes": SENT.replace(b"\\u00e4", b"\\u00E4")
    .replace(b"\\u00df", b"\\u00DF")
    .replace(b"\\ud83d\\udc4d", b"\\uD83D\\uDC4D"),
}


@pytest.mark.parametrize("body", RE_ENCODED.values(), ids=RE_ENCODED)
def test_a_body_that_was_changed_on_its_way(body: bytes) -> None:
    assert body != SENT
    assert why(body, SENT) is Reason.BODY_CHANGED


def test_what_others_write_is_told_apart_too() -> None:
    with_spaces = json.dumps(SAID).encode()
    assert why(json.dumps(SAID, separators=(",", ":")).encode(), with_spaces) is Reason.BODY_CHANGED
    unescaped = json.dumps(SAID, ensure_ascii=False).encode()
    assert why(json.dumps(SAID).encode(), unescaped) is Reason.BODY_CHANGED
    mangled = "häßlich".encode()
    assert why(mangled.decode("latin-1").encode(), mangled) is Reason.BODY_CHANGED


def test_another_secret() -> None:
    other = Secret("secret of another app")
    misfit = look_into(SENT, sign(SENT, other).encode(), [SECRET], VERIFY_TOKEN)
    assert misfit.reason is Reason.OTHER_SECRET
    assert "META_APP_SECRET" in misfit.resolution


def test_another_secret_and_it_is_about_instagram() -> None:
    body = b'{"object":"instagram","entry":[]}'
    misfit = look_into(body, sign(body, Secret("another")).encode(), [SECRET], VERIFY_TOKEN)
    assert misfit.reason is Reason.OTHER_SECRET
    assert "INSTAGRAM_APP_SECRET" in misfit.resolution


def test_signed_with_the_verify_token() -> None:
    misfit = look_into(SENT, sign(SENT, VERIFY_TOKEN).encode(), [SECRET], VERIFY_TOKEN)
    assert misfit.reason is Reason.OTHER_SECRET
    assert "verify token" in misfit.what


def test_a_large_body_is_not_worth_the_time() -> None:
    assert why(b" " * (LARGEST_LOOKED_INTO + 1), b"") is Reason.NOT_LOOKED_INTO


GOOD = sign(SENT, SECRET).encode()
HEADERS: dict[str, tuple[bytes | None, bytes | None, Reason | None]] = {
    "neither": (None, None, Reason.NO_SIGNATURE),
    "an empty one": (b"", None, Reason.NO_SIGNATURE),
    "only the old one": (None, b"sha1=" + b"0" * 40, Reason.SHA1_ONLY),
    "both": (GOOD, b"sha1=" + b"0" * 40, None),
    "one that may fit": (b"sha256=" + b"0" * 64, None, None),
    "no prefix": (GOOD[7:], None, Reason.NOT_A_SIGNATURE),
    "too short": (GOOD[:-1], None, Reason.NOT_A_SIGNATURE),
    "capital digits": (GOOD.upper(), None, Reason.NOT_A_SIGNATURE),
    "a line end": (GOOD + b"\n", None, Reason.NOT_A_SIGNATURE),
}


@pytest.mark.parametrize(("signature", "old_signature", "reason"), HEADERS.values(), ids=HEADERS)
def test_what_the_headers_alone_say(
    signature: bytes | None, old_signature: bytes | None, reason: Reason | None
) -> None:
    found = presumption(signature, old_signature)
    assert (found.reason if found else None) is reason


HOSTILE = {
    "no JSON": b"{",
    "bottomless": b"[" * 20_000,
    "no text": b"\xff\xfe\x00",
    "half an archive": gzip.compress(SENT)[:20],
    "a bomb": gzip.compress(b"0" * 50_000_000),
    "a huge number": b"[" + b"9" * 10_000 + b"]",
    "a lone surrogate": b'"\\ud83d"',
    "nothing": b"",
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_nothing_that_it_holds_does_harm(body: bytes) -> None:
    assert why(body, SENT) is Reason.OTHER_SECRET


@given(some.binary(max_size=300))
def test_whatever_it_holds(body: bytes) -> None:
    assert why(body, body + b"0") in Reason
