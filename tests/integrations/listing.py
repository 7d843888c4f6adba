"""Templates as Meta lists them, with every kind of part."""

from __future__ import annotations

from backend.lib.json_types import JSONObject

BODY = {
    "type": "BODY",
    "text": "Hello {{1}}, your order {{2}} is on its way.",
    "example": {"body_text": [["Ann", "4711"]]},
}
TRACK = {
    "type": "URL",
    "text": "Track it",
    "url": "https://shop.test/{{1}}",
    "example": ["https://shop.test/orders/1"],
}


def template(name: str, *components: JSONObject, **more: object) -> JSONObject:
    """A row of the list."""
    row: JSONObject = {
        "id": "5944",
        "name": name,
        "language": "en_US",
        "status": "APPROVED",
        "category": "UTILITY",
        "parameter_format": "POSITIONAL",
        "components": list(components),
    }
    return row | more


ORDER = template(
    "order_update", BODY, {"type": "BUTTONS", "buttons": [TRACK]}, quality_score={"score": "GREEN"}
)
SALE = template(
    "sale",
    {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["4::x"]}},
    {
        "type": "BODY",
        "text": "{{first_name}}, now for {{price}}.",
        "example": {"body_text_named_params": [{"param_name": "first_name", "example": "Ann"}]},
    },
    {"type": "FOOTER", "text": "Until Sunday"},
    {
        "type": "BUTTONS",
        "buttons": [
            {"type": "PHONE_NUMBER", "text": "Call", "phone_number": "+49301"},
            {"type": "QUICK_REPLY", "text": "Stop"},
            {"type": "COPY_CODE", "text": "Copy code", "example": ["SALE"]},
            {"type": "FLOW", "text": "Choose", "flow_id": "1"},
        ],
    },
    parameter_format="NAMED",
    language="en",
)
PLACE = template("place", {"type": "HEADER", "format": "LOCATION"}, {"type": "BODY", "text": "We are here."})
CODE = template(
    "code",
    {"type": "BODY", "add_security_recommendation": True},
    {"type": "BUTTONS", "buttons": [{"type": "OTP", "otp_type": "COPY_CODE", "text": "Copy"}]},
    category="AUTHENTICATION",
)
CAROUSEL = template(
    "carousel",
    {"type": "BODY", "text": "New, {{1}}:"},
    {
        "type": "CAROUSEL",
        "cards": [
            {
                "components": [
                    {"type": "HEADER", "format": "IMAGE"},
                    {"type": "BODY", "text": "For {{1}}"},
                    {"type": "BUTTONS", "buttons": [TRACK]},
                ]
            }
        ]
        * 2,
    },
)
REFUSED = template(
    "spring", {"type": "BODY", "text": "Hi"}, status="REJECTED", rejected_reason="INVALID_FORMAT"
)
ALL = [ORDER, SALE, PLACE, CODE, CAROUSEL, REFUSED]
