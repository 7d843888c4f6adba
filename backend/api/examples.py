"""What the schema shows: one shop, its accounts and one conversation."""

from __future__ import annotations

from backend.api.examples_platform import PLATFORM, SETTINGS
from backend.api.rerequest_examples import MISSING, NOTHING_MISSING
from backend.lib.json_types import JSONObject
from backend.lib.secret import MASK

INTEGRATION: JSONObject = {
    "id": "0193f2a1-3c55-7d0e-8a41-5b1f8d7c2e10",
    "businessId": "demo-shop",
    "platform": "INSTAGRAM",
    "login": "facebook",
    "status": "CONNECTED",
    "accessToken": MASK,
    "refreshToken": None,
    "tokenExpiresAt": "2025-08-18T10:30:00Z",
    "platformAccountId": "17841405793187218",
    "platformAccountName": "my_business_account",
    "platformPageId": "102938475610293",
    "platformPageName": "My Business",
    "pageAccessToken": MASK,
    "webhookSecret": MASK,
    "webhookUrl": "https://gateway.example.com/api/webhooks/instagram/0193f2a1-3c55-7d0e-8a41-5b1f8d7c2e10",
    "webhookSubscribed": True,
    "permissions": ["instagram_basic", "instagram_manage_messages", "pages_messaging"],
    "features": ["messaging", "webhooks", "typing", "readReceipts", "reactions", "humanAgent"],
    "metadata": {"username": "my_business_account"},
    "settings": SETTINGS,
    "reconnecting": False,
    "lastTestedAt": "2025-06-19T10:30:00Z",
    "lastWebhookAt": "2025-06-19T10:25:00Z",
    "lastError": None,
    "lastErrorAt": None,
    "lastErrorCode": None,
    "lastErrorResolution": None,
    "connectionAttempts": 1,
    "health": "ok",
    "createdAt": "2025-06-19T10:29:00Z",
    "updatedAt": "2025-06-19T10:30:00Z",
}
MOCK_INTEGRATION: JSONObject = {
    **INTEGRATION,
    "platformAccountName": "Mock Instagram Account",
    "platformPageName": "Mock Messenger Account",
}
PENDING: JSONObject = {
    **INTEGRATION,
    "status": "PENDING",
    "accessToken": None,
    "tokenExpiresAt": None,
    "platformAccountId": None,
    "platformAccountName": None,
    "platformPageId": None,
    "platformPageName": None,
    "pageAccessToken": None,
    "webhookSubscribed": False,
    "permissions": [],
    "features": [],
    "metadata": {},
    "lastTestedAt": None,
    "lastWebhookAt": None,
    "health": "disconnected",
}
INTEGRATIONS: JSONObject = {
    "success": True,
    "integrations": [INTEGRATION],
    "platforms": {"INSTAGRAM": PLATFORM},
}
ONE_INTEGRATION: JSONObject = {"success": True, "integration": INTEGRATION}
AUTHORIZATION_URL = (
    "https://www.facebook.com/v25.0/dialog/oauth?client_id=123456789012345"
    "&redirect_uri=https%3A%2F%2Fgateway.example.com%2Fapi%2Fintegrations%2Foauth%2Fcallback"
    "&state=0193f2a13c557d0e8a415b1f8d7c2e10%3AbQm3&response_type=code&scope=instagram_basic"
)
CONNECTED: dict[str, JSONObject] = {
    "Mock": {
        "success": True,
        "message": "Instagram connected successfully (mock)",
        "integration": MOCK_INTEGRATION,
    },
    "OAuth": {
        "success": True,
        "message": "Continue at Instagram to connect your account",
        "authorizationUrl": AUTHORIZATION_URL,
        "integration": PENDING,
    },
    "InstagramLogin": {
        "success": True,
        "message": "Continue at Instagram to connect your account",
        "authorizationUrl": "https://www.instagram.com/oauth/authorize?client_id=987654321098765"
        "&redirect_uri=https%3A%2F%2Fgateway.example.com%2Fapi%2Fintegrations%2Foauth%2Fcallback"
        "&response_type=code&scope=instagram_business_basic%2Cinstagram_business_manage_messages"
        "&state=0193f2a13c557d0e8a415b1f8d7c2e10%3AbQm3",
        "integration": PENDING,
    },
}
WABA, NUMBER = "524126980791429", "106540352242922"
EMBEDDED: dict[str, JSONObject] = {
    "Popup": {"code": "AQBx9kQ", "wabaId": WABA, "phoneNumberId": NUMBER},
    "With its PIN": {"code": "AQBx9kQ", "wabaId": WABA, "phoneNumberId": NUMBER, "pin": "482913"},
    "Coexistence": {"code": "AQBx9kQ", "wabaId": WABA, "coexistence": True},
}
MANUAL: dict[str, JSONObject] = {
    "Token": {"accessToken": MASK, "wabaId": WABA, "phoneNumberId": NUMBER},
}
WHATSAPP_CONNECTED: JSONObject = {
    "success": True,
    "message": "WhatsApp connected successfully",
    "integration": {
        **INTEGRATION,
        "platform": "WHATSAPP",
        "tokenExpiresAt": None,
        "platformAccountId": WABA,
        "platformAccountName": "My Business",
        "platformPageId": None,
        "platformPageName": None,
        "pageAccessToken": None,
        "webhookUrl": "https://gateway.example.com/api/webhooks/whatsapp/0193f2a1-3c55-7d0e-8a41-5b1f8d7c2e10",
        "permissions": ["whatsapp_business_management", "whatsapp_business_messaging"],
        "metadata": {
            "phoneNumberId": NUMBER,
            "displayPhoneNumber": "+1 631-555-5555",
            "verifiedName": "My Business",
            "nameStatus": "APPROVED",
            "qualityRating": "GREEN",
            "status": "CONNECTED",
            "throughput": "STANDARD",
            "messagingLimit": "TIER_250",
            "onBusinessApp": "false",
        },
    },
}
TICKET = "0193f2a13c557d0e8a415b1f8d7c2e10.4f0c1c…"
FINISHED: dict[str, JSONObject] = {
    "Connected": {
        "success": True,
        "outcome": "connected",
        "integration": INTEGRATION,
        **NOTHING_MISSING,
    },
    "Choose": {"success": True, "outcome": "choose", "integration": PENDING, **NOTHING_MISSING},
    "PermissionMissing": {"success": True, "outcome": "choose", "integration": PENDING, **MISSING},
}
ACCOUNT: JSONObject = {
    "accountId": "17841405793187218",
    "name": "My Business",
    "username": "my_business_account",
    "pageId": "102938475610293",
    "pageName": "My Business",
    "businessAccountId": None,
    "pictureUrl": None,
    "selectable": True,
    "reason": None,
    "connectedHere": False,
}
TAKEN: JSONObject = {
    **ACCOUNT,
    "accountId": "17841400000000042",
    "username": "my_second_account",
    "selectable": False,
    "reason": "This account is connected to another business.",
}
ACCOUNTS: JSONObject = {"success": True, "accounts": [ACCOUNT, TAKEN], **NOTHING_MISSING}
CHECK: JSONObject = {
    "code": "token_valid",
    "ok": True,
    "message": "The access token is valid.",
    "resolution": None,
    "at": "2025-06-19T10:30:00Z",
}
DETAILS: JSONObject = {
    "platform": "INSTAGRAM",
    "accountName": "my_business_account",
    "webhookActive": True,
    "tokenValid": True,
}
EXPIRED = "The access to this account has ended."
TESTED: dict[str, JSONObject] = {
    "Passed": {
        "success": True,
        "message": "Connection test successful",
        "details": DETAILS,
        "checks": [CHECK],
    },
    "Failed": {
        "success": False,
        "message": f"Connection test failed: {EXPIRED}",
        "details": {**DETAILS, "tokenValid": False},
        "checks": [{**CHECK, "ok": False, "message": EXPIRED, "resolution": "Connect the account again."}],
    },
}
REFRESHED: JSONObject = {
    "success": True,
    "message": "Token refreshed successfully",
    "expiresAt": "2025-08-18T10:30:00Z",
}
WEBHOOK_SECRET: JSONObject = {"success": True, "webhookUrl": INTEGRATION["webhookUrl"], "webhookSecret": MASK}

