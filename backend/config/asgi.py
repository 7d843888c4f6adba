"""Three doors in one process: webhooks are a bare ASGI callable, all else is Django on WSGI in a thread pool."""

from __future__ import annotations

import os

from a2wsgi import WSGIMiddleware
from django.conf import settings
from starlette.middleware.cors import CORSMiddleware

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.config.settings")

# Django's ASGI handler is many times slower than its WSGI handler, so the REST side goes through a bridge.
from backend.config.bells import hang_bell
from backend.config.webhooks import is_for_door, make_door
from backend.config.wsgi import application as django_application
from backend.receiving.door import Receive, Scope, Send

REST_THREADS = 16


class Doors:
    """Routes by the first words of the path."""

    def __init__(self) -> None:
        self.webhooks = CORSMiddleware(
            make_door(),
            allow_origins=settings.FRONTEND_ORIGINS,
            allow_methods=settings.CORS_ALLOW_METHODS,
            allow_headers=settings.CORS_ALLOW_HEADERS,
            expose_headers=settings.CORS_EXPOSE_HEADERS,
        )
        self.rest = WSGIMiddleware(django_application, workers=REST_THREADS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await _live(receive, send)
        if scope["type"] != "http":
            return None
        # Preflights have one answer for all doors, and that is Django's.
        is_webhook = is_for_door(scope["path"]) and scope["method"] != "OPTIONS"
        door = self.webhooks if is_webhook else self.rest
        await door(scope, receive, send)  # type: ignore[arg-type]
        return None


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            hang_bell()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


application = Doors()
