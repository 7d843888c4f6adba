"""Three doors in one process: webhooks are a bare ASGI callable, all else is Django on WSGI in a thread pool."""

from __future__ import annotations

import os

from a2wsgi import WSGIMiddleware
from django.conf import settings
from starlette.middleware.cors import CORSMiddleware

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.config.settings")

# Django's ASGI handler is many times slower than its WSGI handler, so the REST side goes through a bridge.
from backend.config.wsgi import application as django_application
from backend.engine.bell import LoopbackBell
from backend.engine.lanes import use_bell
from backend.lib.secret import Secret
from backend.receiving.door import PREFIX, Door, Receive, Scope, Send
from backend.receiving.inbox import Inbox, store

REST_THREADS = 16


def app_secrets() -> tuple[Secret, ...]:
    """Every secret that a delivery may be signed with."""
    names = ("META_APP_SECRET", "META_APP_SECRET_PREVIOUS", "INSTAGRAM_APP_SECRET")
    return tuple(Secret(getattr(settings, name)) for name in names if getattr(settings, name))


def make_door() -> Door:
    """The webhook door over this process's database."""
    return Door(Inbox(store), secrets=app_secrets, verify_token=lambda: Secret(settings.META_VERIFY_TOKEN))


class Doors:
    """Routes by the first words of the path."""

    def __init__(self) -> None:
        self.webhooks = CORSMiddleware(
            make_door(),  # type: ignore[arg-type]
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
        door = self.webhooks if scope["path"].startswith(PREFIX) else self.rest
        await door(scope, receive, send)  # type: ignore[arg-type]
        return None


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


use_bell(LoopbackBell(settings.DATA_DIR / "bell"))
application = Doors()