CONTACT: JSONObject = {
    "id": "0193f2a2-0b6c-7f3e-9c58-1d2e3f4a5b6c",
    "externalId": "7261948305512873",
    "name": "Carla Customer",
    "username": "carla.customer",
    "phone": None,
    "pictureUrl": None,
}
CONVERSATION_ID = "0193f2a2-0b6d-7a10-b3f4-6c5d4e3f2a1b"
INBOUND: JSONObject = {
    "id": "0193f2a2-0b6e-7c22-a1b2-c3d4e5f60718",
    "conversationId": CONVERSATION_ID,
    "direction": "INBOUND",
    "type": "TEXT",
    "text": "Hi, is the blue one still available?",
    "attachments": [],
    "replyToId": None,
    "reactions": [],
    "status": "RECEIVED",
    "error": None,
    "externalId": "aWdfZAG1faXRlbToxOklHTWVzc2FnZAUlE",
    "author": {"kind": "CONTACT", "id": CONTACT["id"], "name": "Carla Customer"},
    "sentAt": "2025-06-19T10:31:07.221000Z",
    "editedAt": None,
    "edits": [],
    "deletedAt": None,
    "referral": None,
    "payload": {},
    "createdAt": "2025-06-19T10:31:07.490000Z",
}
OUTBOUND: JSONObject = {
    **INBOUND,
    "id": "0193f2a4-7c1e-7b52-9d3a-2f6f0c9e4b11",
    "direction": "OUTBOUND",
    "text": "It is! Shall I keep one for you?",
    "replyToId": INBOUND["id"],
    "status": "QUEUED",
    "externalId": None,
    "author": {"kind": "MEMBER", "id": "0193f29f-11aa-7bbb-8ccc-0123456789ab", "name": "Agatha Agent"},
    "sentAt": "2025-06-19T10:33:47.166000Z",
    "createdAt": "2025-06-19T10:33:47.166000Z",
}
LAST_MESSAGE_FIELDS = ("id", "direction", "type", "text", "status", "error", "author", "sentAt", "deletedAt")
CONVERSATION: JSONObject = {
    "id": CONVERSATION_ID,
    "platform": "INSTAGRAM",
    "integrationId": INTEGRATION["id"],
    "accountId": INTEGRATION["platformAccountId"],
    "contact": CONTACT,
    "status": "OPEN",
    "handler": "HUMAN",
    "unreadCount": 1,
    "lastMessage": {name: INBOUND[name] for name in LAST_MESSAGE_FIELDS},
    "lastMessageAt": INBOUND["sentAt"],
    "window": {"state": "OPEN", "closesAt": "2025-06-20T10:31:07.221000Z", "allowed": ["TEXT"]},
    "channel": {"status": "CONNECTED", "accountName": "my_business_account"},
    "marketing": "UNKNOWN",
    "threadOwner": None,
    "createdAt": INBOUND["createdAt"],
}
ONE_CONVERSATION: JSONObject = {"success": True, "conversation": CONVERSATION}
CURSOR = "06377ec2d0e1480193f2a20b6d7a10b3f46c5d4e3f2a1b"
CONVERSATIONS: JSONObject = {"success": True, "conversations": [CONVERSATION], "nextCursor": CURSOR}
MESSAGES: JSONObject = {"success": True, "messages": [OUTBOUND, INBOUND], "nextCursor": None}
ONE_MESSAGE: JSONObject = {"success": True, "message": OUTBOUND}
QUEUED: JSONObject = {"success": True, "message": OUTBOUND, "messages": [OUTBOUND]}
ONE_CONTACT: JSONObject = {
    "success": True,
    "contact": {
        **CONTACT,
        "userId": None,
        "aliases": [CONTACT["externalId"]],
        "profile": {
            "state": "FOUND",
            "reason": None,
            "message": None,
            "lookedAt": "2025-06-19T10:31:08.002000Z",
            "nextLookAt": "2025-06-26T10:31:08.002000Z",
        },
        "conversationId": CONVERSATION_ID,
        "createdAt": INBOUND["createdAt"],
    },
}

