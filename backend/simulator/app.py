import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.simulator import control, files, instagram_screens, screens
from backend.simulator.config import Config
from backend.simulator.graph.door import LOST, graph
from backend.simulator.sender import Sender
from backend.simulator.simulation import Simulation

ABORT = "simulator.abort"  # The server's way to drop a connection.


class AnswerLost(httpx2.RemoteProtocolError):
    """The connection ended before the answer; driven in-process, a client sees exactly this."""

    def __init__(self) -> None:
        super().__init__("Server disconnected without sending a response.")


async def unknown_door(request: Request) -> JSONResponse:
    paths = sorted({route.path for route in control.ROUTES})
    return JSONResponse(
        {"error": f"there is no {request.method} {request.url.path}; there are {', '.join(paths)}"}, 404
    )


class SimulatorApp:
    """The whole simulator as one ASGI application."""

    def __init__(self, sim: Simulation) -> None:
        self.sim = sim
        everything = ["GET", "POST", "DELETE", "PUT", "PATCH", "HEAD"]
        routes = [
            *screens.ROUTES,
            *instagram_screens.ROUTES,
            *files.ROUTES,
            *control.ROUTES,
            Route("/sim/{path:path}", unknown_door, methods=everything),
            Route("/{path:path}", graph, methods=everything),
        ]
        # The product's own pages may look through the control door from a browser.
        origins = list(sim.config.frontend_origins)
        doors = [Middleware(CORSMiddleware, allow_origins=origins, allow_methods=["*"], allow_headers=["*"])]
        self.inner = Starlette(routes=routes, lifespan=self.lifespan, middleware=doors if origins else [])
        self.inner.state.sim = sim

    @asynccontextmanager
    async def lifespan(self, app: ASGIApp) -> AsyncIterator[None]:
        self.sim.postman.wake()
        yield
        await self.sim.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.inner(scope, receive, send)
            return
        # Without a lifespan, as in-process, deliveries start with the first request.
        self.sim.postman.wake()

        async def send_unless_lost(message: Message) -> None:
            if scope.get(LOST):
                raise AnswerLost
            await send(message)

        try:
            await self.inner(scope, receive, send_unless_lost)
        except AnswerLost:
            await drop(scope)


async def drop(scope: Scope) -> None:
    """End the connection without an answer; without a server behind it the caller gets the error itself."""
    abort = (scope.get("extensions") or {}).get(ABORT)
    if abort is not None:
        abort()
    # Until the server has noticed, it would answer 500 in our stead; a caller in-process must be listening.
    await asyncio.sleep(0.05)
    if abort is None:
        raise AnswerLost


def create_app(config: Config, *, sender: Sender | None = None) -> SimulatorApp:
    """The simulator for this configuration; the sender is how its webhooks leave."""
    return SimulatorApp(Simulation(config, sender))
