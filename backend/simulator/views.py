"""How the control door describes the world."""

from typing import Any

from backend.simulator.clock import iso
from backend.simulator.records import INSTAGRAM, MESSENGER, WHATSAPP, Customer, Delivery, Message
from backend.simulator.simulation import Simulation
from backend.simulator.standing import StandingTokens
from backend.simulator.world import Account

Json = dict[str, Any]

TYPING_LASTS = 25_000  # Milliseconds.


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
        "instagramAccounts": [
            {
                "id": one.id,
                "username": one.username,
                "name": one.name,
                "pageId": one.page_id,
                "userId": one.user_id,
            }
            for one in held.instagrams
        ],
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
    return {
        **{name: value for name, value in message.detail.items() if name in ("url", "urls", "buttons")},
        **shown,
    }


def delivery(one: Delivery) -> Json:
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
        "entry": one.entries,
    }


def clock(sim: Simulation) -> Json:
    return {"now": iso(sim.clock.now()), "offsetSeconds": sim.clock.offset}


# The phone


def phone(sim: Simulation, account_id: str, customer_id: str) -> Json:
    """What the phone page shows: the accounts, their customers, and one conversation."""
    held = sim.world
    person = held.customer(account_id, customer_id)
    thread = held.thread(person) if person else []
    return {
        "accounts": accounts(sim),
        "customers": [customer(one) for one in held.customers_of.get(account_id, ())],
        "messages": [bubble(one, person) for one in thread if not one.is_signal and one.status != "failed"]
        if person
        else [],
        "typing": is_typing(sim, thread),
        "now": iso(sim.clock.now()),
    }


def accounts(sim: Simulation) -> list[Json]:
    """Every account with its owner; those that are connected come first."""
    held = sim.world
    found: list[tuple[str, Account, str, str]] = [
        *((MESSENGER, page, held.users[page.user_id].name, page.name) for page in held.pages),
        *(
            (INSTAGRAM, one, held.users[one.user_id].name, f"{one.name} (@{one.username})")
            for one in held.instagrams
        ),
        *((WHATSAPP, one, owner_name(sim, one.id), f"{one.name} ({one.display})") for one in held.numbers),
    ]
    rows = [
        {
            "platform": platform,
            "id": one.id,
            "name": name,
            "owner": owner,
            "connected": held.is_subscribed(one),
        }
        for platform, one, owner, name in found
    ]
    return sorted(rows, key=lambda row: not row["connected"])


def owner_name(sim: Simulation, account_id: str) -> str:
    owner = sim.world.owner_of(account_id)
    return owner.name if owner else ""


def bubble(message: Message, person: Customer) -> Json:
    """One message of the conversation with its ticks."""
    seen = "read" if message.at <= person.seen_at else "delivered"
    return {
        "id": message.id,
        "inbound": message.inbound,
        "kind": message.kind,
        "text": message.text,
        "at": iso(message.at / 1000),
        "status": seen if message.inbound else message.status,
        "replyTo": message.target or None,
        "reactions": list(message.reactions.values()),
        "detail": message.detail,
    }


def is_typing(sim: Simulation, thread: list[Message]) -> bool:
    """Whether the business is seen writing: it said so, and neither wrote nor took it back since."""
    for message in reversed(thread):
        if message.kind in ("read", "reaction", "unreact") or message.inbound:
            continue
        return message.kind == "typing_on" and sim.clock.now_ms() - message.at < TYPING_LASTS
    return False
