from __future__ import annotations

from backend.platforms.port import Capabilities, MessageType, PlatformInfo, TextUnit

INFO = PlatformInfo(
    platform="MESSENGER",
    slug="messenger",
    name="Messenger",
    description="Answer the people who write to your Facebook Page.",
    color="#0084FF",
    webhook_object="page",
    requirements=("A Facebook Page", "Admin access to the Page"),
    required_permissions=("pages_messaging", "pages_read_engagement", "pages_manage_metadata"),
    scopes=("pages_messaging", "pages_show_list", "pages_manage_metadata", "pages_read_engagement"),
    features=("messaging", "webhooks", "typing", "readReceipts", "reactions", "humanAgent"),
    capabilities=Capabilities(
        text_limit=2000,
        text_unit=TextUnit.CHARACTERS,
        window_hours=24,
        typing=True,
        typing_seconds=20,  # About; Meta names no number.
        typing_reads=False,
        read_receipts=True,
        reads_late=False,
        reactions=True,
        reply_to=True,
        message_types=(MessageType.TEXT,),
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
    "standby",
)
