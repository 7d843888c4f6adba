"""What WhatsApp sends, and how much of it. From Meta's OpenAPI document v23.0 and its page on media, 2026-09."""

from __future__ import annotations

from typing import Any

from backend.platforms.port import InteractiveLimits, InteractiveType, MediaLimits, MessageType

KIBIBYTE, MEBIBYTE = 1024, 1024 * 1024
CAPTION = 1024
BODY = 1024  # Meta's page on lists says 4096, its OpenAPI document says 1024: the smaller one is safe.
ENDS: dict[str, Any] = {"header": 60, "footer": 60}

# Meta has no quick replies on WhatsApp; reply buttons do the same.
BUTTONS = InteractiveLimits(text=BODY, most=3, title=20, id=256, **ENDS)
INTERACTIVE = {
    InteractiveType.QUICK_REPLIES: InteractiveLimits(text=BODY, most=3, title=20, id=256),
    InteractiveType.BUTTONS: BUTTONS,
    InteractiveType.LIST: InteractiveLimits(
        text=BODY, most=10, title=24, id=200, description=72, label=20, **ENDS
    ),
    InteractiveType.LINK: InteractiveLimits(text=BODY, label=20, **ENDS),
    InteractiveType.FLOW: InteractiveLimits(text=BODY, label=30, **ENDS),
    InteractiveType.LOCATION_REQUEST: InteractiveLimits(text=BODY),
}

OFFICE = "application/vnd.openxmlformats-officedocument."
MEDIA = {
    MessageType.IMAGE: MediaLimits(
        mime_types=("image/jpeg", "image/png"), max_bytes=5 * MEBIBYTE, caption=CAPTION
    ),
    MessageType.VIDEO: MediaLimits(
        mime_types=("video/mp4", "video/3gpp"), max_bytes=16 * MEBIBYTE, caption=CAPTION
    ),
    MessageType.AUDIO: MediaLimits(
        mime_types=("audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"),
        max_bytes=16 * MEBIBYTE,
        voice_form="opus",
    ),
    MessageType.DOCUMENT: MediaLimits(
        mime_types=(
            "text/plain",
            "application/pdf",
            "application/msword",
            "application/vnd.ms-excel",
            "application/vnd.ms-powerpoint",
            f"{OFFICE}wordprocessingml.document",
            f"{OFFICE}spreadsheetml.sheet",
            f"{OFFICE}presentationml.presentation",
        ),
        max_bytes=100 * MEBIBYTE,
        caption=CAPTION,
    ),
    # One that moves may have 500 KiB, one that does not 100 (`sending/media.py`).
    MessageType.STICKER: MediaLimits(mime_types=("image/webp",), max_bytes=500 * KIBIBYTE),
}
CONTACTS = 5  # Meta's pages say 257 elsewhere.
