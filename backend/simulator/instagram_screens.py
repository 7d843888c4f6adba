"""Instagram's hosts: the login page, and the login's own endpoint with its own envelope."""

from html import escape
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from backend.simulator.dialog import DialogError
from backend.simulator.graph.call import INSTAGRAM, read_call
from backend.simulator.graph.door import instagram_graph
from backend.simulator.graph.errors import GraphError, InstagramRefusal
from backend.simulator.graph.instagram_oauth import exchange_code
from backend.simulator.instagram_login import (
    account_options,
    choose_instagram,
    decide_instagram,
    permission_boxes,
    read_instagram_request,
)
from backend.simulator.screens import page
from backend.simulator.simulation import Simulation

AUTHORIZE = "/instagram/authorize-host/oauth/authorize"
EVERY_METHOD = ["GET", "POST", "DELETE", "PUT", "PATCH", "HEAD"]


async def show_login(request: Request) -> Response:
    """Ask the person on Instagram; an app that asks wrongly gets Instagram's words instead."""
    sim: Simulation = request.app.state.sim
    try:
        asked = read_instagram_request(sim, request.url.query)
    except DialogError as error:
        return refused(error)
    body = page(
        "dialog.html",
        action=AUTHORIZE,
        query=escape(request.url.query),
        people=account_options(sim),
        accounts="",
        permissions=permission_boxes(asked),
    )
    return HTMLResponse(body)


def refused(error: DialogError) -> Response:
    return HTMLResponse(page("refusal.html", message=escape(str(error))), status_code=400)


async def answer_login(request: Request) -> Response:
    """Send the browser back to the app with what the person decided."""
    sim: Simulation = request.app.state.sim
    form = parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True)
    given = dict(form)
    try:
        asked = read_instagram_request(sim, given.get("query", ""))
        account = choose_instagram(sim, "", [given.get("user", "")])
        denied = frozenset(asked.scopes) - {scope for name, scope in form if name == "scope"}
        url = decide_instagram(sim, asked, account, denied if given.get("decision") == "allow" else None)
    except DialogError as error:
        return refused(error)
    sim.store.commit()
    return RedirectResponse(url, status_code=302)


async def exchange(request: Request) -> Response:
    """api.instagram.com/oauth/access_token: the only call that this host has."""
    sim: Simulation = request.app.state.sim
    try:
        call = await read_call(request, sim)
        content, status = await exchange_code(call), 200
    except InstagramRefusal as error:
        content, status = error.envelope(), error.status
    except GraphError as error:
        content, status = InstagramRefusal(error.message).envelope(), error.status
    sim.store.commit()
    return JSONResponse(content, status)


ROUTES = [
    Route(AUTHORIZE, show_login, methods=["GET"]),
    Route(AUTHORIZE, answer_login, methods=["POST"]),
    # The older address of the page; it is still in use.
    Route("/instagram/api-host/oauth/authorize", show_login, methods=["GET"]),
    Route("/instagram/api-host/oauth/access_token", exchange, methods=EVERY_METHOD),
    Route(f"{INSTAGRAM}/{{path:path}}", instagram_graph, methods=EVERY_METHOD),
]
