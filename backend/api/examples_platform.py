"""What the schema shows of a platform that can be connected by two logins."""

from __future__ import annotations

from backend.lib.json_types import JSONObject

SETTINGS: JSONObject = {
    "readPolicy": "ON_REPLY",
    "quietForSeconds": 0,
    "newConversationHandler": "HUMAN",
    "humanReplyTakesOver": True,
    "humanAgent": False,
}
THROUGH_A_PAGE: JSONObject = {
    "login": "facebook",
    "configured": True,
    "requirements": [
        "A Professional or Business account on Instagram",
        "The account is connected to a Facebook Page",
    ],
    "requiredPermissions": ["instagram_basic", "instagram_manage_messages", "pages_messaging"],
}
BY_ITSELF: JSONObject = {
    "login": "instagram",
    "configured": True,
    "requirements": ["A Professional or Business account on Instagram"],
    "requiredPermissions": ["instagram_business_basic", "instagram_business_manage_messages"],
}
INTERACTIVE: JSONObject = {
    **dict.fromkeys(
        ("text", "most", "title", "id", "description", "label", "header", "footer", "buttons"), 0
    ),
    "links": False,
    "contactData": False,
}
PLATFORM: JSONObject = {
    "name": "Instagram",
    "description": "Answer the direct messages of your Instagram account.",
    "color": "#E4405F",
    **THROUGH_A_PAGE,
    "connectFlow": "oauth",
    "logins": [THROUGH_A_PAGE, BY_ITSELF],
    "features": ["messaging", "webhooks", "typing", "readReceipts", "reactions", "humanAgent"],
    "capabilities": {
        "textLimit": 1000,
        "textUnit": "BYTES",
        "windowHours": 24,
        "typing": True,
        "typingSeconds": 20,
        "typingReads": False,
        "readReceipts": True,
        "reactions": True,
        "replyTo": True,
        "messageTypes": ["TEXT", "INTERACTIVE"],
        "interactive": {"LINK": INTERACTIVE | {"text": 640, "label": 20}},
        "media": {
            "IMAGE": {
                "mimeTypes": ["image/jpeg", "image/png", "image/gif"],
                "maxBytes": 8_388_608,
                "caption": 0,
            }
        },
        "contacts": 0,
        "outsideWindow": [],
        "humanAgentHours": 168,
    },
}
