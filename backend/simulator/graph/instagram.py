"""An Instagram account as graph.instagram.com shows it to its own token."""

from typing import Any

from backend.simulator.graph.access import need_scope
from backend.simulator.graph.call import Call
from backend.simulator.graph.errors import bad_parameter, missing_parameter
from backend.simulator.graph.fields import select
from backend.simulator.graph.pages import picture
from backend.simulator.graph.subscriptions import words
from backend.simulator.records import InstagramAccount, Token

Json = dict[str, Any]

BASIC = "instagram_business_basic"
MESSAGES = "instagram_business_manage_messages"

# Meta's own pages write some of these names in two ways; both are taken.
SUBSCRIBABLE = (
    "comments",
    "live_comments",
    "mentions",
    "messages",
    "message_edit",
    "message_edits",
    "message_reactions",
    "messaging_handover",
    "messaging_handovers",
    "messaging_optins",
    "messaging_postbacks",
    "messaging_reactions",
    "messaging_referral",
    "messaging_referrals",
    "messaging_seen",
    "standby",
    "story_insights",
)


async def show_account(call: Call, token: Token, account: InstagramAccount) -> Json:
    """The account; its `id` is the one of the login, `user_id` the one that webhooks name."""
    need_scope(token, BASIC, code=10)
    getters = {
        "id": lambda account, _: account.scoped_id,
        "user_id": lambda account, _: account.id,
        "username": lambda account, _: account.username,
        "name": lambda account, _: account.name,
        "account_type": lambda account, _: account.account_type,
        "profile_picture_url": lambda account, _: picture(call, account.id),
        "followers_count": lambda account, _: 1234,
        "follows_count": lambda account, _: 56,
        "media_count": lambda account, _: 7,
        "biography": lambda account, _: "",
        "website": lambda account, _: "",
    }
    shown = select(account, call.fields, getters, "id", "IGUser")
    return {**shown, "id": account.scoped_id}


async def subscribe(call: Call, token: Token, account: InstagramAccount) -> Json:
    """Send the account's events to the app; which fields come is the app's choice, not the account's."""
    need_scope(token, BASIC, MESSAGES, code=10)
    fields = words(call.json("subscribed_fields"))
    if not fields:
        raise missing_parameter("subscribed_fields")
    for place, name in enumerate(fields):
        if name not in SUBSCRIBABLE:
            known = ", ".join(SUBSCRIBABLE)
            raise bad_parameter(
                f'Param subscribed_fields[{place}] must be one of {{{known}}} - got "{name}".'
            )
    account.subscribed_fields = fields
    account.connected = next(call.sim.world.sequence)
    call.sim.world.instagrams.put(account)
    return {"success": True}


async def show_subscription(call: Call, token: Token, account: InstagramAccount) -> Json:
    if not account.subscribed_fields:
        return {"data": []}
    return {
        "data": [{"id": call.sim.config.instagram_app_id, "subscribed_fields": account.subscribed_fields}]
    }


async def unsubscribe(call: Call, token: Token, account: InstagramAccount) -> Json:
    """Stop the account's events."""
    need_scope(token, BASIC, code=10)
    account.subscribed_fields, account.connected = [], 0
    call.sim.world.instagrams.put(account)
    return {"success": True}
