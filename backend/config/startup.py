"""What every process looks at before it works."""

from __future__ import annotations

import structlog
from django.db import DatabaseError, connection

from backend.integrations.vault import plant_canaries, unreadable_keys

logger = structlog.get_logger(__name__)


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
