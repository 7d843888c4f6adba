"""The consent of a person, given or taken back without a browser."""

from typing import Any
from urllib.parse import urlsplit

from backend.simulator import ids
from backend.simulator.dialog import Decision, choose_user, chosen_accounts, decide, read_request
from backend.simulator.graph.oauth import revoke_tokens
from backend.simulator.people_requests import post_signed_request
from backend.simulator.permissions import PERMISSIONS
from backend.simulator.records import BusinessAccount, Code, User
from backend.simulator.refused import Refused
from backend.simulator.seed import owner_with_key
from backend.simulator.simulation import Simulation

Json = dict[str, Any]

EMBEDDED_CODE_LIVES_FOR = 30


async def approve(sim: Simulation, params: Json) -> Json:
    """Answer the dialog as a person would."""
    url = urlsplit(str(params.get("authorizationUrl") or ""))
    if not url.path.endswith("/dialog/oauth"):
        raise Refused("authorizationUrl is the address of the dialog: …/dialog/oauth?client_id=…")
    asked = read_request(sim, url.query)
    accounts = params.get("accounts") or []
    if not isinstance(accounts, list):
        raise Refused("accounts is a list of ids; an empty one means all")
    user = person_of(sim, params, [str(key) for key in accounts])
    chosen = chosen_accounts(sim, user, [str(key) for key in accounts] or None)
    denied = denied_of(params.get("deny"))
    decision = Decision(user=user, accounts=chosen, denied=denied or frozenset(), cancelled=denied is None)
    return {"redirectUrl": decide(sim, asked, decision)}


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
    unknown = [name for name in names if name not in PERMISSIONS] if isinstance(names, list) else [names]
    if unknown:
        raise Refused(f"deny is a list of permissions, or true to cancel; unknown: {unknown[0]!r}")
    return frozenset(names)


async def embedded_signup(sim: Simulation, params: Json) -> Json:
    """What the browser gets from WhatsApp's popup: a code without a redirect, and the ids."""
    wanted = str(params.get("businessAccountId") or "")
    account = sim.world.business_accounts.get(wanted) if wanted else account_of_owner(sim, params)
    if account is None:
        raise Refused(f"there is no business account with id {wanted}")
    number = sim.world.numbers_of(account.id)[0]
    code = Code(
        id=ids.code(),
        kind="SYSTEM_USER",
        user_id=account.user_id,
        redirect_uri="",
        scopes=[scope for scope, kind in PERMISSIONS.items() if kind is BusinessAccount],
        declined=[],
        accounts=[account.id],
        expires_at=sim.clock.now() + EMBEDDED_CODE_LIVES_FOR,
    )
    sim.world.codes.put(code)
    return {"code": code.id, "wabaId": account.id, "phoneNumberId": number.id}


def account_of_owner(sim: Simulation, params: Json) -> BusinessAccount | None:
    owner = owner_with_key(
        sim.world, str(params.get("owner") or "demo-shop"), str(params.get("ownerName") or "")
    )
    return next((account for account in sim.world.business_accounts if account.user_id == owner.id), None)


async def remove_app(sim: Simulation, params: Json) -> Json:
    """The person takes the app's access away on Meta's own pages; the app is told."""
    user = sim.world.users.get(str(params.get("userId") or ""))
    if user is None:
        raise Refused("userId is the id of a person; GET /sim/world lists them")
    revoke_tokens(sim, [token for token in sim.world.tokens if token.user_id == user.id])
    return await post_signed_request(sim, user, "deauthorize")


async def request_deletion(sim: Simulation, params: Json) -> Json:
    """The person asks for the deletion of what the app knows about them."""
    user = sim.world.users.get(str(params.get("userId") or ""))
    if user is None:
        raise Refused("userId is the id of a person; GET /sim/world lists them")
    return await post_signed_request(sim, user, "data-deletion")
