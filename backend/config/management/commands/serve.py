"""Everything on one machine: the service, the worker and, in the sandbox, the simulator."""

from __future__ import annotations

import fcntl
import os
import socket
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import httpx2
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from backend.config.demo import PASSWORD, PEOPLE, seed_demo
from backend.config.startup import look_at_the_vault
from backend.config.supervisor import Child, Supervisor, python

# What the simulator has to know of our app at Meta.
SIMULATOR_SETTINGS = (
    "META_APP_ID",
    "META_APP_SECRET",
    "META_VERIFY_TOKEN",
    "META_GRAPH_VERSION",
    "INSTAGRAM_APP_ID",
    "INSTAGRAM_APP_SECRET",
    "PUBLIC_URL",
    "PORT",
    "SIMULATOR_PORT",
    "DATA_DIR",
)
PORT_FREE_WITHIN = 10.0  # Seconds; the children of a supervisor that was killed need a moment to end.

BANNER = """
The product runs. Everything is kept in {data_dir}; Ctrl-C ends it.

  API and Swagger UI   {public_url}/api/docs
  OpenAPI document     {public_url}/api/schema
  Admin                {public_url}/admin/
"""
SANDBOX_BANNER = """  Customer's phone     http://localhost:{simulator_port}/   (the simulator plays Meta)

  Logins: {logins} with password {password}

Try this first (a second terminal):
  TOKEN=$(curl -s {public_url}/api/auth/token -H 'Content-Type: application/json' \\
    -d '{{"email":"owner@demo.test","password":"{password}"}}' | sed 's/.*"accessToken":"\\([^"]*\\)".*/\\1/')
  curl -s {public_url}/api/integrations/connect -H "Authorization: Bearer $TOKEN" \\
    -H 'Content-Type: application/json' -d '{{"platform":"WHATSAPP"}}'
  # In a browser instead: -d '{{"platform":"INSTAGRAM","login":"instagram","flow":"oauth"}}', and open authorizationUrl.
Then open the customer's phone, write to the shop, and see it at:
  curl -s {public_url}/api/conversations -H "Authorization: Bearer $TOKEN"
"""


class Command(BaseCommand):
    help = (
        "Start the service, the worker, with BROKER_URL the Celery parts and, in the sandbox, the simulator, "
        "and keep them running. Migrates the database first. Ctrl-C ends everything."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address of the service (default: 127.0.0.1)")

    def handle(self, *args: Any, host: str, **options: Any) -> None:
        lock = _only_one(settings.DATA_DIR)
        ports = [settings.PORT, *([settings.SIMULATOR_PORT] if settings.SANDBOX else [])]
        for port in ports:
            self._wait_for_port(port)
        self._prepare()
        supervisor = Supervisor(
            self._children(host), {name: str(getattr(settings, name)) for name in SIMULATOR_SETTINGS}
        )
        self.stdout.write("Starting the service …")
        supervisor.run(when_ready=self._tell, is_ready=_is_ready)
        os.close(lock)
        self.stdout.write("Everything has ended.")

    def _prepare(self) -> None:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if plan:
            self.stdout.write(f"Preparing the database ({len(plan)} steps) …")
            call_command("migrate", verbosity=0, interactive=False)
        for name in look_at_the_vault():
            self.stderr.write(
                f"The encryption key {name!r} is missing or wrong: what it sealed cannot be opened."
            )
        if settings.SANDBOX and seed_demo():
            self.stdout.write("Made the demo businesses and logins.")
        connection.close()

    def _children(self, host: str) -> list[Child]:
        manage = str(settings.BASE_DIR / "manage.py")
        children = [
            Child("web", python(manage, "web", "--host", host, "--port", str(settings.PORT))),
            Child("worker", python(manage, "worker")),
        ]
        if settings.BROKER_URL:
            children += [Child("drain", python(manage, "drain")), Child("sweep", python(manage, "sweep"))]
        if settings.SANDBOX:
            children.append(Child("simulator", python("-m", "backend.simulator")))
        return children

    def _wait_for_port(self, port: int) -> None:
        deadline = time.monotonic() + PORT_FREE_WITHIN
        while not _is_free(port):
            if time.monotonic() > deadline:
                raise CommandError(
                    f"Port {port} is in use by another program. End it, or choose others: PORT, SIMULATOR_PORT."
                )
            time.sleep(0.2)

    def _tell(self) -> None:
        text = BANNER + (SANDBOX_BANNER if settings.SANDBOX else "")
        self.stdout.write(
            text.format(
                data_dir=settings.DATA_DIR,
                public_url=settings.PUBLIC_URL,
                simulator_port=settings.SIMULATOR_PORT,
                logins=", ".join(person[0] for person in PEOPLE),
                password=PASSWORD,
            )
        )
        self.stdout.flush()


def _only_one(data_dir: Path) -> int:
    """Hold the data for this supervisor; the kernel frees it when we end, whatever ends us."""
    os.umask(0o077)  # What customers write is nobody else's on this machine; our children inherit it.
    data_dir.mkdir(parents=True, exist_ok=True)
    handle = os.open(data_dir / "serve.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise CommandError(
            f"The product runs already on {data_dir}. End it first, or set another DATA_DIR."
        ) from None
    return handle


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _is_ready() -> bool:
    urls = [f"http://127.0.0.1:{settings.PORT}/readyz"]
    if settings.SANDBOX:
        urls.append(f"http://127.0.0.1:{settings.SIMULATOR_PORT}/sim/kinds")
    return all(map(_answers, urls))


def _answers(url: str) -> bool:
    try:
        return httpx2.get(url, timeout=2, trust_env=False).is_success
    except httpx2.HTTPError:
        return False
