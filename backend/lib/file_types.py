"""What kind of file some bytes are. Whoever sent them may say anything; only their beginning is believed."""

from __future__ import annotations

import re

LOOKED_AT = 4096  # Bytes of the beginning.
UNKNOWN = "application/octet-stream"

OFFICE = "application/vnd.openxmlformats-officedocument."
OOXML = (
    f"{OFFICE}wordprocessingml.document",
    f"{OFFICE}spreadsheetml.sheet",
    f"{OFFICE}presentationml.presentation",
)
OLE = ("application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint")

# Where the bytes stand, which they are, and what they are: the first type, unless one of the others was told, which
# the bytes cannot tell from it.
MAGIC: tuple[tuple[int, bytes, tuple[str, ...]], ...] = (
    (0, b"\xff\xd8\xff", ("image/jpeg",)),
    (0, b"\x89PNG\r\n\x1a\n", ("image/png",)),
    (0, b"GIF87a", ("image/gif",)),
    (0, b"GIF89a", ("image/gif",)),
    (8, b"WEBP", ("image/webp",)),
    (8, b"WAVE", ("audio/wav", "audio/x-wav")),
    (8, b"AVI ", ("video/x-msvideo",)),
    (0, b"OggS", ("audio/ogg", "video/ogg")),
    (0, b"ID3", ("audio/mpeg",)),
    (0, b"#!AMR", ("audio/amr",)),
    (0, b"fLaC", ("audio/flac",)),
    (0, b"\x1aE\xdf\xa3", ("video/webm", "audio/webm")),
    (4, b"ftypM4A", ("audio/mp4",)),
    (4, b"ftypM4B", ("audio/mp4",)),
    (4, b"ftyp3g", ("video/3gpp", "audio/3gpp")),
    (4, b"ftypqt", ("video/quicktime",)),
    (4, b"ftypavif", ("image/avif",)),
    (4, b"ftyphei", ("image/heic",)),
    (4, b"ftyphev", ("image/heic",)),
    (4, b"ftypmif1", ("image/heif",)),
    (4, b"ftyp", ("video/mp4", "audio/mp4", "video/quicktime", "video/3gpp", "audio/3gpp")),
    (0, b"%PDF-", ("application/pdf",)),
    (0, b"PK\x03\x04", ("application/zip", *OOXML)),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OLE),
)
RIFF = (b"WEBP", b"WAVE", b"AVI ")  # Mean nothing but behind this word.

# A frame of MPEG audio: layer I to III has two bits that ADTS, the frame of AAC, leaves empty.
MPEG_FRAME = re.compile(rb"\xff[\xe2-\xe7\xf2-\xf7\xfa-\xff][^\xf0-\xff]")
ADTS_FRAME = re.compile(rb"\xff[\xf0\xf1\xf8\xf9]")

PLAIN = ("text/plain", "text/csv", "text/vcard")
# A text that a browser would run or lay out, whatever it is called.
MARKUP = re.compile(rb"<\s*[!?/a-z]", re.IGNORECASE)
CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")

# Shown in a page by browsers, and running nothing.
SHOWN_INLINE = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp", "image/avif"}) | {
    "audio/aac",
    "audio/amr",
    "audio/flac",
    "audio/mp4",
    "audio/mpeg",
    "audio/ogg",
    "audio/wav",
    "audio/webm",
    "video/3gpp",
    "video/mp4",
    "video/ogg",
    "video/quicktime",
    "video/webm",
}


def type_of_bytes(head: bytes, told: str = "") -> str:
    """The type of a file by its beginning. What was told of it decides only between types that look alike."""
    word = told.partition(";")[0].strip().lower()
    possible = _possible(head[:LOOKED_AT])
    return word if word in possible else possible[0]


def _possible(head: bytes) -> tuple[str, ...]:
    for position, mark, types in MAGIC:
        if head.startswith(mark, position) and (mark not in RIFF or head.startswith(b"RIFF")):
            return types
    if ADTS_FRAME.match(head):
        return ("audio/aac",)
    if MPEG_FRAME.match(head):
        return ("audio/mpeg",)
    return PLAIN if _is_plain_text(head) else (UNKNOWN,)


def _is_plain_text(head: bytes) -> bool:
    if not head or CONTROL.search(head) or MARKUP.search(head):
        return False
    try:
        head.decode()
    except UnicodeDecodeError as error:
        # The last character may go on behind what is looked at.
        return len(head) == LOOKED_AT and error.start >= LOOKED_AT - 4
    return True
