"""Codes and tokens of Instagram Login: a login host of its own, and two endpoints of graph.instagram.com."""

import hmac
from collections.abc import Callable
from typing import Any

from backend.simulator import ids
from backend.simulator.graph.access import check_token, need_scope
from backend.simulator.graph.call import INSTAGRAM, Call
from backend.simulator.graph.errors import GraphError, InstagramRefusal, bad_parameter, missing_parameter
from backend.simulator.records import Code, InstagramAccount, Token
from backend.simulator.simulation import Simulation

Json = dict[str, Any]

DAY = 86_400
SHORT = 3_600
LONG = 60 * DAY
BASIC = "instagram_business_basic"


async def exchange_code(call: Call) -> Json:
    """A token for the code that the login gave, once; raises InstagramRefusal."""
    if call.method != "POST":
        raise InstagramRefusal(
            f"Unsupported request - method type: {call.method.lower()}", type="IGApiException"
        )
    check_app(call)
    sim = call.sim
    code = checked_code(call)
    code.used = True
    sim.world.codes.put(code)
    token = new_token(sim, code.user_id, code.accounts, code.scopes, SHORT)
    account = sim.world.instagrams[code.accounts[0]]
    return ANSWERS[sim.world.dashboard.instagram_answer](account, token)


def check_app(call: Call) -> None:
    config = call.sim.config
    if call.text("client_id") != config.instagram_app_id:
        raise InstagramRefusal("Invalid platform app")
    if not is_secret(call):
        raise InstagramRefusal("Error validating client secret.")
    if call.text("grant_type") != "authorization_code":
        raise InstagramRefusal("Invalid grant_type: only authorization_code is supported")


def is_secret(call: Call) -> bool:
    secret = call.sim.config.instagram_app_secret
    return hmac.compare_digest(call.text("client_secret").encode(), secret.encode())


def checked_code(call: Call) -> Code:
    code = call.sim.world.codes.get(call.text("code"))
    if code is None or code.kind != "INSTAGRAM" or code.used:
        raise InstagramRefusal("Matching code was not found or was already used")
    if code.expires_at <= call.sim.clock.now():
        raise InstagramRefusal("This authorization code has expired")
    if call.text("redirect_uri") != code.redirect_uri:
        raise InstagramRefusal(
            "Error validating verification code. Please make sure your redirect_uri is identical to the one "
            "you used in the OAuth dialog request"
        )
    return code


def flat(account: InstagramAccount, token: Token) -> Json:
    return {"access_token": token.id, "user_id": int(account.scoped_id), "permissions": token.scopes}


def wrapped(account: InstagramAccount, token: Token) -> Json:
    row = {"access_token": token.id, "user_id": account.scoped_id, "permissions": ",".join(token.scopes)}
    return {"data": [row]}


def bare(account: InstagramAccount, token: Token) -> Json:
    return {"access_token": token.id, "user_id": int(account.scoped_id)}


# All three are met in practice; the dashboard says which one comes.
ANSWERS: dict[str, Callable[[InstagramAccount, Token], Json]] = {
    "flat": flat,
    "wrapped": wrapped,
    "bare": bare,
}


def new_token(sim: Simulation, user_id: str, accounts: list[str], scopes: list[str], lives_for: int) -> Token:
    now = sim.clock.now()
    return sim.world.add_token(
        Token(
            id=ids.instagram_token(),
            kind="INSTAGRAM",
            user_id=user_id,
            accounts=accounts,
            scopes=scopes,
            issued_at=now,
            expires_at=now + lives_for,
            long_lived=lives_for == LONG,
        )
    )


async def lengthen(call: Call) -> Json:
    """A token of sixty days for one of an hour."""
    if call.text("grant_type") != "ig_exchange_token":
        raise bad_parameter("Param grant_type must be ig_exchange_token")
    if not call.text("client_secret"):
        raise missing_parameter("client_secret")
    if not is_secret(call):
        raise GraphError("Error validating client secret.", 101)
    token = good_token(call)
    if token.long_lived:
        raise GraphError("Unsupported request: the token is long-lived already", 100, type="IGApiException")
    return fresh(call, token)


async def refresh(call: Call) -> Json:
    """Sixty more days for a token that is at least a day old; no secret is needed."""
    if call.text("grant_type") != "ig_refresh_token":
        raise bad_parameter("Param grant_type must be ig_refresh_token")
    token = good_token(call)
    need_scope(token, BASIC, code=10)
    if not token.long_lived:
        raise GraphError("Only a long-lived token can be refreshed", 100, type="IGApiException")
    if call.sim.clock.now() - token.issued_at < DAY:
        raise GraphError("The token must be at least 24 hours old", 100, type="IGApiException")
    return fresh(call, token)


def good_token(call: Call) -> Token:
    if not call.access_token:
        raise missing_parameter("access_token")
    return check_token(call.sim, call.access_token, INSTAGRAM)


def fresh(call: Call, old: Token) -> Json:
    token = new_token(call.sim, old.user_id, old.accounts, old.scopes, LONG)
    token.revoked_scopes = old.revoked_scopes
    return {"access_token": token.id, "token_type": "bearer", "expires_in": LONG}
