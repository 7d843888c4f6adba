"""The files that Messenger and Instagram take from a business."""

from backend.simulator.graph.errors import bad_parameter
from backend.simulator.media import Medium
from backend.simulator.records import INSTAGRAM

MEGABYTE = 1024 * 1024
MOST = 25 * MEGABYTE
MOST_INSTAGRAM_IMAGE = 8 * MEGABYTE
LIVES_FOR = 90 * 86_400
# On Instagram: Meta's word -> the types that it may be.
INSTAGRAM_TYPES = {
    "image": ("image/png", "image/jpeg", "image/gif"),
    "audio": ("audio/aac", "audio/mp4", "audio/x-m4a", "audio/m4a", "audio/wav", "audio/x-wav", "video/mp4"),
    "video": ("video/mp4", "video/ogg", "video/x-msvideo", "video/quicktime", "video/webm"),
    "file": ("application/pdf",),
}


def check_file(platform: str, word: str, mime_type: str, size: int) -> None:
    """Raise Meta's refusal of a file that is too large, or of another type than its word says."""
    most = MOST_INSTAGRAM_IMAGE if (platform, word) == (INSTAGRAM, "image") else MOST
    if size > most:
        raise bad_parameter("The file is too large", 2018109)
    plain = mime_type.split(";", maxsplit=1)[0].strip().lower()
    fits = plain in INSTAGRAM_TYPES[word] if platform == INSTAGRAM else word in ("file", plain.split("/")[0])
    if not fits:
        raise bad_parameter(f"Upload attachment failure: {plain} is no {word}", 2018047)


def is_alive(medium: Medium, now: float) -> bool:
    """Whether the id of the file still works."""
    return now - medium.at <= LIVES_FOR
