"""Every lane of the building: what the worker does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from django.conf import settings
from django.db import connection

from backend.config import retention
from backend.connecting import attempts, farewells, resume, token_life
from backend.engine.lanes import Lane, Pace
from backend.integrations import templates
from backend.profiling import ask
from backend.receiving import awaiting, bulk, erasing, leaving, media, parked, process, turns
from backend.receiving.retention import is_inbox_behind
from backend.sending import deliver, reactions, signals, uploads
from backend.syncing import imports

# A batch by itself costs as much as thirty events in it: a few milliseconds are noticed by nobody, and under load it
# waits for more of them. SQLite has one writer at a time, and the door waits for its turn meanwhile.
INBOX_PACE = {
    "postgresql": Pace(least=0.003, of_work=1.25, at_most=0.02),
    "sqlite": Pace(least=0.005, of_work=2, at_most=0.03),
}
# Seconds between two looks of the worker into lanes that Celery drains: so long waits at most what nobody was rung for,
# or by a bell that only somebody hears who is away.
NET_EVERY = 5.0


def all_lanes() -> list[Lane]:
    """The lanes, with how often each looks without a ring, in seconds."""
    every = settings.SWEEP_EVERY_SECONDS
    return [
        Lane(
            "inbox",
            process.drain,
            exclusive=True,
            look_every=min(every, 1.0),
            pace=INBOX_PACE[connection.vendor],
            comes_first=True,
        ),
        Lane(bulk.LANE, bulk.drain, exclusive=True, look_every=every),
        Lane("outbox", deliver.drain, exclusive=False, look_every=every, finish=deliver.finish),
        Lane(uploads.LANE, uploads.drain, exclusive=False, look_every=every),
        Lane("signals", signals.drain, exclusive=False, look_every=every),
        Lane("reactions", reactions.drain, exclusive=False, look_every=every),
        Lane("profiles", ask.drain, exclusive=False, look_every=max(every, 5.0)),
        Lane("rescue", deliver.rescue, exclusive=True, look_every=5 * every),
        Lane("media", media.drain, exclusive=False, look_every=every),
        Lane("steps", resume.drain, exclusive=False, look_every=5 * every),
        Lane("tokens", partial(token_life.drain, token_life.at_once), exclusive=False, look_every=60.0),
        Lane("farewells", farewells.drain, exclusive=False, look_every=60.0),
        Lane(
            "imports",
            partial(imports.drain, imports.at_once, is_behind=is_inbox_behind),
            exclusive=False,
            look_every=every,
        ),
        Lane("turns", turns.drain, exclusive=True, look_every=min(every, 1.0)),
        Lane(templates.LANE, templates.drain, exclusive=True, look_every=60.0),
        Lane("unrouted", awaiting.drain, exclusive=True, look_every=60.0),
        Lane("erasures", erasing.drain, exclusive=True, look_every=60.0),
        Lane("files", leaving.drain, exclusive=True, look_every=60.0),
        Lane("parked", parked.drain, exclusive=True, look_every=3600.0),
        Lane("attempts", attempts.forget_expired, exclusive=True, look_every=60.0),
        Lane("retention", retention.drain, exclusive=True, look_every=60.0),
    ]


def shared_lanes(lanes: Sequence[Lane]) -> list[Lane]:
    """Those that any number of processes drain at once, by claims: what Celery is for."""
    return [lane for lane in lanes if not lane.exclusive]


def worker_lanes(lanes: Sequence[Lane], *, has_broker: bool) -> list[Lane]:
    """What the worker drains: all; where Celery drains the shared ones, it is only the net below them.

    Rung by the database while the broker is away, and looking by itself now and then, it keeps replies going.
    """
    if not has_broker:
        return list(lanes)
    return [
        lane if lane.exclusive else replace(lane, look_every=max(lane.look_every, NET_EVERY))
        for lane in lanes
    ]
