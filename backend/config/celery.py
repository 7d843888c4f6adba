"""The distributed engine's application; `manage.py drain` is its worker, `manage.py sweep` its beat."""

from __future__ import annotations

from typing import Any

from celery import signals
from django.conf import settings
from django.core.management.base import CommandError

from backend.config.lanes import all_lanes, shared_lanes
from backend.engine.celery import make_app

app = make_app(settings.BROKER_URL, shared_lanes(all_lanes()))


@signals.setup_logging.connect  # type: ignore[untyped-decorator]  # The library has no types.
def keep_our_logging(**_: Any) -> None:
    """That somebody listens to this signal is what keeps the library from setting up its own."""


def needs_broker() -> None:
    """Raises CommandError where no broker is set: these parts would wait for ever for nothing."""
    if not settings.BROKER_URL:
        raise CommandError("BROKER_URL is not set: without a broker `manage.py worker` drains every lane.")
