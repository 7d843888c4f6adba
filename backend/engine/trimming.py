"""
Old rows leave in small batches, in the order in which they came.

The key of a table that only grows is its order in time, so what is old stands at its beginning: no index on the time is
needed, and no look ever reads more than a batch.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import Model, QuerySet

BATCH = 500


def trim(rows: QuerySet[Any], time_column: str, before: datetime, *, batch: int = BATCH) -> bool:
    """Remove the oldest rows whose time lies before that; one batch. Whether there may be more."""
    oldest = rows.order_by("pk").values_list("pk", time_column)[:batch]
    old = [key for key, time in oldest if time < before]
    remove(rows.model, old)
    return len(old) == batch


def remove(model: type[Model], keys: Collection[Any]) -> None:
    """Delete rows that nothing refers to any more: one statement, nothing is read and nothing else is looked for."""
    if keys:
        rows = model._default_manager.filter(pk__in=keys)
        rows._raw_delete(rows.db)
