"""Which door a request belongs to: webhooks are a bare ASGI callable, all else is Django behind a bridge."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import StrEnum

from django.conf import settings
from starlette.middleware.cors import CORSMiddleware

from backend.config.bells import hang_bell
from backend.config.bridge import Bridge
from backend.config.parcels import Hatch
from backend.config.webhooks import is_for_door, make_door
from backend.lib.ids import request_id_from
from backend.receiving.answers import Send, refuse, send_answer
from backend.receiving.bodies import Receive
from backend.receiving.door import PREFIX, Scope

# What looks after a process: answered by each of them.
OPERATIONS = frozenset({"/healthz", "/readyz", "/metrics"})
REST_THREADS = 16
FEW_THREADS = 2  # For health checks and the rare requests of people, beside a door that stands alone.

App = Callable[[Scope, Receive, Send], Awaitable[None]]

NOT_HERE = refuse(
    404,
    "not_found",
    "This process does not answer at this address.",
    "Let the proxy pass /api/webhooks/ to the webhooks' processes, all else to those of the REST API.",
)


class Served(StrEnum):
    """Which of the doors a process serves."""

    ALL = "all"
    WEBHOOKS = "webhooks"
    REST = "rest"


class Doors:
    """Routes by the first words of the path."""

    def __init__(self, served: Served = Served.ALL, *, threads: int = REST_THREADS) -> None:
        self.door = make_door()
        self.served = served
        # A sender without an Origin, as Meta is, has no use for CORS.
        self.webhooks_of_browsers = CORSMiddleware(
            self.door,
            allow_origins=settings.FRONTEND_ORIGINS,
            allow_methods=settings.CORS_ALLOW_METHODS,
            allow_headers=settings.CORS_ALLOW_HEADERS,
            expose_headers=settings.CORS_EXPOSE_HEADERS,
        )
        self.rest = Bridge(threads=FEW_THREADS if served is Served.WEBHOOKS else threads)

    @property
    def hatch(self) -> Hatch | None:
        """Where whole deliveries are handed in, where this process takes any."""
        return None if self.served is Served.REST else self.door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._door_for(scope)(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)

    def _door_for(self, scope: Scope) -> App:
        path = scope["path"]
        # Preflights have one answer for all doors, and that is Django's.
        if is_for_door(path) and scope["method"] != "OPTIONS":
            if self.served is Served.REST:
                return _not_here
            return self.webhooks_of_browsers if _has_origin(scope) else self.door
        if self.served is Served.WEBHOOKS and not (path.startswith(PREFIX) or path in OPERATIONS):
            return _not_here
        return self.rest

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                hang_bell()
            else:
                await self.door.close()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return


def _has_origin(scope: Scope) -> bool:
    return b"origin" in [name for name, _ in scope["headers"]]


async def _not_here(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send_answer(send, NOT_HERE, request_id_from(""))
