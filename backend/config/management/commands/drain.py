"""A Celery worker for the lanes that any number of processes may drain at once."""

from __future__ import annotations

import os
import socket
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from celery import signals
from django.core.management.base import BaseCommand

from backend.config.bells import hang_bell
from backend.config.celery import app, needs_broker
from backend.config.interpreter import take_short_turns
from backend.config.parent import end_with_parent
from backend.config.startup import look_at_the_vault
from backend.engine.pulse import beat


class Command(BaseCommand):
    help = (
        "Drain the shared lanes (outbox, uploads, steps, tokens …) when Celery rings; as many of these as you like, "
        "on as many machines. Safe to kill at any moment. Needs BROKER_URL, `sweep` once, and `worker` for all that "
        "keeps order."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--pulse", type=Path, help="a file to touch whenever a lane was looked into")

    def handle(self, *args: Any, pulse: Path | None, **options: Any) -> None:
        needs_broker()
        end_with_parent()
        look_at_the_vault()
        take_short_turns()
        hang_bell()
        signals.task_postrun.connect(lambda **_: beat(pulse), weak=False)
        worker = app.Worker(
            hostname=f"gateway-{os.getpid()}@{socket.gethostname()}",
            pool="threads",
            concurrency=len(app.conf.task_queues),
            without_gossip=True,
            without_mingle=True,
            quiet=True,
        )
        worker.start()
        raise SystemExit(worker.exitcode or 0)
