from __future__ import annotations

from datetime import timedelta

from backend.platforms.port import Capabilities, Pacing, PlatformInfo, SendType, TextUnit
from backend.platforms.whatsapp.limits import CONTACTS, INTERACTIVE, MEDIA

INFO = PlatformInfo(
    platform="WHATSAPP",
    slug="whatsapp",
    name="WhatsApp",
    description="Answer the people who write to your business's WhatsApp number.",
    color="#25D366",
    webhook_object="whatsapp_business_account",
    bulk_fields=("history", "smb_app_state_sync"),
    whole_seconds=True,
    requirements=("Access to the WhatsApp Business API (approved by Meta)", "A verified business"),
    required_permissions=("whatsapp_business_messaging", "whatsapp_business_management"),
    scopes=("whatsapp_business_management", "whatsapp_business_messaging"),
    features=("messaging", "webhooks", "media", "typing", "readReceipts", "reactions", "templates"),
    steps=("verify_grant", "check_number", "subscribe", "override_webhook", "register", "read_number"),
    coexistence_steps=("sync_contacts", "sync_history"),
    uploads_last=timedelta(days=29),  # Thirty, and one for what waits in between.
    capabilities=Capabilities(
        text_limit=4096,
        text_unit=TextUnit.CHARACTERS,
        window_hours=24,
        typing=True,
        typing_seconds=25,
        typing_reads=True,
        read_receipts=True,
        reads_late=True,
        reactions=True,
        reply_to=True,
        message_types=(
            SendType.TEXT,
            SendType.MEDIA,
            SendType.INTERACTIVE,
            SendType.TEMPLATE,
            SendType.LOCATION,
            SendType.CONTACTS,
        ),
        interactive=INTERACTIVE,
        media=MEDIA,
        contacts=CONTACTS,
        outside_window=(SendType.TEMPLATE,),
    ),
    pacing=Pacing(
        per_second=80,
        levels={"STANDARD": 80, "HIGH": 1000},
        beside_app=20,
        person_every=timedelta(seconds=6),
        person_burst=45,
        source="developers.facebook.com/documentation/business-messaging/whatsapp/throughput, about-the-platform",
        read_on="2026-11-22",
    ),
)
