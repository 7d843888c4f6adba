"""The control door: what a test or a person can ask of "Meta" that Meta itself would not offer."""

import json
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from backend.simulator import views
from backend.simulator.dialog import Decision, DialogError, choose_user, chosen_accounts, decide, read_request
from backend.simulator.faults import BadFaults
from backend.simulator.graph.oauth import revoke_tokens
from backend.simulator.ids import code as new_code
from backend.simulator.kinds.act import BadAct
from backend.simulator.kinds.perform import KINDS, kind_of, perform
from backend.simulator.people_requests import post_signed_request
from backend.simulator.permissions import PERMISSIONS
from backend.simulator.records import PLATFORMS, WHATSAPP, BusinessAccount, Code, Customer, User
from backend.simulator.seed import new_customer, owner_with_key
from backend.simulator.sender import Answered
from backend.simulator.simulation import WEBHOOK_OBJECTS, Simulation
from backend.simulator.webhooks import signed_headers, wire_bytes
from backend.simulator.world import Account

Json = dict[str, Any]
Door = Callable[[Simulation, Json], Awaitable[Json]]


class Refused(ValueError):
    """The request makes no sense; the text says why and what would."""

    def __init__(self, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.status = status


def door(answer: Door) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint for a function from parameters to an answer; its refusals become `{"error": …}`."""

    @wraps(answer)
    async def endpoint(request: Request) -> Response:
        sim: Simulation = request.app.state.sim
        try:
            params = dict(request.query_params)
            body = await read_object(request) if request.method == "POST" else {}
            content, status = await answer(sim, {**params, **body}), 200
        except (Refused, BadAct, BadFaults, DialogError) as error:
            content, status = {"error": str(error)}, getattr(error, "status", 400)
        sim.store.commit()
        return JSONResponse(content, status)

    return endpoint


async def read_object(request: Request) -> Json:
    body = await request.body()
    try:
        value = json.loads(body or b"{}")
    except (ValueError, RecursionError) as error:
        raise Refused("the body is not valid JSON") from error
    if not isinstance(value, dict):
        raise Refused("the body must be a JSON object")
    return value


async def show_world(sim: Simulation, params: Json) -> Json:
    return views.world(sim)


async def reset(sim: Simulation, params: Json) -> Json:
    sim.reset()
    sim.postman.wake()
    return {"ok": True}


async def show_kinds(sim: Simulation, params: Json) -> Json:
    """Every kind of each platform with the fields it takes."""
    platforms = {
        name: {kind: list(about.fields) for kind, about in kinds.items()} for name, kinds in KINDS.items()
    }
    return {"kinds": platforms}


# Customers


async def inbound(sim: Simulation, params: Json) -> Json:
    """A customer writes, taps or reads."""
    platform = platform_of(params)
    kind = str(params.get("kind") or "text")
    kind_of(platform, kind)
    account = account_of(sim, platform, params)
    customer = customer_of(sim, platform, account, params)
    act_id, told = perform(sim, account, customer, kind, params)
    answer: Json = {"ids": [act_id], "platform": platform, "accountId": account.id, "from": customer.id}
    if told:
        return answer
    reason = (
        "the app is not subscribed to this kind of event"
        if sim.world.is_subscribed(account)
        else "the app is not subscribed to this account"
    )
    return {**answer, "delivered": False, "note": f"kept in the world, but no webhook: {reason}"}


def platform_of(params: Json) -> str:
    platform = str(params.get("platform") or "").upper()
    if platform not in PLATFORMS:
        raise Refused(f"platform is one of {', '.join(PLATFORMS)}")
    return platform


def account_of(sim: Simulation, platform: str, params: Json) -> Account:
    """The account named, else the one of the platform that was connected last."""
    wanted = str(params.get("accountId") or "")
    if not wanted:
        account = sim.world.last_connected(platform)
        if account is None:
            raise Refused(f"no account of {platform} is connected yet: connect one, or give accountId", 409)
        return account
    found = sim.world.account(platform, wanted)
    if found is None and platform == WHATSAPP and sim.world.numbers_of(wanted):
        found = sim.world.numbers_of(wanted)[0]
    if found is None:
        raise Refused(f"{platform} has no account with id {wanted}; GET /sim/world lists them")
    return found


def customer_of(sim: Simulation, platform: str, account: Account, params: Json) -> Customer:
    """The customer named, made on demand, else the first one of the account."""
    key, name = str(params.get("from") or "").strip(), str(params.get("name") or "")
    if not key:
        return sim.world.customers_of[account.id][0]
    known = sim.world.customer(account.id, key)
    if platform == WHATSAPP and not key.startswith("US."):
        key = "".join(filter(str.isdigit, key))
        known = known or sim.world.customer(account.id, key)
    if not key or len(key) > 64:
        raise Refused(
            "from is the id of a customer"
            + (": the digits of a phone number" if platform == WHATSAPP else "")
        )
    return known or new_customer(sim.world, platform, account.id, key=key, name=name)


async def outbox(sim: Simulation, params: Json) -> Json:
    """What the business sent, as the customers see it."""
    platform = platform_of(params) if params.get("platform") else ""
    items = [views.item(message) for message in sim.world.outbox if message.status != "failed"]
    return {"items": [item for item in items if item["platform"] == platform or not platform]}


async def phone(sim: Simulation, params: Json) -> Json:
    return views.phone(sim, str(params.get("accountId") or ""), str(params.get("customerId") or ""))


# Webhooks


async def raw(sim: Simulation, params: Json) -> Json:
    """Sign and post exactly this body, once."""
    if "body" not in params:
        raise Refused("body is missing: an object, or a string that is sent as it stands")
    body = params["body"]
    content = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else wire_bytes(body)
    url = sim.app_subscription(object_of(body)).callback_url
    try:
        status = await sim.sender.post(
            url, headers=signed_headers(sim.config.app_secret, content), body=content
        )
    except Exception as error:  # Whatever the transport raises is the answer here.
        return {"status": 0, "response": f"{type(error).__name__}: {error}"}
    return {"status": int(status), "response": status.text if isinstance(status, Answered) else ""}


def object_of(body: Any) -> str:
    """Which callback a body belongs to; one without a known object goes the way of a Page's."""
    name = body.get("object") if isinstance(body, dict) else None
    return name if name in WEBHOOK_OBJECTS else "page"


async def deliveries(sim: Simulation, params: Json) -> Json:
    """Every delivery, oldest first, and how many still wait for their 200."""
    limit = str(params.get("limit") or "")
    rows = list(sim.postman.deliveries)
    shown = rows[-int(limit) :] if limit.isdigit() and int(limit) else rows
    return {"deliveries": [views.delivery(row) for row in shown], "pending": len(sim.postman.pending)}


async def faults(sim: Simulation, params: Json) -> Json:
    """Let things go wrong from now on; an empty object clears."""
    sim.faults.replace(params)
    return {"faults": sim.faults.described()}


async def show_faults(sim: Simulation, params: Json) -> Json:
    return {"faults": sim.faults.described()}


async def clock(sim: Simulation, params: Json) -> Json:
    """Move the one clock for the simulator and the service."""
    seconds = params.get("advanceSeconds")
    if not isinstance(seconds, int) or isinstance(seconds, bool):
        raise Refused("advanceSeconds is a whole number of seconds")
    sim.clock.advance(seconds)
    return views.clock(sim)


async def show_clock(sim: Simulation, params: Json) -> Json:
    return views.clock(sim)


# Consent


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
        id=new_code(),
        kind="SYSTEM_USER",
        user_id=account.user_id,
        redirect_uri="",
        scopes=[scope for scope, kind in PERMISSIONS.items() if kind is BusinessAccount],
        declined=[],
        accounts=[account.id],
        expires_at=sim.clock.now() + 30,
    )
    sim.world.codes.put(code)
    return {"code": code.id, "wabaId": account.id, "phoneNumberId": number.id}


