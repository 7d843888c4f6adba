"""Pictures and files, for a browser and for whoever fetches what a customer sent."""

import re

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from backend.simulator.graph.access import check_token
from backend.simulator.graph.errors import GraphError
from backend.simulator.samples import avatar
from backend.simulator.simulation import Simulation

MOST = 100 * 1024 * 1024


async def show_picture(request: Request) -> Response:
    """A picture with initials for the account or person."""
    sim: Simulation = request.app.state.sim
    first, _, second = request.path_params["key"].removesuffix(".svg").partition("/")
    node = sim.world.customer(first, second) if second else sim.world.node(first)
    return Response(avatar(getattr(node, "name", "?")), media_type="image/svg+xml")


async def show_file(request: Request) -> Response:
    """A file that went through Messenger or Instagram."""
    sim: Simulation = request.app.state.sim
    medium = sim.media.get(request.path_params["key"])
    if medium is None:
        return Response("gone", status_code=404, media_type="text/plain")
    until = request.query_params.get("ext", "")
    if until.isdigit() and int(until) < sim.clock.now():
        return Response("URL signature expired", status_code=403, media_type="text/plain")
    return ranged(request, sim.media.content(medium), medium.mime_type)


# Somebody else's file opens beside the phone's page, and must not act as a part of it.
SAFE = {"Content-Security-Policy": "sandbox; default-src 'none'", "X-Content-Type-Options": "nosniff"}
RANGE = re.compile(r"^bytes=(\d+)-(\d*)$")


def ranged(request: Request, content: bytes, mime_type: str) -> Response:
    """The file, or the part of it that a player asks for."""
    headers = {**SAFE, "Accept-Ranges": "bytes"}
    asked = RANGE.match(request.headers.get("range", ""))
    if asked is None or int(asked[1]) >= len(content):
        return Response(content, media_type=mime_type, headers=headers)
    first, last = int(asked[1]), min(int(asked[2] or len(content)), len(content) - 1)
    headers["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
    return Response(content[first : last + 1], status_code=206, media_type=mime_type, headers=headers)


async def put_file(request: Request) -> Response:
    """Take a file from the customer's phone; an act that names its id sends it."""
    sim: Simulation = request.app.state.sim
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > MOST:
            return JSONResponse({"error": "a file has at most 100 MB"}, 413)
    if not content:
        return JSONResponse({"error": "the file is empty"}, 400)
    about = request.query_params
    mime_type = request.headers.get("content-type") or "application/octet-stream"
    name = about.get("name") or "file"
    medium = sim.media.upload(about.get("accountId", ""), mime_type, name, bytes(content), sim.clock.now())
    sim.store.commit()
    return JSONResponse({"id": medium.id, **sim.media.shown(medium, medium.kind)})


async def show_guarded_file(request: Request) -> Response:
    """A WhatsApp file, for a token and as long as its address lives."""
    sim: Simulation = request.app.state.sim
    query = request.query_params
    _, _, bearer = request.headers.get("authorization", "").partition(" ")
    medium = sim.media.behind(
        query.get("mid", ""), query.get("ext", ""), query.get("hash", ""), sim.clock.now()
    )
    if medium is None or not may_fetch(sim, bearer.strip(), medium.account_id):
        return Response(status_code=404)
    return Response(sim.media.content(medium), media_type=medium.mime_type)


def may_fetch(sim: Simulation, text: str, number_id: str) -> bool:
    try:
        token = check_token(sim, text)
    except GraphError:
        return False
    number = sim.world.numbers.get(number_id)
    return number is not None and number.business_account_id in token.accounts


ROUTES = [
    Route("/sim/picture/{key:path}", show_picture, methods=["GET"]),
    Route("/sim/media", put_file, methods=["POST"]),
    Route("/sim/media/{key}", show_file, methods=["GET"]),
    Route("/whatsapp_business/attachments/", show_guarded_file, methods=["GET"]),
]
