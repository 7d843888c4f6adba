"""Which doorbell this installation has: the settings say what carries a ring."""

from __future__ import annotations

from django.conf import settings
from django.db import connection

from backend.config.celery import app
from backend.config.lanes import all_lanes, shared_lanes
from backend.engine.bell import LoopbackBell
from backend.engine.celery import CeleryBell
from backend.engine.lanes import Bell, use_bell
from backend.engine.notify import NotifyBell
from backend.engine.ringer import ByLane, FirstThatRings, Ringer


def hang_bell() -> None:
    """From now on a ring of this process reaches the workers, wherever they are."""
    use_bell(make_bell())


def make_bell() -> Bell:
    """One datagram on one machine; between machines the database rings, or the broker where there is one."""
    if connection.vendor != "postgresql":
        return LoopbackBell(settings.DATA_DIR / "bell")
    database = FirstThatRings([NotifyBell()])
    if not settings.BROKER_URL:
        return Ringer(database)
    # A broker that is away is made up for by the database: the worker looks into the shared lanes then.
    broker = FirstThatRings([CeleryBell(app), database])
    return Ringer(ByLane([lane.name for lane in shared_lanes(all_lanes())], broker, database))
