"""The control door: what a test or a person can ask of "Meta" that Meta itself would not offer."""

import json
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from backend.simulator import views
from backend.simulator.consent import approve, embedded_signup
from backend.simulator.dashboard import change_dashboard, press_test, show_dashboard
from backend.simulator.dialog import DialogError
from backend.simulator.faults import BadFaults
from backend.simulator.inbound import inbound, platform_of
from backend.simulator.kinds.act import BadAct
from backend.simulator.kinds.perform import KINDS
from backend.simulator.kinds.shapes import OPTIONS
from backend.simulator.past import make_past
from backend.simulator.people_changes import change_people, remove_app, request_deletion, show_changes
from backend.simulator.phone import show_phone
from backend.simulator.refused import Refused
from backend.simulator.sender import try_post
from backend.simulator.simulation import WEBHOOK_OBJECTS, Simulation
from backend.simulator.webhooks import signed_headers, wire_bytes
from backend.simulator.whatsapp_changes import change_whatsapp, show_whatsapp_changes

Json = dict[str, Any]
Door = Callable[[Simulation, Json], Awaitable[Json]]


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
    """Every kind of each platform with the fields it takes, and the options that any act takes."""
    platforms = {
        name: {kind: list(about.fields) for kind, about in kinds.items()} for name, kinds in KINDS.items()
    }
    options = {name: {key: list(words) for key, words in one.items()} for name, one in OPTIONS.items()}
    return {"kinds": platforms, "options": options}


async def outbox(sim: Simulation, params: Json) -> Json:
    """What the business sent, as the customers see it."""
    platform = platform_of(params) if params.get("platform") else ""
    items = [views.item(message) for message in sim.world.outbox if message.status != "failed"]
    return {"items": [item for item in items if item["platform"] == platform or not platform]}


async def phone(sim: Simulation, params: Json) -> Json:
    return show_phone(sim, str(params.get("accountId") or ""), str(params.get("customerId") or ""))


# Webhooks


async def raw(sim: Simulation, params: Json) -> Json:
    """Sign and post exactly this body, once."""
    if "body" not in params:
        raise Refused("body is missing: an object, or a string that is sent as it stands")
    body = params["body"]
    content = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else wire_bytes(body)
    url = sim.app_subscription(object_of(body)).callback_url
    signer = str(params.get("signer") or "meta")
    if signer not in sim.postman.secrets:
        raise Refused("signer is meta or instagram")
    headers = signed_headers(sim.postman.secrets[signer], content)
    answer = await try_post(sim.sender, url, headers=headers, body=content)
    return {"status": int(answer), "response": answer.text}


def object_of(body: Any) -> str:
    """Which callback a body belongs to; one without a known object goes the way of a Page's."""
    name = body.get("object") if isinstance(body, dict) else None
    return name if name in WEBHOOK_OBJECTS else "page"


async def deliveries(sim: Simulation, params: Json) -> Json:
    """Every delivery, oldest first, on demand with its body; and how many still wait for their 200."""
    limit = str(params.get("limit") or "")
    rows = list(sim.postman.deliveries)
    shown = rows[-int(limit) :] if limit.isdigit() and int(limit) else rows
    return {
        "deliveries": [views.delivery(row, with_body="bodies" in params) for row in shown],
        "pending": len(sim.postman.pending),
    }


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


ROUTES = [
    Route("/sim/world", door(show_world), methods=["GET"]),
    Route("/sim/kinds", door(show_kinds), methods=["GET"]),
    Route("/sim/reset", door(reset), methods=["POST"]),
    Route("/sim/inbound", door(inbound), methods=["POST"]),
    Route("/sim/past", door(make_past), methods=["POST"]),
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
    Route("/sim/app", door(change_dashboard), methods=["POST"]),
    Route("/sim/app", door(show_dashboard), methods=["GET"]),
    Route("/sim/app/test", door(press_test), methods=["POST"]),
    Route("/sim/people", door(change_people), methods=["POST"]),
    Route("/sim/people", door(show_changes), methods=["GET"]),
    Route("/sim/whatsapp", door(change_whatsapp), methods=["POST"]),
    Route("/sim/whatsapp", door(show_whatsapp_changes), methods=["GET"]),
    Route("/sim/phone", door(phone), methods=["GET"]),
]
