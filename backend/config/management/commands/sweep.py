"""Celery's beat: rings every shared lane every few seconds, so that a lost ring costs latency and never data."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from backend.config.celery import app, needs_broker
from backend.config.parent import end_with_parent
from backend.engine.celery import Sweeper


class Command(BaseCommand):
    help = (
        "Ring every shared lane every few seconds, for `drain`. One is enough; a second one does no harm. "
        "Needs BROKER_URL."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--pulse", type=Path, help="a file to touch whenever a lane was rung")

    def handle(self, *args: Any, pulse: Path | None, **options: Any) -> None:
        needs_broker()
        end_with_parent()
        Sweeper.pulse = pulse
        app.Beat(scheduler_cls=Sweeper, quiet=True).run()
