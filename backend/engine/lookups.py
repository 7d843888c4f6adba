"""
Many rows found by many keys with one statement, whose words are written once.

The keys travel as one JSON text, as in `rows`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Model
from django.db.models.expressions import RawSQL

from backend.engine.questions import instances
from backend.engine.rows import columns_of, dumped, key_of, name_of, quoted, source

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Lookup:
    """A SELECT of keys: its words, and the JSON texts that it asks with."""

    sql: str
    params: list[Any]

    @property
    def keys(self) -> RawSQL:
        """For `pk__in`."""
        return RawSQL(self.sql, self.params)


def found_by(
    model: type[Model],
    fields: Sequence[str],
    keys: Iterable[Sequence[Any]],
    without: str = "",
    *,
    give: str = "",
) -> Lookup:
    """The rows whose fields are, together, one of the keys, found by an index on the fields.

    `without`: only those where this column is empty. `give`: what they refer to by this field, in place of themselves.
    """
    columns = columns_of(model, fields)
    return Lookup(_search(model, columns, without, give, connection.vendor), [dumped(list(keys))])


def found_by_key(model: type[Model], keys: Iterable[Any], *, give: str = "") -> Lookup:
    """The rows with these primary keys. `give`: as in `found_by`."""
    return found_by(model, (key_of(model),), ((key,) for key in keys), give=give)


@cache
def _search(model: type[Model], columns: tuple[str, ...], without: str, give: str, _vendor: str) -> str:
    table = name_of(model)
    same = " AND ".join(f"{table}.{quoted(each)} = said.{quoted(each)}" for each in columns)
    condition = f"{same} AND {table}.{quoted(without)} IS NULL" if without else same
    given = f"{table}.{quoted(columns_of(model, (give,))[0] if give else key_of(model))}"
    said = source(model, columns)
    # Key by key: a plan from when the table was small would go through all of it, and compare each row with each key.
    if connection.vendor == "postgresql":
        one = f"SELECT {given} FROM {table} WHERE {condition} OFFSET 0"
        return f"SELECT found.* FROM {said} CROSS JOIN LATERAL ({one}) AS found"
    return f"SELECT {given} FROM {said} CROSS JOIN {table} ON {condition}"


def any_of(*parts: Lookup) -> Lookup:
    """What any of the parts finds."""
    return Lookup(
        " UNION ALL ".join(part.sql for part in parts), [each for part in parts for each in part.params]
    )


def rows_of(model: type[M], keys: Iterable[Any]) -> list[M]:
    """The rows with these primary keys, in no order."""
    found = found_by_key(model, keys)
    columns = columns_of(model, ())
    told = ", ".join(map(quoted, columns))
    sql = f"SELECT {told} FROM {name_of(model)} WHERE {quoted(key_of(model))} IN ({found.sql})"
    return instances(model, columns, sql, found.params)


def take_rows(model: type[M], fields: Sequence[str], keys: Iterable[Sequence[Any]]) -> list[M]:
    """Delete the rows whose fields are, together, one of the keys; as they were, in no order."""
    found = found_by(model, fields, keys)
    columns = columns_of(model, ())
    told = ", ".join(map(quoted, columns))
    sql = f"DELETE FROM {name_of(model)} WHERE {quoted(key_of(model))} IN ({found.sql}) RETURNING {told}"
    return instances(model, columns, sql, found.params)
