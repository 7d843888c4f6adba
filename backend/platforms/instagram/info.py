from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from backend.platforms.instagram.compose import SENDS_REPLY_TO
from backend.platforms.meta.limits import MEBIBYTE, UPLOADS_LAST, interactive_of
from backend.platforms.port import (
    Capabilities,
    Login,
    MediaLimits,
    MessageType,
    Pacing,
    PlatformInfo,
    SendType,
    TextUnit,
)

PROFESSIONAL = "A Professional or Business account on Instagram"

TEXT_LIMIT = 1000  # Bytes.
FILMS = ("video/mp4", "video/ogg", "video/x-msvideo", "video/quicktime", "video/webm")
SOUNDS = ("audio/aac", "audio/mp4", "audio/x-m4a", "audio/wav", "audio/x-wav")

INFO = PlatformInfo(
    platform="INSTAGRAM",
    slug="instagram",
    name="Instagram",
    description="Answer the direct messages of your Instagram account.",
    color="#E4405F",
    webhook_object="instagram",
    shows_profiles=True,
    requirements=(
        PROFESSIONAL,
        "The account is connected to a Facebook Page",
    ),
    required_permissions=("instagram_basic", "instagram_manage_messages", "pages_messaging"),
    scopes=(
        "instagram_basic",
        "instagram_manage_messages",
        "pages_messaging",
        "pages_show_list",
        "pages_manage_metadata",
        "pages_read_engagement",
    ),
    features=(
        "messaging",
        "webhooks",
        "media",
        "typing",
        "readReceipts",
        "reactions",
        "humanAgent",
        "history",
    ),
    history_permissions=("instagram_manage_messages", "pages_manage_metadata"),
    uploads_last=UPLOADS_LAST,
    capabilities=Capabilities(
        text_limit=TEXT_LIMIT,
        text_unit=TextUnit.BYTES,
        window_hours=24,
        typing=True,
        typing_seconds=20,  # About; Meta names no number.
        typing_reads=False,
        read_receipts=True,
        reads_late=False,
        reactions=True,
        reply_to=SENDS_REPLY_TO,
        message_types=(SendType.TEXT, SendType.MEDIA, SendType.INTERACTIVE),
        interactive=interactive_of(TEXT_LIMIT),
        media={
            MessageType.IMAGE: MediaLimits(
                mime_types=("image/jpeg", "image/png", "image/gif"), max_bytes=8 * MEBIBYTE
            ),
            MessageType.VIDEO: MediaLimits(mime_types=FILMS, max_bytes=25 * MEBIBYTE),
            MessageType.AUDIO: MediaLimits(mime_types=SOUNDS, max_bytes=25 * MEBIBYTE, voice_form="aac"),
            MessageType.DOCUMENT: MediaLimits(mime_types=("application/pdf",), max_bytes=25 * MEBIBYTE),
        },
        human_agent_hours=7 * 24,
    ),
    # One page of Meta says 300 a second, of March 2026, and an older one 100.
    pacing=Pacing(
        per_second=100,
        heavy_per_second=10,
        source="developers.facebook.com/docs/graph-api/overview/rate-limiting",
        read_on="2026-11-22",
    ),
)

# The Page must be subscribed to something; Instagram's own fields are chosen for the whole app, and names
# that only Instagram has are refused here.
SUBSCRIBED_FIELDS = ("messages", "messaging_postbacks")

# ---- Instagram Login: the account logs in as itself, no Page is needed --------------------------------------------

BASIC, MESSAGES = "instagram_business_basic", "instagram_business_manage_messages"
RENEWED_FOR = timedelta(days=60)
# Instagram renews no token that is younger than a day; the minutes are for two clocks that differ.
YOUNG_FOR = timedelta(hours=24, minutes=5)

LOGIN_INFO = replace(
    INFO,
    login=Login.INSTAGRAM,
    uploads_last=None,  # Meta's pages show addresses only.
    requirements=(PROFESSIONAL,),
    required_permissions=(BASIC, MESSAGES),
    scopes=(BASIC, MESSAGES),
    history_permissions=(BASIC, MESSAGES),
    fresh_above=RENEWED_FOR - YOUNG_FOR,
)

# Which of them arrive is chosen for the whole app; without any, nothing does.
LOGIN_FIELDS = (
    "messages",
    "message_reactions",
    "messaging_postbacks",
    "messaging_referral",
    "messaging_seen",
)
