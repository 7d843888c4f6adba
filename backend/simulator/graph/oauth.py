"""Codes and tokens: /oauth/access_token and /debug_token."""

import hmac
from typing import Any

from backend.simulator import ids
from backend.simulator.graph.access import app_token, check_proof, check_token
from backend.simulator.graph.call import Call
from backend.simulator.graph.errors import GraphError, bad_parameter, missing_parameter, no_token
from backend.simulator.permissions import PERMISSIONS, targets
from backend.simulator.records import Code, Token
from backend.simulator.simulation import Simulation

Json = dict[str, Any]

SHORT = 3_600 + 1_800
LONG = 60 * 86_400
DATA_ACCESS = 90 * 86_400


async def access_token(call: Call) -> Json:
    """A token for whatever the grant type brings."""
    grant_type = call.text("grant_type", "authorization_code")
    exchange = GRANTS.get(grant_type)
    if exchange is None:
        raise bad_parameter(f"Unsupported grant_type {grant_type}")
    check_app(call)
    return exchange(call)


def check_app(call: Call) -> None:
    config = call.sim.config
    if not call.text("client_id"):
        raise GraphError("Missing client_id parameter.", 101)
    if call.text("client_id") != config.app_id:
        raise GraphError(
            "Error validating application. Cannot get application info due to a system error.", 101
        )
    if not hmac.compare_digest(call.text("client_secret").encode(), config.app_secret.encode()):
        raise GraphError("Error validating client secret.", 1)


def exchange_code(call: Call) -> Json:
    """A token for the code that the dialog gave, once."""
    sim = call.sim
    code = sim.world.codes.get(call.text("code"))
    if not call.text("code"):
        raise missing_parameter("code")
    if code is None:
        raise bad_parameter_plain("Invalid verification code format.", 36009)
    check_code(call, code)
    code.used = True
    sim.world.codes.put(code)
    now = sim.clock.now()
    # What a business gives away does not hang on a person's login; the configuration may still end it.
    never = code.kind == "SYSTEM_USER" and not code.lives_for
    token = Token(
        id=ids.access_token(),
        kind=code.kind,
        user_id=code.user_id,
        scopes=code.scopes,
        declined=code.declined,
        accounts=code.accounts,
        issued_at=now,
        expires_at=0 if never else now + (code.lives_for or SHORT),
        long_lived=code.kind == "SYSTEM_USER",
    )
    return granted(sim, sim.world.add_token(token))


def check_code(call: Call, code: Code) -> None:
    if code.used:
        raise bad_parameter_plain("This authorization code has been used.", 36009)
    if code.expires_at <= call.sim.clock.now():
        raise bad_parameter_plain("This authorization code has expired.", 36007)
    if call.text("redirect_uri") != code.redirect_uri:
        raise bad_parameter_plain(
            "Error validating verification code. Please make sure your redirect_uri is identical to the one "
            "you used in the OAuth dialog request",
            36008,
        )


def bad_parameter_plain(text: str, subcode: int) -> GraphError:
    """The login endpoints say their errors without the number in front."""
    return GraphError(text, 100, subcode)


def exchange_token(call: Call) -> Json:
    """A long-lived token for one that is still good."""
    sim = call.sim
    if not call.text("fb_exchange_token"):
        raise missing_parameter("fb_exchange_token")
    old = check_token(sim, call.text("fb_exchange_token"))
    if old.kind not in ("USER", "SYSTEM_USER"):
        raise bad_parameter("This token cannot be exchanged")
    now = sim.clock.now()
    ends = call.text("set_token_expires_in_60_days").lower() in ("true", "1")
    never = old.kind == "SYSTEM_USER" and not old.expires_at and not ends
    fresh = Token(
        **{
            **vars(old),
            "id": ids.access_token(),
            "issued_at": now,
            "expires_at": 0 if never else now + LONG,
            "long_lived": True,
            "standing": False,
        }
    )
    return granted(sim, sim.world.add_token(fresh))


