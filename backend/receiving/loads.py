"""Who takes up a delivery: live ones never wait for what a phone hands over, nor for each other's lane."""

from __future__ import annotations

from collections.abc import Collection
from enum import IntEnum

from backend.engine.lanes import ring
from backend.platforms.registry import is_bulk


class Load(IntEnum):
    """What is in a delivery, by who takes it up."""

    LIVE = 0  # Somebody said something just now.
    BULK = 1  # A phone hands over what it has, thousands of things at once.


# The lane that looks for the deliveries of each load. The channels of NOTIFY bear the same names.
LANES = {Load.LIVE: "inbox", Load.BULK: "bulk"}


def load_of(body: bytes) -> Load:
    """Who takes this delivery up."""
    return Load.BULK if is_bulk(body) else Load.LIVE


def lanes_of(loads: Collection[Load]) -> list[str]:
    """The lanes that look for deliveries of these loads."""
    return [lane for load, lane in LANES.items() if load in loads]


def ring_all() -> None:
    """Wake whoever takes deliveries up: some were put back, whatever is in them."""
    for lane in LANES.values():
        ring(lane)
