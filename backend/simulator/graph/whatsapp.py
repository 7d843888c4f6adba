"""Business accounts of WhatsApp and the app's subscription to them."""

from typing import Any

from backend.simulator.graph.access import business_of, need_scope
from backend.simulator.graph.call import Call
from backend.simulator.graph.errors import GraphError
from backend.simulator.graph.fields import ABSENT, select
from backend.simulator.graph.subscriptions import shake_hands
from backend.simulator.records import BusinessAccount, Token

Json = dict[str, Any]

MANAGE = "whatsapp_business_management"

# Fields that exist and that these accounts do not have.
NEVER_SET = (
    "marketing_messages_lite_api_status",
    "marketing_messages_onboarding_status",
    "on_behalf_of_business_info",
    "primary_funding_id",
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
    "is_enabled_for_insights": lambda account, _: True,
    "ownership_type": lambda account, _: "CLIENT_OWNED",
    "health_status": lambda account, _: {"can_send_message": "AVAILABLE"},
    "disable_marketing_messages_on_cloud_api": lambda account, _: False,
    **dict.fromkeys(NEVER_SET, lambda account, _: ABSENT),
    "owner_business_info": lambda account, _: {"id": business_of(account), "name": account.name},
}


async def show_business_account(call: Call, token: Token, account: BusinessAccount) -> Json:
    need_scope(token, MANAGE)
    default = "id,name,currency,timezone_id,message_template_namespace"
    getters = {**ACCOUNT_FIELDS, "subscribed_apps": lambda account, _: subscription_of(call, account)}
    return select(account, call.fields, getters, default, "WhatsAppBusinessAccount")


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
    return subscription_of(call, account)


def subscription_of(call: Call, account: BusinessAccount) -> Json:
    """The app, if it is subscribed, and where the account's events go."""
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
