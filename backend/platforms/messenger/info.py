from __future__ import annotations

from backend.platforms.meta.limits import MEBIBYTE, UPLOADS_LAST, interactive_of
from backend.platforms.port import (
    Capabilities,
    MediaLimits,
    MessageType,
    Pacing,
    PlatformInfo,
    SendType,
    TextUnit,
)

TEXT_LIMIT = 2000
MOST_BYTES = 25 * MEBIBYTE  # By an upload; of a picture behind an address Meta takes 8 MiB.

INFO = PlatformInfo(
    platform="MESSENGER",
    slug="messenger",
    name="Messenger",
    description="Answer the people who write to your Facebook Page.",
    color="#0084FF",
    webhook_object="page",
    shows_profiles=True,
    requirements=("A Facebook Page", "Admin access to the Page"),
    required_permissions=("pages_messaging", "pages_read_engagement", "pages_manage_metadata"),
    scopes=("pages_messaging", "pages_show_list", "pages_manage_metadata", "pages_read_engagement"),
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
    history_permissions=("pages_messaging", "pages_read_engagement"),
    uploads_last=UPLOADS_LAST,
    capabilities=Capabilities(
        text_limit=TEXT_LIMIT,
        text_unit=TextUnit.CHARACTERS,
        window_hours=24,
        typing=True,
        typing_seconds=20,  # About; Meta names no number.
        typing_reads=False,
        read_receipts=True,
        reads_late=False,
        reactions=True,
        reply_to=True,
        message_types=(SendType.TEXT, SendType.MEDIA, SendType.INTERACTIVE),
        interactive=interactive_of(TEXT_LIMIT),
        media={
            MessageType.IMAGE: MediaLimits(
                mime_types=("image/jpeg", "image/png", "image/gif"), max_bytes=MOST_BYTES
            ),
            MessageType.VIDEO: MediaLimits(mime_types=("video/*",), max_bytes=MOST_BYTES),
            MessageType.AUDIO: MediaLimits(mime_types=("audio/*",), max_bytes=MOST_BYTES),
            MessageType.DOCUMENT: MediaLimits(mime_types=("*/*",), max_bytes=MOST_BYTES),
        },
        human_agent_hours=7 * 24,
    ),
    pacing=Pacing(
        per_second=300,
        heavy_per_second=10,
        source="developers.facebook.com/documentation/business-messaging/messenger-platform/rate-limits",
        read_on="2026-11-22",
    ),
)

# All that Messenger tells about a conversation. `response_feedback` is left out: it puts thumbs under every
# message that the business sends.
SUBSCRIBED_FIELDS = (
    "messages",
    "message_echoes",
    "message_deliveries",
    "message_reads",
    "message_reactions",
    "message_edits",
    "messaging_postbacks",
    "messaging_referrals",  # Together with `messages`, or ads are not named.
    "messaging_optins",
    "messaging_optouts",
    "messaging_handovers",
    "messaging_policy_enforcement",
    "messaging_account_linking",
    "response_feedback",
    "standby",
)
