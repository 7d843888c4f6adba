"""The background work: inbox, outbox, and what looks after them."""

from __future__ import annotations

import signal
import threading
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connection

from backend.config.bells import hang_bell
from backend.config.interpreter import look_for_garbage_seldom, take_short_turns
from backend.config.lanes import all_lanes, worker_lanes
from backend.config.parent import end_with_parent
from backend.config.postgres import set_up_worker
from backend.config.startup import look_at_the_vault
from backend.engine.bell import listen
from backend.engine.locks import lock_maker
from backend.engine.notify import Listener
from backend.engine.pulse import beat
from backend.engine.threads import Engine

logger = structlog.get_logger(__name__)

PULSE_EVERY = 5.0  # Seconds.


class Command(BaseCommand):
    help = (
        "Work: process the inbox, deliver the outbox. Safe to kill at any moment; a second one stands by for "
        "what must keep order. With BROKER_URL, `drain` and `sweep` do what need not; this is the net below them."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--pulse", type=Path, help="a file to touch as long as every lane looks")

    def handle(self, *args: Any, pulse: Path | None, **options: Any) -> None:
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        end_with_parent(stopping.set)
        set_up_worker()
        look_at_the_vault()
        take_short_turns()
        lanes = worker_lanes(all_lanes(), has_broker=bool(settings.BROKER_URL))
        engine = Engine(lanes, lock_maker(settings.DATA_DIR / "locks"))
        _listen([lane.name for lane in lanes], engine.heard)
        hang_bell()
        look_for_garbage_seldom()
        engine.start()
        logger.info("worker.started", lanes=list(engine.threads))
        while not stopping.wait(PULSE_EVERY):
            _beat(engine, pulse)
        engine.stop()
        logger.info("worker.stopped")


def _listen(lanes: Sequence[str], heard: Callable[[str], None]) -> None:
    """Hear rings in a thread of its own: from other machines by the database, from this one by datagrams."""
    if connection.vendor == "postgresql":
        Listener(lanes, heard).start()
    else:
        port_file = settings.DATA_DIR / "bell"
        threading.Thread(target=listen, args=(port_file, heard), name="bell", daemon=True).start()


def _beat(engine: Engine, file: Path | None) -> None:
    if engine.is_well():
        beat(file)
    else:
        logger.error(
            "worker.hangs", lanes=[name for name, thread in engine.threads.items() if thread.hangs()]
        )
