"""The background work: inbox, outbox, and what looks after them."""

from __future__ import annotations

import gc
import signal
import threading
from typing import Any

import structlog
from django.conf import settings
from django.core.management.base import BaseCommand

from backend.config.lanes import all_lanes
from backend.config.parent import end_with_parent
from backend.config.startup import look_at_the_vault
from backend.engine.bell import LoopbackBell, listen
from backend.engine.lanes import use_bell
from backend.engine.locks import lock_maker
from backend.engine.threads import Engine

logger = structlog.get_logger(__name__)


class Command(BaseCommand):
    help = "Work: process the inbox, deliver the outbox. Safe to kill at any moment; a second one stands by."

    def handle(self, *args: Any, **options: Any) -> None:
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        end_with_parent(stopping.set)
        look_at_the_vault()
        engine = Engine(all_lanes(), lock_maker(settings.DATA_DIR / "locks"))
        port_file = settings.DATA_DIR / "bell"
        threading.Thread(target=listen, args=(port_file, engine.heard), name="bell", daemon=True).start()
        use_bell(LoopbackBell(port_file))
        gc.freeze()  # What is loaded by now stays: nobody has to look through it for garbage again.
        engine.start()
        logger.info("worker.started", lanes=list(engine.threads))
        stopping.wait()
        engine.stop()
        logger.info("worker.stopped")
