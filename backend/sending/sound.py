"""Voice notes: what platforms play as one, and how other sound becomes it. Needs the tool ffmpeg."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import structlog
from django.conf import settings

from backend.platforms.errors import Malformed, Unavailable

logger = structlog.get_logger(__name__)

OPUS, AAC = "opus", "aac"
# What is made -> MIME type, and how.
FORMS: dict[str, tuple[str, tuple[str, ...]]] = {
    OPUS: ("audio/ogg", ("-ac", "1", "-ar", "48000", "-c:a", "libopus", "-b:a", "32k", "-f", "ogg")),
    AAC: ("audio/mp4", ("-ac", "1", "-c:a", "aac", "-b:a", "64k", "-f", "ipod")),
}
# Sound alone: nothing that names other files or addresses.
READ_AS = "ogg,matroska,webm,mov,mp4,m4a,3gp,wav,mp3,aac,amr,flac"
MOST_SECONDS = 3600  # Of sound.
WITHIN = 30  # Seconds.


def is_available() -> bool:
    """Whether this machine can convert."""
    return shutil.which(settings.FFMPEG) is not None


def is_opus_mono(head: bytes) -> bool:
    """Whether a file begins as Ogg with Opus in one channel."""
    mark = head.find(b"OpusHead")
    return head.startswith(b"OggS") and mark > 0 and head[mark + 9 : mark + 10] == b"\x01"


@contextmanager
def converted(content: IO[bytes], form: str, most_bytes: int) -> Iterator[IO[bytes]]:
    """The sound in another form. Raises Malformed where it cannot be read, Unavailable without the tool."""
    folder = settings.DATA_DIR / "incoming"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as own:
        given, made = Path(own) / "given", Path(own) / "made"
        with given.open("wb") as copy:
            shutil.copyfileobj(content, copy)
        _convert(given, made, form, most_bytes)
        with made.open("rb") as result:
            yield result


def _convert(given: Path, made: Path, form: str, most_bytes: int) -> None:
    tool = shutil.which(settings.FFMPEG)
    if tool is None:
        raise Unavailable("This server cannot convert voice notes: ffmpeg is missing.")
    limits = ("-t", str(MOST_SECONDS), "-fs", str(most_bytes), "-threads", "1")
    read = ("-protocol_whitelist", "file", "-format_whitelist", READ_AS, "-i", str(given))
    quiet = ("-nostdin", "-hide_banner", "-loglevel", "error")
    command = [tool, *quiet, *read, "-vn", "-map_metadata", "-1", *limits, *FORMS[form][1], str(made)]
    try:
        subprocess.run(command, check=True, timeout=WITHIN, capture_output=True)  # noqa: S603 - no shell
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        logger.info("sound.not_converted", form=form, error=type(error).__name__)
        raise Malformed(
            "This sound cannot be read.", resolution="Record it again, or send it as another file."
        ) from error
