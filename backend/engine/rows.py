"""
Hundreds of rows with one statement.

The rows travel as one JSON text, which Postgres and SQLite both take apart themselves: no limit on the number of
values, nothing to compile for each row, and the same words for both databases.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any, TypeVar
from uuid import UUID

import orjson
from django.db import connection
from django.db.models import Field, Model
from django.db.models.expressions import RawSQL

M = TypeVar("M", bound=Model)

# How SQLite keeps what JSON writes in another way; Postgres reads both as they are.
AS_SQLITE_KEEPS_IT = {
    "UUIDField": "replace({value}, '-', '')",
    "DateTimeField": "replace(replace({value}, 'T', ' '), 'Z', '')",
}


def insert_rows(rows: Sequence[Model], *, or_ignore: bool = False) -> int:
    """Insert new rows of one model, in this order; how many. `or_ignore`: those that are there already stay as they are."""
    if not rows:
        return 0
    table = Table(type(rows[0]))
    columns = table.own_columns(rows[0])
    names = ", ".join(map(quoted, columns))
    conflict = " ON CONFLICT DO NOTHING" if or_ignore else ""
    into = (
        f"INSERT INTO {table.name} ({names}) SELECT {names} FROM {table.source(columns)} WHERE true{conflict}"
    )
    return _run(into, table.written(rows, columns))


def upsert_rows(rows: Sequence[Model], *, unique: Sequence[str], update: Sequence[str]) -> None:
    """Insert the rows, which are of one model; of those that `unique` shows to be there, set the `update` columns."""
    if not rows:
        return
    table = Table(type(rows[0]))
    columns = table.own_columns(rows[0])
    names = ", ".join(map(quoted, columns))
    changes = ", ".join(f"{quoted(each)} = EXCLUDED.{quoted(each)}" for each in table.columns(update))
    conflict = f"ON CONFLICT ({', '.join(map(quoted, table.columns(unique)))}) DO UPDATE SET {changes}"
    into = f"INSERT INTO {table.name} ({names}) SELECT {names} FROM {table.source(columns)} WHERE true {conflict}"
    _run(into, table.written(rows, columns))


def update_rows(rows: Sequence[Model], fields: Sequence[str]) -> list[Any]:
    """Set these columns of rows of one model; the keys, as the database writes them, of those that are there."""
    if not rows:
        return []
    table = Table(type(rows[0]))
    key, columns = table.key, table.columns(fields)
    own = f"{table.name}.{quoted(key)}"
    changes = ", ".join(f"{quoted(each)} = said.{quoted(each)}" for each in columns)
    source = table.source([key, *columns])
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table.name} SET {changes} FROM {source} WHERE {own} = said.{quoted(key)} RETURNING {own}",
            [table.written(rows, [key, *columns])],
        )
        return [row[0] for row in cursor.fetchall()]


def found_by(
    model: type[Model], fields: Sequence[str], keys: Iterable[Sequence[Any]], without: str = ""
) -> RawSQL:
    """For `pk__in`: the rows whose fields are, together, one of the keys, found by an index on the fields.

    `without`: only those where this column is empty.
    """
    table = Table(model)
    columns = table.columns(fields)
    wanted = [dict(zip(columns, key, strict=True)) for key in keys]
    same = " AND ".join(f"{table.name}.{quoted(each)} = said.{quoted(each)}" for each in columns)
    key = f"{table.name}.{quoted(table.key)}"
    condition = f"{same} AND {table.name}.{quoted(without)} IS NULL" if without else same
    return RawSQL(
        f"SELECT {key} FROM {table.source(columns)} JOIN {table.name} ON {condition}", [dumped(wanted)]
    )


def any_of(*parts: RawSQL) -> RawSQL:
    """For `pk__in`: what any of the parts finds."""
    return RawSQL(
        " UNION ALL ".join(part.sql for part in parts), [each for part in parts for each in part.params]
    )


def take_rows(model: type[M], fields: Sequence[str], keys: Iterable[Sequence[Any]]) -> list[M]:
    """Delete the rows whose fields are, together, one of the keys; as they were, in no order."""
    table = Table(model)
    found = found_by(model, fields, keys)
    columns = ", ".join(quoted(each.column) for each in model._meta.concrete_fields)
    sql = f"DELETE FROM {table.name} WHERE {quoted(table.key)} IN ({found.sql}) RETURNING {columns}"
    return list(model._default_manager.raw(sql, found.params))


class Table:
    """One model's table in this database, and how rows of it are read out of JSON."""

    def __init__(self, model: type[Model]) -> None:
        self.model = model
        self.meta = model._meta
        self.name = quoted(self.meta.db_table)

    @property
    def key(self) -> str:
        return str(self.meta.pk.column)

    def columns(self, fields: Iterable[str]) -> list[str]:
        """The columns of these fields."""
        return [str(self.meta.get_field(name).column) for name in fields]  # type: ignore[union-attr]

    def own_columns(self, row: Model) -> list[str]:
        """Every column that a new row fills; a number that the database gives is left to it."""
        given = row.pk is None
        return [each.column for each in self.meta.concrete_fields if not (given and each.primary_key)]

    def written(self, rows: Sequence[Model], columns: Sequence[str]) -> str:
        """These columns of the rows as JSON."""
        take = attrgetter(*(_fields(self.model)[column].attname for column in columns))
        return dumped([dict(zip(columns, take(row), strict=True)) for row in rows])

    def source(self, columns: Sequence[str]) -> str:
        """What stands after FROM: the rows of the JSON text that is the only parameter, called `said`."""
        return _source(self.model, tuple(columns), connection.vendor)


def quoted(name: str) -> str:
    """A name of ours as SQL writes it."""
    return f'"{name}"'


@lru_cache(maxsize=64)
def _fields(model: type[Model]) -> dict[str, Field[Any, Any]]:
    return {str(each.column): each for each in model._meta.concrete_fields}


@lru_cache(maxsize=256)
def _source(model: type[Model], columns: tuple[str, ...], vendor: str) -> str:
    fields = [_fields(model)[column] for column in columns]
    if vendor == "postgresql":
        typed = (f"{quoted(each.column)} {each.cast_db_type(connection)}" for each in fields)
        return f"json_to_recordset(%s::json) AS said({', '.join(typed)})"
    taken = (f"{_from_sqlite(each)} AS {quoted(each.column)}" for each in fields)
    return f"(SELECT {', '.join(taken)} FROM json_each(%s)) AS said"


def _from_sqlite(field: Field[Any, Any]) -> str:
    value = f"json_extract(value, '$.{field.column}')"
    kind = field.target_field if field.is_relation else field
    return AS_SQLITE_KEEPS_IT.get(kind.get_internal_type(), "{value}").format(value=value)


def dumped(rows: Sequence[object]) -> str:
    """Rows as the one parameter of a statement."""
    try:
        return orjson.dumps(rows, option=orjson.OPT_UTC_Z).decode()
    except TypeError:  # A number of more than 64 bits, which databases take and orjson does not.
        return json.dumps(rows, default=_plain)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def _run(sql: str, rows: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, [rows])
        return int(cursor.rowcount)
