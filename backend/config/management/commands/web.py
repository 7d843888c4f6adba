"""The service: REST API and webhook doors in one process."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management.base import BaseCommand

from backend.config.parent import end_with_parent
from backend.config.startup import look_at_the_vault

# Longer than Meta's and proxies' own pauses: a connection that we close first breaks a request that is on its way.
KEEP_ALIVE_SECONDS = 75


class Command(BaseCommand):
    help = "Serve the REST API and the webhook doors. `serve` starts this and the worker together."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
        parser.add_argument("--port", type=int, default=settings.PORT, help="port (default: PORT)")

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        end_with_parent()
        look_at_the_vault()
        uvicorn.run(
            "backend.config.asgi:application",
            host=host,
            port=port,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,  # Whom to believe stands in TRUSTED_PROXIES, and nowhere else.
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=5,
        )
