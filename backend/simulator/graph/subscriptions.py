"""The app's callbacks: for a whole object, and the handshake that proves an address."""

import secrets
from typing import Any

from backend.simulator.graph.call import Call
from backend.simulator.graph.errors import GraphError, bad_parameter, missing_parameter
from backend.simulator.records import App, AppSubscription, Token
from backend.simulator.sender import try_get
from backend.simulator.simulation import WEBHOOK_OBJECTS, Simulation

Json = dict[str, Any]


def words(value: Any) -> list[str]:
    """The names in a comma list or a JSON array."""
    names = value if isinstance(value, list) else str(value or "").split(",")
    return [name for name in (str(one).strip() for one in names) if name]


async def shake_hands(sim: Simulation, url: str, verify_token: str) -> None:
    """Ask the address for the challenge, as Meta does before it believes it; raises GraphError."""
    challenge = str(secrets.randbelow(2_000_000_000))
    params = {"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": verify_token}
    sim.store.commit()  # The answer may take a while; nothing waits for it on the disk.
    answer = await try_get(sim.sender, url, params=params)
    if not answer:
        raise verification_failed(f"URL could not be reached: {answer.text}")
    if answer != 200:
        raise verification_failed(f"HTTP Status Code = {int(answer)}")
    if answer.text.strip() != challenge:
        raise verification_failed("The response did not match the challenge")


def verification_failed(reason: str) -> GraphError:
    return GraphError(f"(#2200) Callback verification failed with the following errors: {reason}", 2200)


async def subscribe_app(call: Call, token: Token, app: App) -> Json:
    """Set the app's callback for one object."""
    name, url = call.text("object"), call.text("callback_url")
    if name not in WEBHOOK_OBJECTS:
        raise bad_parameter(f"Param object must be one of {{{', '.join(WEBHOOK_OBJECTS)}}}")
    if not url:
        raise missing_parameter("callback_url")
    await shake_hands(call.sim, url, call.text("verify_token"))
    fields = words(call.json("fields")) or ["*"]
    call.sim.world.app_subscriptions.put(AppSubscription(id=name, callback_url=url, fields=fields))
    return {"success": True}


async def list_app_subscriptions(call: Call, token: Token, app: App) -> Json:
    version = call.sim.config.graph_version
    rows: list[Json] = []
    for name in WEBHOOK_OBJECTS:
        subscription = call.sim.app_subscription(name)
        fields = [{"name": field, "version": version} for field in shown_fields(subscription)]
        rows.append(
            {
                "object": name,
                "callback_url": subscription.callback_url,
                "active": subscription.active,
                "fields": fields,
            }
        )
    return {"data": rows}


def shown_fields(subscription: AppSubscription) -> list[str]:
    return ALL_FIELDS[subscription.id] if subscription.fields == ["*"] else subscription.fields


async def unsubscribe_app(call: Call, token: Token, app: App) -> Json:
    """Back to the dashboard's preset for the object, or for all."""
    for name in [call.text("object")] if call.text("object") else WEBHOOK_OBJECTS:
        if subscription := call.sim.world.app_subscriptions.get(name):
            call.sim.world.app_subscriptions.discard(subscription)
    return {"success": True}


ALL_FIELDS = {
    "page": [
        "messages",
        "message_echoes",
        "message_deliveries",
        "message_reads",
        "message_reactions",
        "message_edits",
        "messaging_postbacks",
        "messaging_referrals",
        "messaging_optins",
        "messaging_optouts",
        "messaging_account_linking",
        "messaging_handovers",
        "standby",
        "messaging_policy_enforcement",
    ],
    "instagram": [
        "messages",
        "message_reactions",
        "message_edits",
        "messaging_seen",
        "messaging_postbacks",
        "messaging_referral",
        "messaging_handover",
        "standby",
    ],
    "whatsapp_business_account": [
        "messages",
        "account_update",
        "message_template_status_update",
        "phone_number_name_update",
        "phone_number_quality_update",
        "history",
        "smb_app_state_sync",
        "smb_message_echoes",
        "user_id_update",
    ],
}
