"""Why a signature does not fit: for whoever runs the service, never for whoever sent it."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from backend.lib.secret import Secret
from backend.platforms.meta.signature import is_signed

LARGEST_LOOKED_INTO = 64 * 1024  # Bytes; larger ones are not worth the time that their sender would cost us.
FITTING = re.compile(rb"sha256=[0-9a-f]{64}")


class Reason(StrEnum):
    """What is wrong with a signature."""

    NO_SIGNATURE = "no_signature"
    SHA1_ONLY = "sha1_only"
    NOT_A_SIGNATURE = "not_a_signature"
    BODY_CHANGED = "body_changed"
    OTHER_SECRET = "other_secret"  # noqa: S105  # The name of a reason.
    NOT_LOOKED_INTO = "not_looked_into"


@dataclass(frozen=True, slots=True)
class Misfit:
    """One reason, in words, and what to do about it."""

    reason: Reason
    what: str
    resolution: str


NO_SIGNATURE = Misfit(
    Reason.NO_SIGNATURE,
    "There is no X-Hub-Signature-256 header: it is not from Meta, or a proxy dropped the header.",
    "If deliveries of Meta are missing, let every proxy in front pass the header on.",
)
SHA1_ONLY = Misfit(
    Reason.SHA1_ONLY,
    "There is only the old X-Hub-Signature header (SHA-1), which can be forged.",
    "Meta sends both headers: let every proxy in front pass X-Hub-Signature-256 on.",
)
NOT_A_SIGNATURE = Misfit(
    Reason.NOT_A_SIGNATURE,
    "X-Hub-Signature-256 does not hold `sha256=` and 64 small hexadecimal digits.",
    "Look at who sends it; Meta never does.",
)
NOT_LOOKED_INTO = Misfit(
    Reason.NOT_LOOKED_INTO,
    "The signature fits none of our secrets; too many came at once, or it was too large, to find out more.",
    "Look at the other reasons, and at who sends it.",
)
OTHER_SECRET = Misfit(
    Reason.OTHER_SECRET,
    "It is signed with another secret: of another app, or one that was changed at Meta.",
    "Compare META_APP_SECRET with the app's secret at Meta. "
    "After a change keep the old one in META_APP_SECRET_PREVIOUS.",
)
OF_INSTAGRAM = Misfit(
    Reason.OTHER_SECRET,
    "It is about Instagram and signed with another secret: apps with Instagram Login sign with a secret of their own.",
    "Set INSTAGRAM_APP_SECRET to the Instagram app's secret (at Meta: Instagram, API setup with Instagram login).",
)
VERIFY_TOKEN = Misfit(
    Reason.OTHER_SECRET,
    "It is signed with the verify token, which only opens the handshake.",
    "Whoever sends it must sign with the app secret.",
)


def presumption(signature: bytes | None, old_signature: bytes | None) -> Misfit | None:
    """What the headers alone say; None where they hold a signature that may fit."""
    if not signature:
        return SHA1_ONLY if old_signature else NO_SIGNATURE
    return None if FITTING.fullmatch(signature) else NOT_A_SIGNATURE


def look_into(body: bytes, signature: bytes, secrets: Sequence[Secret], verify_token: Secret) -> Misfit:
    """Why this well-formed signature does not fit. Never raises, whatever the body holds."""
    if len(body) > LARGEST_LOOKED_INTO:
        return NOT_LOOKED_INTO
    for how, original in _originals(body):
        if is_signed(original, signature, secrets):
            return Misfit(
                Reason.BODY_CHANGED,
                f"The secret is right, but the body was changed on its way: {how}.",
                "Let every proxy in front pass the body on as it came, byte by byte.",
            )
    if is_signed(body, signature, [verify_token]):
        return VERIFY_TOKEN
    return OF_INSTAGRAM if _object(body) == "instagram" else OTHER_SECRET


def _originals(body: bytes) -> Iterator[tuple[str, bytes]]:
    """What Meta may have sent before somebody made this body of it."""
    for how, restore in TEXTUAL.items():
        try:
            yield how, restore(body)
        except (ValueError, zlib.error):
            continue
    try:
        said = json.loads(body)
        for how, write in WRITERS.items():
            yield how, write(said)
    except (ValueError, RecursionError):
        return


def _unzipped(body: bytes) -> bytes:
    return zlib.decompressobj(wbits=zlib.MAX_WBITS | 32).decompress(body, 8 * LARGEST_LOOKED_INTO)


# What was done to it -> how it is undone.
TEXTUAL: Mapping[str, Callable[[bytes], bytes]] = {
    "white space was added at its ends": bytes.strip,
    "a line end was cut off": lambda body: body + b"\n",
    "line ends were changed to CR LF": lambda body: body.replace(b"\r\n", b"\n"),
    "a byte order mark was added": lambda body: body.removeprefix(b"\xef\xbb\xbf"),
    "it was compressed": _unzipped,
    "it was read as Latin-1 and written as UTF-8": lambda body: body.decode().encode("latin-1"),
    "Unicode escapes were made small": lambda body: _escapes(body, str.upper),
    "Unicode escapes were made capital": lambda body: _escapes(body, str.lower),
    "slashes were unescaped": lambda body: body.replace(b"/", rb"\/"),
    "slashes were escaped": lambda body: body.replace(rb"\/", b"/"),
}
# The JSON was written anew -> how Meta, or a test tool, may have written it.
WRITERS: Mapping[str, Callable[[object], bytes]] = {
    "its JSON was written anew, without Unicode escapes or with spaces": lambda said: _compact(said).encode(),
    "its JSON was written anew, and slashes were unescaped": lambda said: (
        _compact(said).replace("/", r"\/").encode()
    ),
    "its JSON was written anew, with Unicode escapes": lambda said: _compact(said, escape=False).encode(),
    "its JSON was written anew, without spaces": lambda said: json.dumps(said).encode(),
    "its JSON was written anew, without spaces, with Unicode escapes": lambda said: json.dumps(
        said, ensure_ascii=False
    ).encode(),
}


def _compact(said: object, *, escape: bool = True) -> str:
    return json.dumps(said, separators=(",", ":"), ensure_ascii=escape)


def _escapes(body: bytes, change: Callable[[str], str]) -> bytes:
    text = body.decode()
    return re.sub(r"(?<=\\u)[0-9a-fA-F]{4}", lambda digits: change(digits[0]), text).encode()


def _object(body: bytes) -> object:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return said.get("object") if isinstance(said, dict) else None
