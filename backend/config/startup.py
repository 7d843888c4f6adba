"""What every process does before it works."""

from __future__ import annotations

import gc
import sys

import structlog
from django.db import DatabaseError, connection

from backend.integrations.vault import plant_canaries, unreadable_keys

# Objects between two looks for garbage; the largest batch of the inbox makes half as many.
GARBAGE_AFTER = 100_000

logger = structlog.get_logger(__name__)

# Seconds that a thread may work while others wait. With Python's own five milliseconds, a message whose moment has
# come waits for several of them, and so does each answer of the database.
THREADS_TURN = 0.001


def take_short_turns() -> None:
    """Let the threads of this process wait less for each other."""
    sys.setswitchinterval(THREADS_TURN)


def look_at_the_vault() -> set[str]:
    """Notice a wrong or missing encryption key now, not when a token is needed; the names of such keys."""
    try:
        plant_canaries()
        unreadable = unreadable_keys()
    except DatabaseError as error:  # It will come; /readyz tells meanwhile.
        logger.warning("vault.not_looked_at", reason=str(error))
        return set()
    finally:
        connection.close()
    for name in sorted(unreadable):
        logger.error("vault.key_unreadable", key=name, resolution="Put this key back into ENCRYPTION_KEYS.")
    return unreadable


def look_for_garbage_seldom() -> None:
    """What is loaded by now stays, and a batch makes thousands of objects of which nearly none are in circles."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_AFTER)
