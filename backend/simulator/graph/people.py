"""The person who logged in, and the customers who wrote."""

from typing import Any

from backend.simulator.graph.access import business_of, messaging_scope, need_scope
from backend.simulator.graph.call import Call
from backend.simulator.graph.errors import GraphError, bad_parameter, unsupported
from backend.simulator.graph.fields import ABSENT, Getter, select
from backend.simulator.graph.oauth import revoke_tokens
from backend.simulator.graph.pages import describe_page
from backend.simulator.graph.paging import paged
from backend.simulator.graph.withheld import REFUSALS
from backend.simulator.permissions import ALWAYS_GRANTED
from backend.simulator.records import INSTAGRAM, Customer, Token, User
from backend.simulator.simulation import Simulation

Json = dict[str, Any]


# Fields that Meta still takes but gives to nobody without a review, or to nobody at all.
WITHHELD = ("gender", "locale", "timezone", "updated_time", "verified", "birthday", "link", "middle_name")


async def show_user(call: Call, token: Token, user: User) -> Json:
    picture = {"url": f"{call.sim.config.own_url}/sim/picture/{user.id}.svg", "is_silhouette": False}
    address = f"{user.name.lower().replace(' ', '.')}.{user.id[-4:]}@people.test"
    getters: dict[str, Getter] = {
        "id": lambda user, _: user.id,
        "name": lambda user, _: user.name,
        "first_name": lambda user, _: user.name.split()[0],
        "last_name": lambda user, _: user.name.split()[-1],
        "short_name": lambda user, _: user.name.split()[0],
        "email": lambda user, _: address if token.holds("email") else ABSENT,
        "picture": lambda user, _: {"data": {**picture, "height": 50, "width": 50}},
        "client_business_id": lambda user, _: f"9{user.id[1:15]}",
        **dict.fromkeys(WITHHELD, lambda user, _: ABSENT),
    }
    return select(user, call.fields, getters, "id,name", "User")


async def list_permissions(call: Call, token: Token, user: User) -> Json:
    """What the person granted and declined."""
    if token.kind == "APP":
        token = newest_token(call.sim, user)
    rows = [{"permission": scope, "status": "granted"} for scope in token.scopes if token.holds(scope)]
    rows += [{"permission": scope, "status": "declined"} for scope in declined(token)]
    return {"data": rows}


def declined(token: Token) -> list[str]:
    return list(
        dict.fromkeys((*token.declined, *(scope for scope in token.revoked_scopes if scope in token.scopes)))
    )


def newest_token(sim: Simulation, user: User) -> Token:
    tokens = [token for token in sim.world.tokens if token.user_id == user.id and not token.revoked]
    return tokens[-1] if tokens else Token(id="", kind="USER", user_id=user.id)


async def revoke_permissions(call: Call, token: Token, user: User, name: str = "") -> Json:
    """Take back one permission, or the whole access of the app."""
    if name == ALWAYS_GRANTED:
        raise bad_parameter("public_profile cannot be revoked alone")
    # Instagram Login is another app; what was given to it stays.
    tokens = [one for one in call.sim.world.tokens if one.user_id == user.id and one.kind != "INSTAGRAM"]
    if not name:
        revoke_tokens(call.sim, tokens)
        return {"success": True}
    for one in tokens:
        one.revoked_scopes = sorted({*one.revoked_scopes, name})
        call.sim.world.tokens.put(one)
    return {"success": True}


async def list_pages(call: Call, token: Token, user: User) -> Json:
    """The Pages that the person chose for the app, a part at a time."""
    world = call.sim.world
    if not token.holds("pages_show_list"):
        return {"data": []}
    pages = [page for key in token.accounts if (page := world.pages.get(key)) and user.id not in page.left_by]
    default = "access_token,category,category_list,name,id,tasks"
    return paged(
        call,
        [(page.id, page) for page in pages],
        lambda page: describe_page(call, token, page, default),
    )


async def list_businesses(call: Call, token: Token, user: User) -> Json:
    """The portfolio that owns the person's business accounts."""
    need_scope(token, "business_management")
    owned = [account for account in call.sim.world.business_accounts if account.user_id == user.id]
    return {"data": [{"id": business_of(owned[0]), "name": user.name}] if owned else []}


async def show_customer(call: Call, token: Token, customer: Customer) -> Json:
    """The profile of a person who wrote."""
    if not customer.wrote_at:
        if customer.platform == INSTAGRAM:
            raise GraphError("(#230) User consent is required to access user profile", 230, status=403)
        raise unsupported(call.method, customer.id)
    need_scope(token, messaging_scope(token, customer.platform))
    if customer.withheld:
        raise REFUSALS[customer.withheld](customer.id)
    picture = f"{call.sim.config.own_url}/sim/picture/{customer.account_id}/{customer.id}.svg"
    getters = {
        "id": lambda customer, _: customer.id,
        "name": lambda customer, _: customer.name,
        "profile_pic": lambda customer, _: picture,
    }
    more = INSTAGRAM_PROFILE if customer.platform == INSTAGRAM else MESSENGER_PROFILE
    default = (
        "name,username,profile_pic" if customer.platform == INSTAGRAM else "first_name,last_name,profile_pic"
    )
    return select(customer, call.fields, {**getters, **more}, default, "User")


MESSENGER_PROFILE = {
    "first_name": lambda customer, _: customer.name.split()[0],
    "last_name": lambda customer, _: customer.name.split()[-1],
}
INSTAGRAM_PROFILE = {
    "username": lambda customer, _: customer.username,
    "follower_count": lambda customer, _: 120 + len(customer.name),
    "is_verified_user": lambda customer, _: False,
    "is_user_follow_business": lambda customer, _: True,
    "is_business_follow_user": lambda customer, _: False,
}
