"""What the schema shows of messages that are sent."""

from __future__ import annotations

from backend.lib.json_types import JSONObject

OUTGOING: dict[str, JSONObject] = {
    "Text": {"type": "TEXT", "text": "It is! Shall I keep one for you?"},
    "Reply": {
        "type": "TEXT",
        "text": "Yes, both.",
        "replyToId": "0193f2a2-0b6e-7c22-a1b2-c3d4e5f60718",
        "humanAgent": False,
    },
    "Media": {
        "type": "MEDIA",
        "mediaIds": ["0193f2c1-5d20-7e31-9a44-2b3c4d5e6f70"],
        "text": "Here it is.",
    },
    "Voice": {"type": "MEDIA", "mediaIds": ["0193f2c1-5d20-7e31-9a44-2b3c4d5e6f71"], "voice": True},
    "QuickReplies": {
        "type": "INTERACTIVE",
        "interactive": {
            "type": "QUICK_REPLIES",
            "text": "Which size?",
            "replies": [{"id": "size-s", "title": "Small"}, {"id": "size-l", "title": "Large"}],
        },
    },
    "Buttons": {
        "type": "INTERACTIVE",
        "interactive": {
            "type": "BUTTONS",
            "text": "Shall we deliver it?",
            "buttons": [{"id": "deliver", "title": "Yes, please"}, {"id": "collect", "title": "I come by"}],
        },
    },
    "List": {
        "type": "INTERACTIVE",
        "interactive": {
            "type": "LIST",
            "header": "Opening hours",
            "text": "When would you like to come?",
            "footer": "Times of Berlin",
            "label": "Choose a time",
            "sections": [
                {
                    "title": "Today",
                    "rows": [{"id": "t-17", "title": "17:00", "description": "2 places left"}],
                },
                {"title": "Tomorrow", "rows": [{"id": "t-09", "title": "9:00"}]},
            ],
        },
    },
    "Link": {
        "type": "INTERACTIVE",
        "interactive": {
            "type": "LINK",
            "text": "Your order is on its way.",
            "label": "Track it",
            "url": "https://shop.example/orders/4711",
        },
    },
    "Cards": {
        "type": "INTERACTIVE",
        "interactive": {
            "type": "CARDS",
            "cards": [
                {
                    "title": "The blue one",
                    "description": "29 EUR",
                    "imageUrl": "https://shop.example/blue.jpg",
                    "url": "https://shop.example/blue",
                    "buttons": [
                        {"id": "buy-blue", "title": "I take it"},
                        {"title": "See more", "url": "https://shop.example/blue"},
                    ],
                }
            ],
        },
    },
    "Flow": {
        "type": "INTERACTIVE",
        "interactive": {
            "type": "FLOW",
            "text": "Where shall it go?",
            "label": "Fill in",
            "flowId": "1234567890123456",
            "flowToken": "order-4711",
            "screen": "ADDRESS",
        },
    },
    "LocationRequest": {
        "type": "INTERACTIVE",
        "interactive": {"type": "LOCATION_REQUEST", "text": "Where are you?"},
    },
    "Location": {
        "type": "LOCATION",
        "location": {
            "latitude": 52.5163,
            "longitude": 13.3777,
            "name": "Our shop",
            "address": "Pariser Platz, Berlin",
        },
    },
    "Contacts": {
        "type": "CONTACTS",
        "contacts": [
            {
                "name": "Carl Courier",
                "company": "Fast Bikes",
                "phones": [{"phone": "+49 30 1234567", "type": "WORK"}],
            }
        ],
    },
    "Template": {
        "type": "TEMPLATE",
        "template": {
            "name": "order_update",
            "language": "en_US",
            "components": [
                {
                    "type": "BODY",
                    "parameters": [{"type": "TEXT", "text": "Carla"}, {"type": "TEXT", "text": "4711"}],
                },
                {"type": "BUTTON", "index": 0, "parameters": [{"type": "TEXT", "text": "orders/4711"}]},
            ],
        },
    },
    "TemplateWithPicture": {
        "type": "TEMPLATE",
        "template": {
            "name": "sale",
            "language": "en",
            "components": [
                {
                    "type": "HEADER",
                    "parameters": [{"type": "IMAGE", "mediaId": "0193f2c1-5d20-7e31-9a44-2b3c4d5e6f70"}],
                },
                {
                    "type": "BODY",
                    "parameters": [
                        {"type": "TEXT", "name": "first_name", "text": "Carla"},
                        {
                            "type": "CURRENCY",
                            "name": "price",
                            "code": "EUR",
                            "amount1000": 29000,
                            "fallback": "29 EUR",
                        },
                    ],
                },
                {"type": "BUTTON", "index": 1, "parameters": [{"type": "PAYLOAD", "payload": "stop"}]},
            ],
        },
    },
}

SLOT: JSONObject = {"name": "1", "type": "TEXT", "required": True, "example": "Ann"}
PART: JSONObject = {"format": None, "text": None, "parameters": [], "buttons": [], "cards": []}
TEMPLATES: JSONObject = {
    "success": True,
    "templates": [
        {
            "id": "0193f2c0-11aa-7c44-8f21-9e8d7c6b5a40",
            "externalId": "594425479261597",
            "name": "order_update",
            "language": "en_US",
            "status": "APPROVED",
            "category": "UTILITY",
            "quality": "GREEN",
            "rejectedReason": None,
            "named": False,
            "components": [
                {
                    **PART,
                    "type": "BODY",
                    "format": "TEXT",
                    "text": "Hello {{1}}, your order {{2}} is on its way.",
                    "parameters": [SLOT, {**SLOT, "name": "2", "example": "4711"}],
                },
                {
                    **PART,
                    "type": "BUTTONS",
                    "buttons": [
                        {
                            "index": 0,
                            "type": "URL",
                            "text": "Track it",
                            "url": "https://shop.example/{{1}}",
                            "phone": None,
                            "parameter": {**SLOT, "name": "", "example": "orders/4711"},
                        }
                    ],
                },
            ],
            "updatedAt": "2025-06-19T10:30:00Z",
        }
    ],
    "nextCursor": None,
    "syncedAt": "2025-06-19T10:30:00Z",
    "syncError": None,
}
