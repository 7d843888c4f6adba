"""The consent of a person, given or taken back without a browser."""

from typing import Any
from urllib.parse import urlsplit

from backend.simulator import ids
from backend.simulator.dialog import Decision, choose_user, chosen_accounts, decide, read_request
from backend.simulator.instagram_login import choose_instagram, decide_instagram, read_instagram_request
from backend.simulator.permissions import INSTAGRAM_PERMISSIONS, PERMISSIONS
from backend.simulator.records import BusinessAccount, Code, PhoneNumber, User
from backend.simulator.refused import Refused
from backend.simulator.seed import owner_with_key
from backend.simulator.simulation import Simulation

Json = dict[str, Any]

EMBEDDED_CODE_LIVES_FOR = 30
EXPIRING_TOKEN_LIVES_FOR = 60 * 86_400


async def approve(sim: Simulation, params: Json) -> Json:
    """Answer the dialog as a person would."""
    url = urlsplit(str(params.get("authorizationUrl") or ""))
    accounts = params.get("accounts") or []
    if not isinstance(accounts, list):
        raise Refused("accounts is a list of ids; an empty one means all")
    if url.path.endswith("/oauth/authorize"):
        return approve_instagram(sim, params, url.query, [str(key) for key in accounts])
    if not url.path.endswith("/dialog/oauth"):
        raise Refused(
            "authorizationUrl is the address of the dialog: …/dialog/oauth?client_id=… or …/oauth/authorize?…"
        )
    asked = read_request(sim, url.query)
    user = person_of(sim, params, [str(key) for key in accounts])
    chosen = chosen_accounts(sim, user, [str(key) for key in accounts] or None)
    denied = denied_of(params.get("deny"))
    decision = Decision(user=user, accounts=chosen, denied=denied or frozenset(), cancelled=denied is None)
    return {"redirectUrl": decide(sim, asked, decision)}


def approve_instagram(sim: Simulation, params: Json, query: str, accounts: list[str]) -> Json:
    """Answer Instagram's own page as the account would that logs in there."""
    asked = read_instagram_request(sim, query)
    user = person_of(sim, params, [])
    account = choose_instagram(sim, user.id, accounts)
    return {"redirectUrl": decide_instagram(sim, asked, account, denied_of(params.get("deny")))}


def person_of(sim: Simulation, params: Json, accounts: list[str]) -> User:
    owner = str(params.get("owner") or "")
    return (
        owner_with_key(sim.world, owner, str(params.get("ownerName") or ""))
        if owner
        else choose_user(sim, accounts)
    )


def denied_of(deny: Any) -> frozenset[str] | None:
    """The permissions to untick; None where the person cancels."""
    if deny is True or deny == "all":
        return None
    names = [deny] if isinstance(deny, str) and deny else deny or []
    unknown = (
        [name for name in names if name not in (*PERMISSIONS, *INSTAGRAM_PERMISSIONS)]
        if isinstance(names, list)
        else [names]
    )
    if unknown:
        raise Refused(f"deny is a list of permissions, or true to cancel; unknown: {unknown[0]!r}")
    return frozenset(names)


async def embedded_signup(sim: Simulation, params: Json) -> Json:
    """What the browser gets from WhatsApp's popup: a code without a redirect, and the ids."""
    wanted = str(params.get("businessAccountId") or "")
    account = sim.world.business_accounts.get(wanted) if wanted else account_of_owner(sim, params)
    if account is None:
        raise Refused(f"there is no business account with id {wanted}")
    number = onboarded(sim, sim.world.numbers_of(account.id)[0], params)
    code = Code(
        id=ids.code(),
        kind="SYSTEM_USER",
        user_id=account.user_id,
        redirect_uri="",
        scopes=[scope for scope, kind in PERMISSIONS.items() if kind is BusinessAccount],
        declined=[],
        accounts=[account.id],
        expires_at=sim.clock.now() + EMBEDDED_CODE_LIVES_FOR,
        lives_for=EXPIRING_TOKEN_LIVES_FOR if params.get("tokenExpires") else 0,
    )
    sim.world.codes.put(code)
    return {"code": code.id, "wabaId": account.id, "phoneNumberId": number.id}


def onboarded(sim: Simulation, number: PhoneNumber, params: Json) -> PhoneNumber:
    """The number as it comes out of the popup: as it is, not registered yet, or still on a phone."""
    if params.get("registered") is False:
        number.status = "PENDING"
    if params.get("pin"):
        number.pin = str(params["pin"])
    if params.get("coexistence"):
        number.on_phone, number.status, number.synced = True, "CONNECTED", []
        number.shares_history = params.get("shareHistory") is not False
    number.onboarded_at = sim.clock.now()
    sim.world.numbers.put(number)
    return number


def account_of_owner(sim: Simulation, params: Json) -> BusinessAccount | None:
    owner = owner_with_key(
        sim.world, str(params.get("owner") or "demo-shop"), str(params.get("ownerName") or "")
    )
    return next((account for account in sim.world.business_accounts if account.user_id == owner.id), None)