def account_of_owner(sim: Simulation, params: Json) -> BusinessAccount | None:
    owner = owner_with_key(
        sim.world, str(params.get("owner") or "demo-shop"), str(params.get("ownerName") or "")
    )
    return next((account for account in sim.world.business_accounts if account.user_id == owner.id), None)


async def remove_app(sim: Simulation, params: Json) -> Json:
    """The person takes the app's access away on Meta's own pages; the app is told by its deauthorize callback."""
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


ROUTES = [
    Route("/sim/world", door(show_world), methods=["GET"]),
    Route("/sim/kinds", door(show_kinds), methods=["GET"]),
    Route("/sim/reset", door(reset), methods=["POST"]),
    Route("/sim/inbound", door(inbound), methods=["POST"]),
    Route("/sim/raw", door(raw), methods=["POST"]),
    Route("/sim/outbox", door(outbox), methods=["GET"]),
    Route("/sim/deliveries", door(deliveries), methods=["GET"]),
    Route("/sim/faults", door(faults), methods=["POST"]),
    Route("/sim/faults", door(show_faults), methods=["GET"]),
    Route("/sim/clock", door(clock), methods=["POST"]),
    Route("/sim/clock", door(show_clock), methods=["GET"]),
    Route("/sim/approve", door(approve), methods=["POST"]),
    Route("/sim/embedded-signup", door(embedded_signup), methods=["POST"]),
    Route("/sim/remove-app", door(remove_app), methods=["POST"]),
    Route("/sim/request-deletion", door(request_deletion), methods=["POST"]),
    Route("/sim/phone", door(phone), methods=["GET"]),
]