TOKENS: JSONObject = {"success": True, "accessToken": MASK, "refreshToken": MASK, "expiresIn": 900}
ME: JSONObject = {
    "success": True,
    "user": {
        "id": "0193f29f-11aa-7bbb-8ccc-0123456789ab",
        "email": "agent@demo.test",
        "name": "Agatha Agent",
    },
    "businesses": [{"id": "demo-shop", "name": "Demo Shop", "role": "AGENT"}],
}
EVENT: JSONObject = {
    "id": "41",
    "platform": "INSTAGRAM",
    "integrationId": INTEGRATION["id"],
    "state": "done",
    "receivedAt": "2025-06-19T10:31:07.480000Z",
    "processedAt": "2025-06-19T10:31:07.492000Z",
    "items": [
        {
            "kind": "message_received",
            "word": "",
            "externalId": INBOUND["externalId"],
            "detail": "",
            "error": "",
            "payload": None,
        }
    ],
}
EVENTS: JSONObject = {"success": True, "webhookEvents": [EVENT], "nextCursor": None}
REPLAYED_EVENT: JSONObject = {"success": True, "webhookEvent": {**EVENT, "state": "received"}}

NEW_API_KEY: JSONObject = {
    "name": "Support bot",
    "scopes": ["conversations:read", "messages:send"],
    "actor": "AI",
}
API_KEY: JSONObject = {
    "id": "0193f2b0-6a10-7c44-8f21-9e8d7c6b5a40",
    **NEW_API_KEY,
    "prefix": "gwk_5f0c9a71d2e4",
    "lastUsedAt": "2025-06-19T10:33:00Z",
    "createdAt": "2025-06-19T10:28:12.400000Z",
}
API_KEYS: JSONObject = {"success": True, "apiKeys": [API_KEY], "nextCursor": None}
API_KEY_MADE: JSONObject = {"success": True, "key": MASK, "apiKey": {**API_KEY, "lastUsedAt": None}}
AUDIT: JSONObject = {
    "success": True,
    "entries": [
        {
            "id": "17",
            "at": "2025-06-19T10:29:04.118000Z",
            "actor": {"kind": "MEMBER", "id": "0193f29f-10fe-7aaa-8bbb-0123456789ab", "name": "Olivia Owner"},
            "action": "integration.connect_begun",
            "targetType": "integration",
            "targetId": INTEGRATION["id"],
            "ip": "203.0.113.7",
            "detail": {"platform": "INSTAGRAM", "flow": "oauth", "login": "facebook", "reconnect": False},
        }
    ],
    "nextCursor": None,
}
