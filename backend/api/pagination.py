"""
Keyset pages: a cursor names the last row that was given out, so a deep page costs what the first one does.

A cursor is hexadecimal text of a fixed length; every text of that shape is a place in the list.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db.models import F, Model, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleLessThan, TupleLookupMixin
from rest_framework.exceptions import ValidationError

DEFAULT_LIMIT = 50
MAX_LIMIT = 200

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TIME_DIGITS = 14  # Microseconds since 1970, until the year 4253.
UUID_DIGITS = 32
ID_DIGITS = 15

M = TypeVar("M", bound=Model)


class RowLessThan(TupleLessThan):
    """A comparison of row values on every database; spelled out with OR, SQLite reads the list from its start."""

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return super(TupleLookupMixin, self).as_sql(compiler, connection)


@dataclass(frozen=True, slots=True)
class Keyset(Generic[M]):
    """An order of rows, newest first, and how a row's place in it is written."""

    columns: tuple[str, ...]
    pattern: str
    write: Callable[[M], str]
    read: Callable[[str], tuple[Any, ...]]

    def order(self) -> list[str]:
        return [f"-{column}" for column in self.columns]

    def behind(self, rows: QuerySet[M], cursor: str) -> QuerySet[M]:
        """The rows behind the cursor's. Raises ValidationError."""
        if not re.fullmatch(self.pattern, cursor, re.ASCII):
            raise ValidationError({"cursor": ["This is not a cursor that this list gave out."]})
        return rows.filter(RowLessThan(Tuple(*map(F, self.columns)), self.read(cursor)))


@dataclass(frozen=True, slots=True)
class Page(Generic[M]):
    """Some rows, and the way to the next ones."""

    rows: list[M]
    next_cursor: str | None


def page_of(rows: QuerySet[M], keyset: Keyset[M], query: Mapping[str, str]) -> Page[M]:
    """The page that `limit` and `cursor` ask for; one statement. Raises ValidationError."""
    limit = limit_of(query.get("limit", ""))
    cursor = query.get("cursor", "")
    wanted = keyset.behind(rows, cursor) if cursor else rows
    found = list(wanted.order_by(*keyset.order())[: limit + 1])
    more = len(found) > limit
    return Page(found[:limit], keyset.write(found[limit - 1]) if more else None)


def limit_of(text: str) -> int:
    """How many rows are asked for. Raises ValidationError."""
    if not text:
        return DEFAULT_LIMIT
    if not re.fullmatch(r"[0-9]{1,9}", text, re.ASCII) or not 1 <= int(text) <= MAX_LIMIT:
        raise ValidationError({"limit": [f"Give a whole number from 1 to {MAX_LIMIT}."]})
    return int(text)


def newest_first(time_column: str) -> Keyset[Any]:
    """By a time and, within it, by the id."""

    def write(row: Model) -> str:
        microseconds = (getattr(row, time_column) - EPOCH) // timedelta(microseconds=1)
        return f"{max(0, microseconds):0{TIME_DIGITS}x}{UUID(str(row.pk)).hex}"

    def read(cursor: str) -> tuple[datetime, UUID]:
        microseconds = int(cursor[:TIME_DIGITS], 16)
        return EPOCH + timedelta(microseconds=microseconds), UUID(hex=cursor[TIME_DIGITS:])

    return Keyset((time_column, "id"), rf"[0-9a-f]{{{TIME_DIGITS + UUID_DIGITS}}}", write, read)


def latest_ids() -> Keyset[Any]:
    """By a counting id."""
    return Keyset(
        ("id",),
        rf"[0-9a-f]{{{ID_DIGITS}}}",
        lambda row: f"{row.pk:0{ID_DIGITS}x}",
        lambda cursor: (int(cursor, 16),),
    )
