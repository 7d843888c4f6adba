"""The beginnings of files, as they are in the world."""

from __future__ import annotations

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01"
HTML = b"\xef\xbb\xbf <!DOCTYPE html><script>alert(document.domain)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
DOCX = b"PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00!\x00[Content_Types].xml"
OPUS = b"OggS\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00OpusHead"
MP4 = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2mp41"
M4A = b"\x00\x00\x00\x18ftypM4A \x00\x00\x02\x00M4A mp42isom"
WEBP = b"RIFF\x24\x00\x00\x00WEBPVP8L"
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj"
ELF = b"\x7fELF\x02\x01\x01\x00"
