"""A form with a file, taken apart while it arrives: the file goes to disk, and is counted and hashed on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from rest_framework.exceptions import ParseError, UnsupportedMediaType, ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request

from backend.files.incoming import MEGABYTE, Incoming, TooLarge
from backend.lib.file_types import UNKNOWN
from backend.lib.refusal import Refusal

FIELD = "file"


class UploadTooLarge(Refusal):
    """The file is larger than this service takes."""

    code = "too_large"
    message = "The file is larger than this service takes."

    def __init__(self) -> None:
        super().__init__(resolution=f"Send at most {settings.MEDIA_MAX_MB} MiB.")


class UploadUnreadable(Refusal):
    """By its bytes it is no kind of file that a platform could show."""

    code = "unsupported_media_type"
    message = "By its bytes, this is no picture, film, sound or document that could be sent."
    resolution = "Send a JPEG, PNG, GIF, WebP, MP4, 3GP, Ogg, MP3, AAC, AMR, PDF, Office or text file."


class NotAForm(Refusal):
    """It is not what a form with a file looks like."""

    code = "unsupported_media_type"
    message = "The body is not a form with a file."
    resolution = f"Send `multipart/form-data` with the field `{FIELD}`."


class FormWithFile(MultiPartParser):
    """The one form that is taken."""


class Handler(FileUploadHandler):
    """Writes the first file to where files arrive."""

    def __init__(self) -> None:
        super().__init__()
        self.incoming: Incoming | None = None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        if self.incoming is not None:
            raise ValidationError({FIELD: ["Send one file at a time."]})
        self.incoming = Incoming(settings.MEDIA_MAX_MB * MEGABYTE)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        assert self.incoming is not None
        try:
            self.incoming.write(raw_data)
        except TooLarge as error:
            raise UploadTooLarge from error

    def file_complete(self, file_size: int) -> UploadedFile[bytes]:
        assert self.incoming is not None
        return UploadedFile(self.incoming.file, self.file_name, self.content_type, file_size)


@contextmanager
def arrived(request: Request) -> Iterator[tuple[UploadedFile[bytes], Incoming]]:
    """The file of the form, on disk for as long as this lasts. Raises ValidationError and the refusals above."""
    handler = Handler()
    request._request.upload_handlers = [handler]
    try:
        data = _form_of(request)
        unknown = {name: ["This field is not known here."] for name in data if name != FIELD}
        file = request.FILES.get(FIELD)
        if unknown:
            raise ValidationError(unknown)
        if handler.incoming is None or not isinstance(file, UploadedFile) or not handler.incoming.size:
            raise ValidationError({FIELD: ["Give a file that is not empty."]})
        if handler.incoming.type(file.content_type or "") == UNKNOWN:
            raise UploadUnreadable
        yield file, handler.incoming
    finally:
        if handler.incoming is not None:
            handler.incoming.file.close()


def _form_of(request: Request) -> Mapping[str, Any]:
    try:
        form: Any = request.data
    except UnsupportedMediaType as error:
        raise NotAForm from error
    except ParseError as error:
        raise ValidationError({FIELD: ["The form cannot be read."]}) from error
    return dict(form)
