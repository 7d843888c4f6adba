"""Phone numbers of WhatsApp."""

from functools import partial
from typing import Any

from backend.simulator.graph.access import need_scope
from backend.simulator.graph.call import Call
from backend.simulator.graph.errors import GraphError, bad_parameter, missing_parameter
from backend.simulator.graph.fields import ABSENT, Fields, Getter, select
from backend.simulator.graph.message_shapes import time_of
from backend.simulator.graph.paging import paged
from backend.simulator.graph.subscriptions import shake_hands, words
from backend.simulator.graph.whatsapp import MANAGE
from backend.simulator.records import BusinessAccount, PhoneNumber, Token

WHATSAPP_OBJECT = "whatsapp_business_account"

Json = dict[str, Any]

MOST_REGISTRATIONS = 10  # Within the time below; then the number is locked for as long.
REGISTRATIONS_COUNT_FOR = 72 * 3_600
PROFILE_FIELDS = ("about", "address", "description", "email", "profile_picture_url", "websites", "vertical")


def code_status(number: PhoneNumber, _: Fields) -> str:
    return "NOT_VERIFIED" if number.status == "UNVERIFIED" else "VERIFIED"


def onboarded_time(number: PhoneNumber, _: Fields) -> Any:
    return time_of(int(number.onboarded_at * 1000)) if number.onboarded_at else ABSENT


HEALTH = {"CONNECTED": "AVAILABLE", "FLAGGED": "LIMITED", "RATE_LIMITED": "LIMITED"}
# Fields that exist and that these numbers do not have.
NEVER_SET = (
    "certificate",
    "conversational_automation",
    "eligibility_for_api_business_global_search",
    "new_certificate",
    "new_name_status",
    "username",
)
NUMBER_FIELDS = {
    "id": lambda number, _: number.id,
    "display_phone_number": lambda number, _: number.display,
    "verified_name": lambda number, _: number.name,
    "quality_rating": lambda number, _: number.quality,
    "code_verification_status": code_status,
    "name_status": lambda number, _: number.name_status,
    "status": lambda number, _: number.status,
    "account_mode": lambda number, _: "LIVE",
    "platform_type": lambda number, _: "CLOUD_API",
    "throughput": lambda number, _: {"level": number.throughput},
    "is_on_biz_app": lambda number, _: number.on_phone,
    "is_official_business_account": lambda number, _: False,
    "is_pin_enabled": lambda number, _: bool(number.pin),
    "whatsapp_business_manager_messaging_limit": lambda number, _: number.limit,
    "messaging_limit_tier": lambda number, _: number.limit,
    "last_onboarded_time": onboarded_time,
    "quality_score": lambda number, _: {"score": number.quality},
    "is_preverified_number": lambda number, _: False,
    "search_visibility": lambda number, _: "NON_VISIBLE",
    "country_dial_code": lambda number, _: "1",
    "country_code": lambda number, _: "US",
    "health_status": lambda number, _: {"can_send_message": HEALTH.get(number.status, "BLOCKED")},
    **dict.fromkeys(NEVER_SET, lambda number, _: ABSENT),
}


def getters(call: Call) -> dict[str, Getter]:
    return {**NUMBER_FIELDS, "webhook_configuration": partial(configuration, call)}


def configuration(call: Call, number: PhoneNumber, _: Fields) -> Json:
    """Where the number's messages go, by each level that says something; the most exact one wins."""
    account = call.sim.world.business_accounts[number.business_account_id]
    levels = {
        "phone_number": number.override_url,
        "whatsapp_business_account": account.override_url,
        "application": call.sim.app_subscription(WHATSAPP_OBJECT).callback_url,
    }
    return {level: url for level, url in levels.items() if url}


NUMBER_DEFAULT = (
    "id,verified_name,display_phone_number,quality_rating,code_verification_status,platform_type,throughput"
)


async def list_numbers(call: Call, token: Token, account: BusinessAccount) -> Json:
    need_scope(token, MANAGE)
    rows = [(number.id, number) for number in call.sim.world.numbers_of(account.id)]
    return paged(
        call, rows, lambda one: select(one, call.fields, getters(call), NUMBER_DEFAULT, "PhoneNumber")
    )


async def show_number(call: Call, token: Token, number: PhoneNumber) -> Json:
    need_scope(token, MANAGE)
    return select(number, call.fields, getters(call), NUMBER_DEFAULT, "PhoneNumber")


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
    if number.on_phone:
        raise bad_parameter("Registration is not available for a number of the WhatsApp Business app")
    count_registration(call, number)
    if number.pin and number.pin != pin:
        raise GraphError("(#133005) Two step verification PIN Mismatch", 133005)
    number.pin, number.status = pin, "CONNECTED"
    touch(call, number)
    return {"success": True}


def count_registration(call: Call, number: PhoneNumber) -> None:
    """Raise Meta's refusal after too many tries."""
    now = call.sim.clock.now()
    recent = [at for at in number.registrations if now - at < REGISTRATIONS_COUNT_FOR]
    if len(recent) >= MOST_REGISTRATIONS:
        raise GraphError(
            "(#133016) Account register/deregister request failed because there were too many attempts for this "
            "phone number in a short period of time",
            133016,
        )
    number.registrations = [*recent, now]
    call.sim.world.numbers.put(number)


async def deregister(call: Call, token: Token, number: PhoneNumber) -> Json:
    """Take the number off the API; nobody can send by it until it is registered again."""
    need_scope(token, MANAGE)
    if number.on_phone:
        raise bad_parameter("Deregistration is not available for SMB businesses")
    count_registration(call, number)
    number.pin, number.status = "", "DISCONNECTED"
    call.sim.world.numbers.put(number)
    return {"success": True}


def touch(call: Call, number: PhoneNumber) -> None:
    """Remember that the business chose this very number."""
    number.touched = next(call.sim.world.sequence)
    call.sim.world.numbers.put(number)


async def show_profile(call: Call, token: Token, number: PhoneNumber) -> Json:
    """What customers see of the business."""
    need_scope(token, MANAGE)
    wanted = words(call.text("fields")) or list(PROFILE_FIELDS)
    profile = {"vertical": "OTHER", **number.profile}
    known = {name: value for name, value in profile.items() if name in wanted}
    return {"data": [{"messaging_product": "whatsapp", **known}]}


async def change_profile(call: Call, token: Token, number: PhoneNumber) -> Json:
    need_scope(token, MANAGE)
    if call.text("messaging_product") != "whatsapp":
        raise missing_parameter("messaging_product")
    given = {name: call.json(name) for name in PROFILE_FIELDS if name in call.params}
    number.profile = {**number.profile, **given}
    call.sim.world.numbers.put(number)
    return {"success": True}
