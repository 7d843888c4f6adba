"""Small real files, made on the spot: what a customer sends when nobody says what."""

import base64
import struct
import zlib
from functools import cache


def png(width: int = 96, height: int = 96) -> bytes:
    """A picture with a gradient."""
    rows = b"".join(
        b"\0" + bytes(c for x in range(width) for c in (x * 2, y * 2, 160)) for y in range(height)
    )
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(name, data) for name, data in chunks)


def png_chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def ogg(seconds: int = 1) -> bytes:
    """A silent voice note in Opus."""
    head = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 0, 48_000, 0, 0)
    tags = b"OpusTags" + struct.pack("<I", 9) + b"simulator" + struct.pack("<I", 0)
    packets = [b"\xf8\xff\xfe"] * (50 * seconds)  # Twenty milliseconds of silence each.
    pages = [([head], 0, 2), ([tags], 0, 0), (packets, 48_000 * seconds, 4)]
    return b"".join(ogg_page(number, *page) for number, page in enumerate(pages))


def ogg_page(number: int, packets: list[bytes], granule: int, flags: int) -> bytes:
    table = bytes(len(packet) for packet in packets)
    start = b"OggS" + struct.pack("<BBqIII", 0, flags, granule, 1, number, 0) + bytes([len(table)])
    page = start + table + b"".join(packets)
    return page[:22] + struct.pack("<I", ogg_checksum(page)) + page[26:]


def ogg_checksum(page: bytes) -> int:
    register = 0
    for byte in page:
        register ^= byte << 24
        for _ in range(8):
            register = ((register << 1) ^ (0x04C11DB7 if register & 0x80000000 else 0)) & 0xFFFFFFFF
    return register


def mp4() -> bytes:
    """The smallest file that calls itself a film."""
    boxes = ((b"ftyp", b"isom\0\0\2\0isomiso2mp41"), (b"free", b""), (b"mdat", bytes(64)))
    return b"".join(struct.pack(">I", 8 + len(data)) + name + data for name, data in boxes)


def pdf() -> bytes:
    """A page that says nothing."""
    return (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
    )


def webp() -> bytes:
    """A sticker of one dot."""
    pixel = base64.b64decode("LwAAABAHEBERiIj+BwA=")  # A lossless bitstream of one transparent dot.
    chunk = b"VP8L" + struct.pack("<I", len(pixel) - 1) + pixel
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk


MAKERS = {
    # Kind -> MIME type, file name, maker.
    "image": ("image/png", "picture.png", png),
    "video": ("video/mp4", "film.mp4", mp4),
    "audio": ("audio/ogg; codecs=opus", "voice.ogg", ogg),
    "document": ("application/pdf", "receipt.pdf", pdf),
    "sticker": ("image/webp", "sticker.webp", webp),
}


@cache
def sample(kind: str) -> bytes:
    """The bytes of the sample of that kind."""
    return MAKERS[kind][2]()


def avatar(name: str) -> bytes:
    """A round picture with the person's initials, as SVG."""
    initials = "".join(word[0] for word in name.split()[:2] if word[0].isalpha()).upper() or "?"
    hue = zlib.crc32(name.encode()) % 360
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="128" height="128">'
        f'<circle cx="64" cy="64" r="64" fill="hsl({hue},55%,45%)"/><text x="64" y="82" font-size="52" '
        f'fill="#fff" font-family="sans-serif" text-anchor="middle">{initials}</text></svg>'
    ).encode()
