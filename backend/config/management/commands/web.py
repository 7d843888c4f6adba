"""The service: REST API and webhook doors, in one process or each in its own."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from backend.config.doors import REST_THREADS, Doors, Served
from backend.config.parent import end_with_parent
from backend.config.server import make_server
from backend.config.startup import look_at_the_vault


class Command(BaseCommand):
    help = (
        "Serve the REST API and the webhook doors. `serve` starts this and the worker together. "
        "Where both are busy, give each a process of its own: `web --doors webhooks` and `web --doors rest`, "
        "behind a proxy that passes /api/webhooks/ to the first."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
        parser.add_argument("--port", type=int, default=settings.PORT, help="port (default: PORT)")
        parser.add_argument(
            "--doors",
            type=Served,
            default=Served.ALL,
            choices=list(Served),
            help="which doors to open (default: all)",
        )
        parser.add_argument(
            "--threads",
            type=int,
            default=REST_THREADS,
            help=f"requests of the REST API that are worked on at once (default: {REST_THREADS})",
        )

    def handle(self, *args: Any, host: str, port: int, doors: Served, threads: int, **options: Any) -> None:
        end_with_parent()
        look_at_the_vault()
        application = Doors(doors, threads=threads)
        make_server(application, host=host, port=port, hatch=application.hatch).run()
