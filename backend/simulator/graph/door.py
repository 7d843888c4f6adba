"""The way in for every Graph call: faults, the token, the table of endpoints, Meta's headers."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from backend.simulator import ids
from backend.simulator.graph.access import account_of, authenticate, may_see
from backend.simulator.graph.batch import answer_batch
from backend.simulator.graph.call import FACEBOOK, INSTAGRAM, Call, read_call
from backend.simulator.graph.endpoints import HOSTS
from backend.simulator.graph.errors import (
    GraphError,
    bad_parameter,
    unknown_path,
    unreadable_token,
    unsupported,
)
from backend.simulator.graph.limits import is_message, limit_sending
from backend.simulator.graph.scripted import loses_answer, raise_faults
from backend.simulator.graph.uploads import delete_medium, show_medium
from backend.simulator.records import App, BusinessAccount, PhoneNumber, Record, Token
from backend.simulator.simulation import Simulation

LOST = "simulator.answer_lost"  # Marks a scope whose answer must not leave.

Json = dict[str, Any]

# Refusals that graph.instagram.com signs with its own name.
INSTAGRAM_CODES = frozenset({10, 100, 200, 2500})
MEDIA = {"GET": show_medium, "DELETE": delete_medium}


async def graph(request: Request) -> Response:
    """Answer one call to graph.facebook.com as Meta would."""
    return await serve(request, FACEBOOK)


async def instagram_graph(request: Request) -> Response:
    """Answer one call to graph.instagram.com as Meta would."""
    return await serve(request, INSTAGRAM)


async def serve(request: Request, host: str) -> Response:
    sim: Simulation = request.app.state.sim
    trace_id = ids.trace_id()
    headers: dict[str, str] = {}
    try:
        call = await read_call(request, sim, host)
        raise_faults(call)
        body: Any = await answer(call)
        status = 200
        headers = usage_headers(call)
        if loses_answer(call):
            request.scope[LOST] = True
    except GraphError as error:
        body, status, headers = refusal(error, host, trace_id)
    sim.store.commit()
    return graph_response(sim, body, status, {**headers, "x-fb-trace-id": trace_id})


def refusal(error: GraphError, host: str, trace_id: str) -> tuple[Json, int, dict[str, str]]:
    """The refusal in the words of the host, with its status and headers."""
    if host == INSTAGRAM and error.code in INSTAGRAM_CODES:
        error.type = "IGApiException"
    headers = error.headers
    if error.code == 190 and error.status == 401:
        told = f'OAuth "Facebook Platform" "invalid_token" "{error.message}"'
        headers = {**headers, "WWW-Authenticate": told}
    return error.envelope(trace_id), error.status, headers


def usage_headers(call: Call) -> dict[str, str]:
    """How much of the allowance is used, for the app and for the account that the call is about."""
    node = call.node
    if is_message(call):  # Meta limits these by the second.
        return {}
    if isinstance(node, PhoneNumber):
        return call.sim.usage.headers(node.business_account_id, ("whatsapp_business_management", "whatsapp"))
    if isinstance(node, BusinessAccount):
        return call.sim.usage.headers(node.id, ("whatsapp_business_management",))
    account = account_of(node) if node else ""
    is_instagram = call.sim.world.instagrams.get(account) is not None
    return call.sim.usage.headers(account, ("instagram",) if is_instagram else ("messenger", "pages"))


def graph_response(sim: Simulation, body: Any, status: int, headers: dict[str, str]) -> Response:
    content = json.dumps(body, ensure_ascii=True, separators=(",", ":")).replace("/", "\\/")
    return Response(
        content,
        status_code=status,
        headers={
            "Content-Type": "application/json; charset=UTF-8",
            "facebook-api-version": sim.config.graph_version,
            "Cache-Control": "private, no-cache, no-store, must-revalidate",
            **headers,
        },
    )


async def answer(call: Call) -> Any:
    """The result of the call; raises GraphError."""
    bare = HOSTS[call.host].bare.get((call.method, "/".join(call.path)))
    if bare is not None:
        return await bare(call)
    if not call.path and call.method == "POST" and "batch" in call.params:
        return await answer_batch(call, answer)
    if len(call.path) > 3 or not call.path:
        if call.path or "ids" not in call.params:
            raise (unknown_path("/" + "/".join(call.path)) if call.path else unsupported(call.method, ""))
        return await answer_many(call)
    return await answer_node(call, call.path[0], call.path[1:])


async def answer_many(call: Call) -> Json:
    """`/?ids=a,b`: every object under its id."""
    keys = [key for key in call.text("ids").split(",") if key]
    return {key: await answer_node(call, key, []) for key in keys}


async def answer_node(call: Call, key: str, rest: list[str]) -> Any:
    token = call.token or authenticate(call)
    if not rest and call.sim.media.get(key) is not None and call.method in MEDIA:
        return await MEDIA[call.method](call)
    node = find_node(call, token, key)
    edge = rest[0] if rest else ""
    call.node = node
    edges = HOSTS[call.host].edges
    endpoint = edges.get((call.method, type(node), edge))
    if endpoint is None and edge and all(edge != name for _, _, name in edges):
        raise unknown_path("/" + edge)
    if endpoint is None:
        raise unsupported(call.method, key)
    limit_sending(call, node)
    return await endpoint(call, token, node, *rest[1:])


def find_node(call: Call, token: Token, key: str) -> Record:
    """The object behind the id, if there is one and the token may see it."""
    sim = call.sim
    if key == "me":
        key = token.accounts[0] if token.kind == "INSTAGRAM" else token.page_id or token.user_id
        if not key:
            raise GraphError(
                "An active access token must be used to query information about the current user.", 2500
            )
    if key == sim.config.app_id:
        return app_node(sim, token)
    if key.startswith("IGAA"):
        raise unreadable_token()
    node = sim.world.node(key) or sim.world.conversation(key) or person(sim, token, key)
    if node is None and call.host == INSTAGRAM:
        node = next((one for one in sim.world.instagrams if one.scoped_id == key), None)
    if node is None or not may_see(sim, token, node):
        raise unsupported(call.method, key)
    return node


def app_node(sim: Simulation, token: Token) -> App:
    if token.kind != "APP":
        raise bad_parameter("You must provide an app access token for this call")
    return App(id=sim.config.app_id)


def person(sim: Simulation, token: Token, key: str) -> Record | None:
    """A customer with this id whom the token's account knows."""
    return next((one for one in sim.world.people.get(key, ()) if may_see(sim, token, one)), None)
