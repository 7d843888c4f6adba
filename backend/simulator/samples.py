"""Small real files: what a customer sends when nobody says what."""

import zlib
from functools import cache
from pathlib import Path

ASSETS = Path(__file__).parent / "assets"

# Kind -> MIME type, the name that the file goes by, and the file here.
SAMPLES = {
    "image": ("image/png", "picture.png", "picture.png"),
    "video": ("video/mp4", "film.mp4", "film.mp4"),
    "audio": ("audio/ogg; codecs=opus", "voice.ogg", "voice.ogg"),
    "voice": ("audio/ogg; codecs=opus", "voice.ogg", "voice.ogg"),
    "document": ("application/pdf", "receipt.pdf", "receipt.pdf"),
    "sticker": ("image/webp", "sticker.webp", "sticker.webp"),
    "animated_sticker": ("image/webp", "sticker.webp", "animated_sticker.webp"),
}


@cache
def sample(kind: str) -> bytes:
    """The bytes of the sample of that kind."""
    return (ASSETS / SAMPLES[kind][2]).read_bytes()


def avatar(name: str) -> bytes:
    """A round picture with the person's initials, as SVG."""
    initials = "".join(word[0] for word in name.split()[:2] if word[0].isalpha()).upper() or "?"
    hue = zlib.crc32(name.encode()) % 360
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="128" height="128">'
        f'<circle cx="64" cy="64" r="64" fill="hsl({hue},55%,45%)"/><text x="64" y="82" font-size="52" '
        f'fill="#fff" font-family="sans-serif" text-anchor="middle">{initials}</text></svg>'
    ).encode()
