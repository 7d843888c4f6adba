"""Pages and the Instagram accounts behind them."""

from functools import partial
from typing import Any

from backend.simulator.graph.access import need_scope, page_token
from backend.simulator.graph.call import Call
from backend.simulator.graph.errors import GraphError, bad_parameter, missing_parameter, page_token_needed
from backend.simulator.graph.fields import ABSENT, Fields, Getter, parse_fields, select
from backend.simulator.graph.subscriptions import words
from backend.simulator.records import INSTAGRAM, MESSENGER, InstagramAccount, Page, Token

Json = dict[str, Any]

SUBSCRIBABLE = [
    "feed",
    "mention",
    "name",
    "picture",
    "category",
    "description",
    "conversations",
    "messages",
    "message_echoes",
    "message_deliveries",
    "message_reads",
    "message_reactions",
    "message_edits",
    "message_context",
    "messaging_postbacks",
    "messaging_optins",
    "messaging_optouts",
    "messaging_referrals",
    "messaging_handovers",
    "messaging_policy_enforcement",
    "messaging_account_linking",
    "messaging_feedback",
    "messaging_customer_information",
    "messaging_payments",
    "standby",
    "response_feedback",
    "send_cart",
    "inbox_labels",
    "calls",
    "leadgen",
    "ratings",
]


async def show_page(call: Call, token: Token, page: Page) -> Json:
    return describe_page(call, token, page, "id,name")


def describe_page(call: Call, token: Token, page: Page, default: str) -> Json:
    """The wanted fields of the Page as this token sees them."""
    getters: dict[str, Getter] = {
        "id": lambda page, _: page.id,
        "name": lambda page, _: page.name,
        "category": lambda page, _: page.category,
        "category_list": lambda page, _: [{"id": "2202", "name": page.category}],
        "tasks": lambda page, _: page.tasks,
        "link": lambda page, _: f"https://www.facebook.com/{page.id}",
        "username": lambda page, _: page.name.lower().replace(" ", "."),
        "picture": lambda page, _: {"data": {"url": picture(call, page.id), "is_silhouette": False}},
        "access_token": partial(token_for, call, token),
        "instagram_business_account": partial(linked_instagram, call, token),
        "connected_instagram_account": partial(connected_instagram, call, token),
    }
    return select(page, call.fields, getters, default, "Page")


def picture(call: Call, account_id: str) -> str:
    return f"{call.sim.config.own_url}/sim/picture/{account_id}.svg"


def token_for(call: Call, token: Token, page: Page, _: Fields) -> str:
    return token.id if token.kind == "PAGE" else page_token(call.sim, token, page).id


def linked_instagram(call: Call, token: Token, page: Page, fields: Fields) -> Any:
    """The linked account; the key is missing where there is none or the app may not see it."""
    account = call.sim.world.instagram_of(page)
    if account is None or account.id not in token.accounts or not token.holds("instagram_basic"):
        return ABSENT
    return describe_instagram(call, account, fields or parse_fields("id"))


def connected_instagram(call: Call, token: Token, page: Page, fields: Fields) -> Any:
    """The account that stands in the Page's settings, be it a personal one."""
    account = None if page.unlinked else call.sim.world.instagrams.get(page.instagram_id)
    if account is None or not token.holds("instagram_basic"):
        return ABSENT
    return describe_instagram(call, account, fields or parse_fields("id"))


async def show_instagram(call: Call, token: Token, account: InstagramAccount) -> Json:
    need_scope(token, "instagram_basic", code=10)
    return describe_instagram(call, account, call.fields)


def describe_instagram(call: Call, account: InstagramAccount, fields: Fields) -> Json:
    getters = {
        "id": lambda account, _: account.id,
        "ig_id": lambda account, _: int(account.id[-10:]),
        "username": lambda account, _: account.username,
        "name": lambda account, _: account.name,
        "profile_picture_url": lambda account, _: picture(call, account.id),
        "followers_count": lambda account, _: 1234,
        "biography": lambda account, _: "",
        "website": lambda account, _: "",
    }
    return select(account, fields, getters, "id", "IGUser")


# The app's subscription to the Page


def check_page_token(token: Token, page: Page) -> None:
    """Only the Page's own token, with the rights to change what the app is told."""
    if token.kind != "PAGE":
        raise page_token_needed()
    need_scope(token, "pages_manage_metadata")
    if not {"MODERATE", "MANAGE"} & set(page.tasks):
        raise GraphError("(#200) The person needs the MODERATE task on this Page", 200, status=403)


async def subscribe_page(call: Call, token: Token, page: Page) -> Json:
    """Send the Page's events to the app."""
    check_page_token(token, page)
    fields = words(call.json("subscribed_fields"))
    if not fields:
        raise missing_parameter("subscribed_fields")
    for place, name in enumerate(fields):
        if name not in SUBSCRIBABLE:
            known = ", ".join(SUBSCRIBABLE)
            raise bad_parameter(
                f'Param subscribed_fields[{place}] must be one of {{{known}}} - got "{name}".'
            )
    page.subscribed_fields = fields
    page.connected |= connections(call, token, page)
    call.sim.world.pages.put(page)
    return {"success": True}


def connections(call: Call, token: Token, page: Page) -> dict[str, int]:
    """
    Which platform this subscription is for, as far as one can tell: both share the Page, and only a token
    that may read Instagram messages was asked for with Instagram in mind.
    """
    now = next(call.sim.world.sequence)
    for_instagram = call.sim.world.instagram_of(page) is not None and token.holds("instagram_manage_messages")
    if token.standing:
        return {MESSENGER: now, INSTAGRAM: now}
    this, other = (INSTAGRAM, MESSENGER) if for_instagram else (MESSENGER, INSTAGRAM)
    return {other: page.connected.get(other, 0), this: now}


async def show_page_subscription(call: Call, token: Token, page: Page) -> Json:
    if not page.subscribed_fields:
        return {"data": []}
    config = call.sim.config
    app = {"category": "Business", "link": config.public_url, "name": "Simulated app", "id": config.app_id}
    return {"data": [{**app, "subscribed_fields": page.subscribed_fields}]}


async def unsubscribe_page(call: Call, token: Token, page: Page) -> Json:
    """Stop the Page's events."""
    check_page_token(token, page)
    page.subscribed_fields, page.connected = [], {}
    call.sim.world.pages.put(page)
    return {"success": True}