def client_credentials(call: Call) -> Json:
    """The app's own token."""
    sim = call.sim
    if sim.world.tokens.get(app_token(sim)) is None:
        sim.world.add_token(Token(id=app_token(sim), kind="APP"))
    return {"access_token": app_token(sim), "token_type": "bearer"}


GRANTS = {
    "authorization_code": exchange_code,
    "fb_exchange_token": exchange_token,
    "client_credentials": client_credentials,
}


def granted(sim: Simulation, token: Token) -> Json:
    answer: Json = {"access_token": token.id, "token_type": "bearer"}
    if token.expires_at:
        answer["expires_in"] = int(token.expires_at - sim.clock.now())
    return answer


async def revoke(call: Call) -> Json:
    """Kill one token at once."""
    check_app(call)
    token = call.sim.world.tokens.get(call.text("revoke_token"))
    if token is None:
        raise bad_parameter("Invalid revoke_token")
    revoke_tokens(call.sim, [token])
    return {"success": True}


def revoke_tokens(sim: Simulation, tokens: list[Token], reason: int = 0) -> None:
    """Kill the tokens and the Page tokens taken from them; what is dead already keeps its reason."""
    dead = {token.id for token in tokens}
    for token in sim.world.tokens:
        if (token.id in dead or token.parent in dead) and not token.revoked:
            token.revoked, token.reason = True, reason
            sim.world.tokens.put(token)


async def debug_token(call: Call) -> Json:
    """What the token is; a dead one is described too."""
    sim = call.sim
    if not call.access_token:
        raise no_token()
    check_proof(call)
    if call.access_token != app_token(sim):
        raise bad_parameter(
            "You must provide an app access token, or a user access token that is an owner or developer of "
            "the app"
        )
    if not call.text("input_token"):
        raise missing_parameter("input_token")
    return {"data": described(sim, call.text("input_token"))}


def described(sim: Simulation, text: str) -> Json:
    token = sim.world.tokens.get(text)
    token = None if token and token.kind == "INSTAGRAM" else token  # Nothing is known of them here.
    try:
        checked = check_token(sim, text)
    except GraphError as error:
        dead = {"code": error.code, "message": error.message}
        if error.subcode is not None:
            dead["subcode"] = error.subcode  # Here the key is not error_subcode.
        known = facts(sim, token) if token else {}
        return {**known, "error": dead, "is_valid": False, "scopes": []}
    if checked.kind == "APP":
        return {
            "app_id": sim.config.app_id,
            "type": "APP",
            "application": "Simulated app",
            "is_valid": True,
            "scopes": [],
        }
    return {**facts(sim, checked), "is_valid": True, **scopes_of(sim, checked)}


def facts(sim: Simulation, token: Token) -> Json:
    shown: Json = {
        "app_id": sim.config.app_id,
        "type": token.kind,
        "application": "Simulated app",
        "data_access_expires_at": data_access_end(sim, token),
        "expires_at": int(token.expires_at),
        "issued_at": int(token.issued_at),
        "user_id": token.user_id,
    }
    return {**shown, "profile_id": token.page_id} if token.page_id else shown


def data_access_end(sim: Simulation, token: Token) -> int:
    """Until when the person's data are shown; a business's own token knows no such end."""
    person = sim.world.users.get(token.user_id)
    if token.kind == "SYSTEM_USER":
        return 0
    return int((person and person.data_access_ends_at) or token.issued_at + DATA_ACCESS)


def scopes_of(sim: Simulation, token: Token) -> Json:
    """The permissions in force, each with the accounts chosen for it."""
    scopes = [scope for scope in token.scopes if token.holds(scope)]
    granular: list[Json] = []
    for scope in scopes:
        chosen = targets(sim.world, scope, token.accounts)
        about_accounts = PERMISSIONS.get(scope) is not None
        granular.append({"scope": scope, **({"target_ids": chosen} if about_accounts else {})})
    return {"scopes": scopes, "granular_scopes": granular}
