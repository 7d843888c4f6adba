"""
Keyset pages: a cursor names the last row that was given out, so a deep page costs what the first one does.

A cursor is hexadecimal text of a fixed length: a place, and what list it is a place of. Another list refuses it, the
same one with other filters too: what stands behind that place there is nothing that the caller could have meant.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db.models import F, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleLessThan, TupleLookupMixin
from rest_framework.exceptions import ValidationError

DEFAULT_LIMIT = 50
MAX_LIMIT = 200

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TIME_DIGITS = 14  # Microseconds since 1970, until the year 4253.
UUID_DIGITS = 32
ID_DIGITS = 15
LIST_DIGITS = 8

R = TypeVar("R")
Place = tuple[Any, ...]


class RowLessThan(TupleLessThan):
    """A comparison of row values on every database; spelled out with OR, SQLite reads the list from its start."""

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return super(TupleLookupMixin, self).as_sql(compiler, connection)


@dataclass(frozen=True, slots=True)
class Keyset:
    """An order of rows, newest first, and how a row's place in it is written."""

    columns: tuple[str, ...]
    digits: int
    write: Callable[..., str]
    read: Callable[[str], Place]

    @property
    def pattern(self) -> str:
        """What a cursor looks like."""
        return f"[0-9a-f]{{{self.digits + LIST_DIGITS}}}"

    def order(self) -> list[str]:
        return [f"-{column}" for column in self.columns]

    def place(self, cursor: str, of: str) -> Place:
        """The place that the cursor names in this list. Raises ValidationError."""
        if not re.fullmatch(self.pattern, cursor, re.ASCII) or not cursor.endswith(mark_of(of)):
            raise ValidationError({"cursor": ["This is not a cursor that this list gave out."]})
        return self.read(cursor[: self.digits])


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """Some rows, and the way to the next ones."""

    rows: list[R]
    next_cursor: str | None


def page_of(rows: QuerySet[Any, R], keyset: Keyset, query: Mapping[str, str], *, of: str) -> Page[R]:
    """The page of these objects that `limit` and `cursor` ask for; one statement. Raises ValidationError."""

    def fetch(behind: Place | None, count: int) -> list[R]:
        return list(ordered(rows, keyset, behind)[:count])

    return paged(fetch, keyset, query, of=of, place_of=attrgetter(*keyset.columns))


def ordered(rows: QuerySet[Any, R], keyset: Keyset, behind: Place | None) -> QuerySet[Any, R]:
    """The rows in the order of the list; only those behind a place, where one is given."""
    if behind is not None:
        rows = rows.filter(RowLessThan(Tuple(*map(F, keyset.columns)), behind))
    return rows.order_by(*keyset.order())


def paged(
    fetch: Callable[[Place | None, int], list[R]],
    keyset: Keyset,
    query: Mapping[str, str],
    *,
    of: str,
    place_of: Callable[[R], Any],
) -> Page[R]:
    """
    The page that `limit` and `cursor` ask for. Raises ValidationError.

    `fetch` gives so many rows behind a place, `of` names the list with all that decides what stands in it.
    """
    limit = limit_of(query.get("limit", ""))
    cursor = query.get("cursor", "")
    found = fetch(keyset.place(cursor, of) if cursor else None, limit + 1)
    if len(found) <= limit:
        return Page(found, None)
    return Page(found[:limit], keyset.write(place_of(found[limit - 1])) + mark_of(of))


def mark_of(name: str) -> str:
    """What a cursor says of the list that gave it out."""
    return hashlib.blake2b(name.encode(), digest_size=LIST_DIGITS // 2).hexdigest()


def limit_of(text: str) -> int:
    """How many rows are asked for. Raises ValidationError."""
    if not text:
        return DEFAULT_LIMIT
    if not re.fullmatch(r"[0-9]{1,9}", text, re.ASCII) or not 1 <= int(text) <= MAX_LIMIT:
        raise ValidationError({"limit": [f"Give a whole number from 1 to {MAX_LIMIT}."]})
    return int(text)


def newest_first(time_column: str) -> Keyset:
    """By a time and, within it, by the id."""

    def write(place: tuple[datetime, UUID]) -> str:
        at, own_id = place
        return f"{max(0, (at - EPOCH) // timedelta(microseconds=1)):0{TIME_DIGITS}x}{own_id.hex}"

    def read(digits: str) -> Place:
        microseconds = int(digits[:TIME_DIGITS], 16)
        return EPOCH + timedelta(microseconds=microseconds), UUID(hex=digits[TIME_DIGITS:])

    return Keyset((time_column, "id"), TIME_DIGITS + UUID_DIGITS, write, read)


def latest_ids() -> Keyset:
    """By a counting id."""

    def write(number: int) -> str:
        return f"{number:0{ID_DIGITS}x}"

    def read(digits: str) -> Place:
        return (int(digits, 16),)

    return Keyset(("id",), ID_DIGITS, write, read)
