from __future__ import annotations

from backend.platforms.instagram.compose import SENDS_REPLY_TO
from backend.platforms.port import Capabilities, MessageType, PlatformInfo, TextUnit

INFO = PlatformInfo(
    platform="INSTAGRAM",
    slug="instagram",
    name="Instagram",
    description="Answer the direct messages of your Instagram account.",
    color="#E4405F",
    webhook_object="instagram",
    requirements=(
        "A Professional or Business account on Instagram",
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
    features=("messaging", "webhooks"),
    capabilities=Capabilities(
        text_limit=1000,
        text_unit=TextUnit.BYTES,
        window_hours=24,
        typing=False,  # Both are kept here; the platform is not told yet.
        read_receipts=False,
        reply_to=SENDS_REPLY_TO,
        message_types=(MessageType.TEXT,),
    ),
)

# The Page must be subscribed to something; Instagram's own fields are chosen for the whole app, and names
# that only Instagram has are refused here.
SUBSCRIBED_FIELDS = ("messages", "messaging_postbacks")
