"""How the control door describes the world."""

from typing import Any

from backend.simulator.clock import iso
from backend.simulator.records import Customer, Delivery, Message
from backend.simulator.simulation import Simulation
from backend.simulator.standing import StandingTokens

Json = dict[str, Any]


def world(sim: Simulation) -> Json:
    """Everything there is, with good tokens for all of it."""
    held, config, tokens = sim.world, sim.config, StandingTokens(sim)
    return {
        "apps": [
            {"id": config.app_id, "secret": config.app_secret, "name": "Facebook Login"},
            {"id": config.instagram_app_id, "secret": config.instagram_app_secret, "name": "Instagram Login"},
        ],
        "users": [
            {
                "id": user.id,
                "name": user.name,
                "owner": user.owner or None,
                "accessToken": tokens.of_user(user).id,
            }
            for user in held.users
        ],
        "pages": pages(sim, tokens),
        "instagramAccounts": instagram_accounts(sim, tokens),
        "businessAccounts": business_accounts(sim, tokens),
        "customers": [customer(one) for one in held.customers],
        "tokens": [*(token.id for token in held.tokens), *(code.id for code in held.codes)],
    }


def pages(sim: Simulation, tokens: StandingTokens) -> list[Json]:
    return [
        {
            "id": page.id,
            "name": page.name,
            "accessToken": tokens.of_page(page).id,
            "instagramAccountId": page.instagram_id or None,
            "userId": page.user_id,
            "tasks": page.tasks,
            "subscribedFields": page.subscribed_fields,
        }
        for page in sim.world.pages
    ]


def instagram_accounts(sim: Simulation, tokens: StandingTokens) -> list[Json]:
    return [
        {
            "id": one.id,
            "username": one.username,
            "name": one.name,
            "pageId": one.page_id or None,
            "userId": one.user_id,
            "appScopedId": one.scoped_id,
            "accountType": one.account_type,
            "accessToken": tokens.of_instagram(one).id,
            "subscribedFields": one.subscribed_fields,
        }
        for one in sim.world.instagrams
    ]


def business_accounts(sim: Simulation, tokens: StandingTokens) -> list[Json]:
    return [
        {
            "id": account.id,
            "name": account.name,
            "accessToken": tokens.of_business_account(account).id,
            "userId": account.user_id,
            "subscribed": account.subscribed,
            "phoneNumbers": [
                {"id": number.id, "display": number.display, "name": number.name}
                for number in sim.world.numbers_of(account.id)
            ],
        }
        for account in sim.world.business_accounts
    ]


def customer(one: Customer) -> Json:
    more = {"username": one.username} if one.username else {"userId": one.user_id} if one.user_id else {}
    return {"platform": one.platform, "accountId": one.account_id, "id": one.id, "name": one.name, **more}


# What the customer does not see of a message.
HIDDEN = frozenset({"biz_opaque_callback_data"})


def item(message: Message) -> Json:
    """One thing that the business sent, as the customer sees it."""
    shown: Json = {
        "id": message.id,
        "platform": message.platform,
        "accountId": message.account_id,
        "to": message.customer_id,
        "kind": message.kind,
        "text": message.text or None,
        "at": iso(message.at / 1000),
        "status": message.status,
    }
    if message.target:
        shown["messageId" if message.is_signal else "replyTo"] = message.target
    return {**{name: value for name, value in message.detail.items() if name not in HIDDEN}, **shown}


def delivery(one: Delivery, *, with_body: bool) -> Json:
    """One POST of a webhook: when, what it was answered with, how often it was tried."""
    return {
        "id": one.id,
        "at": iso(one.at),
        "url": one.url,
        "object": one.object,
        "accountId": one.account_id,
        "state": one.state,
        "status": one.status,
        "error": one.error or None,
        "attempts": one.attempts,
        "duplicates": one.duplicates,
        "finishedAt": iso(one.finished_at) if one.finished_at else None,
        **({"entry": one.entries} if with_body else {}),
    }


def clock(sim: Simulation) -> Json:
    return {"now": iso(sim.clock.now()), "offsetSeconds": sim.clock.offset}
