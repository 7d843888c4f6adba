"""A stored file as an HTTP answer: whole or in part, never run by a browser, never held in memory."""

from __future__ import annotations

import mimetypes
import unicodedata
from typing import IO

from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header, parse_etags
from rest_framework.request import Request

from backend.files import store
from backend.files.models import StoredFile
from backend.lib.file_types import SHOWN_INLINE
from backend.lib.ranges import Span, span_of

BLOCK = 64 * 1024
# A browser may keep it for minutes, not for as long as its link lives: it may be taken back.
KEPT_BY_BROWSERS = "private, max-age=300"


class Part:
    """So many bytes of an open file, from where it stands."""

    def __init__(self, file: IO[bytes], span: Span) -> None:
        self.file = file
        self.left = span.length
        file.seek(span.start)

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        chunk = self.file.read(self.left if size < 0 else min(size, self.left))
        self.left -= len(chunk)
        return chunk

    def close(self) -> None:
        self.file.close()


def answer_with(row: StoredFile, name: str, request: Request) -> HttpResponseBase:
    """The file, or the part that the request asks for. Raises Unsatisfiable, FileNotFoundError."""
    headers = headers_of(row, name)
    if headers["ETag"] in parse_etags(request.headers.get("If-None-Match", "")):
        return HttpResponse(status=304, headers=headers)
    span = _wanted(row, request, headers["ETag"])
    told = {"Content-Length": str(span.length if span else row.size)}
    if span:
        told["Content-Range"] = span.told(row.size)
    status, headers = (206 if span else 200), headers | told
    if request.method == "HEAD":
        return HttpResponse(status=status, headers=headers)
    part = Part(store.open_file(row), span or Span(0, row.size))
    kind = headers.pop("Content-Type")  # It would be guessed, were it not said so.
    answer = FileResponse(part, status=status, content_type=kind, headers=headers)
    answer.block_size = BLOCK
    return answer


def headers_of(row: StoredFile, name: str) -> dict[str, str]:
    """What a browser is told, so that it shows the file or keeps it, and runs nothing of it."""
    is_shown = row.mime_type in SHOWN_INLINE
    disposition = content_disposition_header(not is_shown, _plain(name) or _made_up(row))
    return {
        "Content-Type": row.mime_type,
        "Content-Disposition": disposition or "attachment",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "cross-origin",  # The frontend is of another origin.
        "Cache-Control": KEPT_BY_BROWSERS,
        "Accept-Ranges": "bytes",
        "ETag": f'"{row.sha256}"',
    }


def _wanted(row: StoredFile, request: Request, etag: str) -> Span | None:
    """The part that is asked for, unless it was meant of another state of the file."""
    if request.headers.get("If-Range", etag) != etag:
        return None
    return span_of(request.headers.get("Range", ""), row.size)


def _plain(name: str) -> str:
    """A name that a file may have anywhere, and that looks like what it is."""
    visible = "".join(each for each in name if unicodedata.category(each)[0] != "C")
    return visible.replace("\\", "/").rpartition("/")[2].strip()


def _made_up(row: StoredFile) -> str:
    return f"{row.pk}{mimetypes.guess_extension(row.mime_type) or ''}"
