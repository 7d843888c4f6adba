"""Business accounts and phone numbers of WhatsApp."""

import json
from typing import Any

from backend.simulator.graph.access import business_of, need_scope
from backend.simulator.graph.call import Call
from backend.simulator.graph.errors import GraphError, bad_parameter, missing_parameter
from backend.simulator.graph.fields import ABSENT, select
from backend.simulator.graph.paging import paged
from backend.simulator.graph.subscriptions import shake_hands
from backend.simulator.records import BusinessAccount, PhoneNumber, Token

Json = dict[str, Any]

MANAGE = "whatsapp_business_management"

NUMBER_FIELDS = {
    "id": lambda number, _: number.id,
    "display_phone_number": lambda number, _: number.display,
    "verified_name": lambda number, _: number.name,
    "quality_rating": lambda number, _: "GREEN",
    "code_verification_status": lambda number, _: "VERIFIED",
    "name_status": lambda number, _: "APPROVED",
    "status": lambda number, _: "CONNECTED",
    "account_mode": lambda number, _: "LIVE",
    "platform_type": lambda number, _: "CLOUD_API",
    "throughput": lambda number, _: {"level": "STANDARD"},
    "is_on_biz_app": lambda number, _: False,
    "is_official_business_account": lambda number, _: False,
    "is_pin_enabled": lambda number, _: bool(number.pin),
    "whatsapp_business_manager_messaging_limit": lambda number, _: "TIER_250",
    "messaging_limit_tier": lambda number, _: "TIER_250",
    "webhook_configuration": lambda number, _: (
        {"phone_number": number.override_url} if number.override_url else ABSENT
    ),
    "last_onboarded_time": lambda number, _: ABSENT,
    "username": lambda number, _: ABSENT,
}
NUMBER_DEFAULT = (
    "id,verified_name,display_phone_number,quality_rating,code_verification_status,platform_type,throughput"
)

ACCOUNT_FIELDS = {
    "id": lambda account, _: account.id,
    "name": lambda account, _: account.name,
    "currency": lambda account, _: "USD",
    "timezone_id": lambda account, _: "1",
    "message_template_namespace": lambda account, _: f"ns_{account.id}",
    "account_review_status": lambda account, _: "APPROVED",
    "business_verification_status": lambda account, _: "verified",
    "country": lambda account, _: "US",
    "status": lambda account, _: "ACTIVE",
    "owner_business_info": lambda account, _: {"id": business_of(account), "name": account.name},
}


async def show_business_account(call: Call, token: Token, account: BusinessAccount) -> Json:
    need_scope(token, MANAGE)
    default = "id,name,currency,timezone_id,message_template_namespace"
    return select(account, call.fields, ACCOUNT_FIELDS, default, "WhatsAppBusinessAccount")


async def list_numbers(call: Call, token: Token, account: BusinessAccount) -> Json:
    need_scope(token, MANAGE)
    fields = call.fields
    numbers = call.sim.world.numbers_of(account.id)
    return paged(
        call, [(one.id, select(one, fields, NUMBER_FIELDS, NUMBER_DEFAULT, "PhoneNumber")) for one in numbers]
    )


async def show_number(call: Call, token: Token, number: PhoneNumber) -> Json:
    need_scope(token, MANAGE)
    return select(number, call.fields, NUMBER_FIELDS, NUMBER_DEFAULT, "PhoneNumber")


async def change_number(call: Call, token: Token, number: PhoneNumber) -> Json:
    """Give the number a callback of its own; an empty address takes it away."""
    need_scope(token, MANAGE)
    wanted = call.object("webhook_configuration")
    if "override_callback_uri" not in wanted:
        raise missing_parameter("webhook_configuration[override_callback_uri]")
    url = str(wanted["override_callback_uri"] or "")
    if url:
        await shake_hands(call.sim, url, str(wanted.get("verify_token", "")))
    number.override_url = url
    touch(call, number)
    return {"success": True}


async def register(call: Call, token: Token, number: PhoneNumber) -> Json:
    """Register the number with its two-step PIN; the first one sets it."""
    need_scope(token, MANAGE)
    pin = call.text("pin")
    if call.text("messaging_product") != "whatsapp":
        raise missing_parameter("messaging_product")
    if len(pin) != 6 or not pin.isdigit():
        raise bad_parameter("Param pin must be exactly 6 digits")
    if number.pin and number.pin != pin:
        raise GraphError("(#133005) Two step verification PIN Mismatch", 133005)
    number.pin = pin
    touch(call, number)
    return {"success": True}


async def deregister(call: Call, token: Token, number: PhoneNumber) -> Json:
    need_scope(token, MANAGE)
    number.pin = ""
    call.sim.world.numbers.put(number)
    return {"success": True}


def touch(call: Call, number: PhoneNumber) -> None:
    """Remember that the business chose this very number."""
    number.touched = next(call.sim.world.sequence)
    call.sim.world.numbers.put(number)


async def subscribe_account(call: Call, token: Token, account: BusinessAccount) -> Json:
    """Send the account's events to the app, to an address of its own if one is given."""
    need_scope(token, MANAGE)
    url = call.text("override_callback_uri")
    if url:
        await shake_hands(call.sim, url, call.text("verify_token"))
    account.override_url = url
    account.subscribed = True
    account.connected = next(call.sim.world.sequence)
    call.sim.world.business_accounts.put(account)
    return {"success": True}


async def show_account_subscription(call: Call, token: Token, account: BusinessAccount) -> Json:
    need_scope(token, MANAGE)
    if not account.subscribed:
        return {"data": []}
    config = call.sim.config
    row: Json = {
        "whatsapp_business_api_data": {
            "id": config.app_id,
            "link": config.public_url,
            "name": "Simulated app",
        }
    }
    if account.override_url:
        row["override_callback_uri"] = account.override_url
    return {"data": [row]}


async def unsubscribe_account(call: Call, token: Token, account: BusinessAccount) -> Json:
    need_scope(token, MANAGE)
    if not account.subscribed:
        raise GraphError("(#803) The app is not subscribed to this business account", 803, status=404)
    account.subscribed, account.override_url = False, ""
    call.sim.world.business_accounts.put(account)
    return {"success": True}


async def list_templates(call: Call, token: Token, account: BusinessAccount) -> Json:
    need_scope(token, MANAGE)
    rows = [(row["id"], json.loads(json.dumps(row))) for row in TEMPLATES]
    wanted = call.text("name")
    return paged(call, [row for row in rows if not wanted or row[1]["name"] == wanted])


TEMPLATES: list[Json] = [
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
]
