"""The templates that every WhatsApp business account has from the start."""

from typing import Any

Json = dict[str, Any]

PRESET: list[Json] = [
    {
        "id": "594425479261596",
        "name": "hello_world",
        "language": "en_US",
        "status": "APPROVED",
        "category": "UTILITY",
        "components": [{"type": "BODY", "text": "Welcome, and congratulations! This message is a test."}],
    },
    {
        "id": "594425479261597",
        "name": "order_update",
        "language": "en_US",
        "status": "APPROVED",
        "category": "UTILITY",
        "components": [
            {
                "type": "BODY",
                "text": "Hello {{1}}, your order {{2}} is on its way.",
                "example": {"body_text": [["Ann", "4711"]]},
            }
        ],
    },
    {
        "id": "594425479261598",
        "name": "spring_sale",
        "language": "de",
        "status": "REJECTED",
        "category": "MARKETING",
        "components": [{"type": "BODY", "text": "Nur heute: alles zum halben Preis."}],
    },
    {
        "id": "594425479261599",
        "name": "sale",
        "language": "en",
        "status": "APPROVED",
        "category": "MARKETING",
        "parameter_format": "NAMED",
        "components": [
            {
                "type": "HEADER",
                "format": "IMAGE",
                "example": {"header_handle": ["https://shop.example/hat.jpg"]},
            },
            {
                "type": "BODY",
                "text": "Hello {{first_name}}, the blue one costs {{price}} today.",
                "example": {
                    "body_text_named_params": [
                        {"param_name": "first_name", "example": "Carla"},
                        {"param_name": "price", "example": "29 EUR"},
                    ]
                },
            },
            {"type": "FOOTER", "text": "You get this because you are our customer."},
            {
                "type": "BUTTONS",
                "buttons": [
                    {"type": "URL", "text": "See the sale", "url": "https://shop.example/sale"},
                    {"type": "QUICK_REPLY", "text": "No more of this"},
                ],
            },
        ],
    },
]
