"""How a batch of deliveries gets on disk, on whichever database there is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from django.db import connection

from backend.receiving.postgres_store import PostgresStore, libpq_parameters
from backend.receiving.sqlite_store import SQLiteStore


class Store(Protocol):
    """Where an inbox writes."""

    async def write(self, bodies: Sequence[bytes]) -> None:
        """Return once all of them are on disk, in this order; raises when none is, or when that is unknown."""

    async def close(self) -> None:
        """Let go of the database."""


def default_store() -> Store:
    """The store of the database that the settings name."""
    if connection.vendor == "postgresql":
        return PostgresStore(libpq_parameters(connection.get_connection_params()))
    return SQLiteStore()
