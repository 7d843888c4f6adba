"""The files that WhatsApp takes, and what it finds wrong with them."""

from backend.simulator.media import Medium

MEGABYTE = 1024 * 1024
OFFICE = "application/vnd.openxmlformats-officedocument."
DOCUMENTS = (
    "text/plain",
    "application/pdf",
    "application/msword",
    "application/vnd.ms-excel",
    "application/vnd.ms-powerpoint",
    f"{OFFICE}wordprocessingml.document",
    f"{OFFICE}spreadsheetml.sheet",
    f"{OFFICE}presentationml.presentation",
)
# Kind of message -> the types of file that it may hold.
TYPES = {
    "audio": ("audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"),
    "image": ("image/jpeg", "image/png"),
    "video": ("video/mp4", "video/3gpp"),
    "document": DOCUMENTS,
    "sticker": ("image/webp",),
}
MOST = {
    "audio": 16 * MEGABYTE,
    "image": 5 * MEGABYTE,
    "video": 16 * MEGABYTE,
    "document": 100 * MEGABYTE,
    "sticker": 500 * 1024,
}
MOST_STILL_STICKER = 100 * 1024
# MIME type -> how large a file of it may be.
LIMITS = {mime_type: MOST[kind] for kind, types in TYPES.items() for mime_type in types}
# MIME type -> where its bytes begin with what.
MARKS = {
    "image/jpeg": (0, b"\xff\xd8\xff"),
    "image/png": (0, b"\x89PNG"),
    "image/webp": (8, b"WEBP"),
    "audio/ogg": (0, b"OggS"),
    "video/mp4": (4, b"ftyp"),
    "application/pdf": (0, b"%PDF"),
}
UPLOADED_LIVES_FOR, RECEIVED_LIVES_FOR = 30 * 86_400, 7 * 86_400


def is_alive(medium: Medium, now: float) -> bool:
    """Whether the id of the file still works."""
    return now - medium.at <= (UPLOADED_LIVES_FOR if medium.uploaded else RECEIVED_LIVES_FOR)


def fault_of(kind: str, medium: Medium, content: bytes, *, voice: bool) -> str:
    """Why a message of this kind cannot hold the file; empty where it can."""
    mime_type = medium.mime_type.split(";")[0].strip()
    if kind != "document" and mime_type not in TYPES[kind]:
        fitting = ", ".join(TYPES[kind])
        return f"Unsupported {kind.title()} mime type {mime_type}. Please use one of {fitting}."
    place, mark = MARKS.get(mime_type, (0, b""))
    if content[place : place + len(mark)] != mark:
        return f"The file is no {mime_type}."
    if mime_type == "audio/ogg" and b"OpusHead" not in content[:200]:
        return "Audio in ogg must be encoded with the opus codec."
    if voice and mime_type != "audio/ogg":
        return "A voice message must be audio/ogg with the opus codec."
    if kind == "sticker" and len(content) > MOST_STILL_STICKER and not is_animated(content):
        return "A sticker that does not move has at most 100 KB."
    return ""


def is_animated(content: bytes) -> bool:
    """Whether a WebP file says that it moves."""
    return content[12:16] == b"VP8X" and bool(content[20] & 0x02)
