"""Every lane of the building: what the worker does."""

from __future__ import annotations

from functools import partial

from django.conf import settings

from backend.connecting import attempts, resume, token_life
from backend.engine.lanes import Lane
from backend.receiving import erasing, parked, process
from backend.sending import deliver


def all_lanes() -> list[Lane]:
    """The lanes, with how often each looks without a ring, in seconds."""
    every = settings.SWEEP_EVERY_SECONDS
    return [
        Lane("inbox", process.drain, exclusive=True, look_every=every),
        Lane("outbox", deliver.drain, exclusive=False, look_every=every),
        Lane("rescue", deliver.rescue, exclusive=True, look_every=5 * every),
        Lane("steps", resume.drain, exclusive=False, look_every=5 * every),
        Lane("tokens", partial(token_life.drain, token_life.at_once), exclusive=False, look_every=60.0),
        Lane("erasures", erasing.drain, exclusive=True, look_every=60.0),
        Lane("parked", parked.drain, exclusive=True, look_every=3600.0),
        Lane("attempts", attempts.forget_expired, exclusive=True, look_every=60.0),
    ]
