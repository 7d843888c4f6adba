"""
Hundreds of rows with one statement.

The rows travel as one JSON text, which Postgres and SQLite both take apart themselves: no limit on the number of
values, nothing to compile for each row, and the same words for both databases.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar
from uuid import UUID

import orjson
from django.db import connection
from django.db.models import Field, ForeignKey, Model, QuerySet
from django.db.models.expressions import RawSQL

M = TypeVar("M", bound=Model)

# How SQLite keeps what JSON writes in another way; Postgres reads both as they are.
AS_SQLITE_KEEPS_IT = {
    "UUIDField": "replace({value}, '-', '')",
    "DateTimeField": "replace(replace({value}, 'T', ' '), 'Z', '')",
}


# Column -> value. All rows of one call have the same columns.
Row = Mapping[str, Any]


def row_of(instance: Model, *fields: str) -> Row:
    """The columns of these fields of an instance, or of all of them; a key that the database gives is left to it."""
    names = _columns(type(instance), fields)
    if not fields and instance.pk is None:
        names = tuple(name for name in names if name != key_of(type(instance)))
    return {name: getattr(instance, name) for name in names}


def insert_rows(model: type[Model], rows: Sequence[Row], *, or_ignore: bool = False) -> int:
    """Insert new rows, in this order; how many. `or_ignore`: those that are there already stay as they are."""
    return _insert(model, rows, " ON CONFLICT DO NOTHING" if or_ignore else "")


def upsert_rows(
    model: type[Model], rows: Sequence[Row], *, unique: Sequence[str], update: Sequence[str]
) -> None:
    """Insert rows; of those that `unique` shows to be there, set the `update` columns."""
    changes = ", ".join(f"{quoted(each)} = EXCLUDED.{quoted(each)}" for each in _columns(model, update))
    same = ", ".join(map(quoted, _columns(model, unique)))
    _insert(model, rows, f" ON CONFLICT ({same}) DO UPDATE SET {changes}")


def _insert(model: type[Model], rows: Sequence[Row], conflict: str) -> int:
    if not rows:
        return 0
    columns = tuple(rows[0])
    names = ", ".join(map(quoted, columns))
    into = f"INSERT INTO {name_of(model)} ({names})"
    with connection.cursor() as cursor:
        cursor.execute(
            f"{into} SELECT {names} FROM {source(model, columns)} WHERE true{conflict}", [dumped(rows)]
        )
        return int(cursor.rowcount)


def count_up(model: type[Model], key: str, column: str, by: Mapping[str, int]) -> dict[str, int]:
    """Raise a number of each row, which is made where it is not there; what it is now. Rows are locked in one order."""
    names = f"{quoted(key)}, {quoted(column)}"
    raised = f"{quoted(column)} = {name_of(model)}.{quoted(column)} + EXCLUDED.{quoted(column)}"
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {name_of(model)} ({names}) SELECT {names} FROM {source(model, (key, column))} WHERE true "
            f"ON CONFLICT ({quoted(key)}) DO UPDATE SET {raised} RETURNING {names}",
            [dumped([{key: each, column: number} for each, number in sorted(by.items())])],
        )
        return dict(cursor.fetchall())


def update_rows(model: type[Model], rows: Sequence[Row]) -> list[Any]:
    """Set the columns of rows, each found by its key; the keys of those that are there, as the database writes them."""
    if not rows:
        return []
    key, *columns = sorted(rows[0], key=lambda name: name != key_of(model))
    own = f"{name_of(model)}.{quoted(key)}"
    changes = ", ".join(f"{quoted(each)} = said.{quoted(each)}" for each in columns)
    said = source(model, (key, *columns))
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {name_of(model)} SET {changes} FROM {said} WHERE {own} = said.{quoted(key)} RETURNING {own}",
            [dumped(rows)],
        )
        return [row[0] for row in cursor.fetchall()]


def found_by(
    model: type[Model],
    fields: Sequence[str],
    keys: Iterable[Sequence[Any]],
    without: str = "",
    *,
    give: str = "",
) -> RawSQL:
    """For `pk__in`: the rows whose fields are, together, one of the keys, found by an index on the fields.

    `without`: only those where this column is empty. `give`: what they refer to by this field, in place of themselves.
    """
    table, columns = name_of(model), _columns(model, fields)
    wanted = [dict(zip(columns, key, strict=True)) for key in keys]
    same = " AND ".join(f"{table}.{quoted(each)} = said.{quoted(each)}" for each in columns)
    condition = f"{same} AND {table}.{quoted(without)} IS NULL" if without else same
    given = _columns(model, (give,))[0] if give else key_of(model)
    key = f"{table}.{quoted(given)}"
    return RawSQL(f"SELECT {key} FROM {source(model, columns)} JOIN {table} ON {condition}", [dumped(wanted)])


def any_of(*parts: RawSQL) -> RawSQL:
    """For `pk__in`: what any of the parts finds."""
    return RawSQL(
        " UNION ALL ".join(part.sql for part in parts), [each for part in parts for each in part.params]
    )


_LATER = object()


def found_later(sql: str) -> RawSQL:
    """What `found_by` or `any_of` wrote, for a Question: the values come when it is asked."""
    return RawSQL(sql, [_LATER] * sql.count("%s"))


class Question:
    """A SELECT of the ORM that is compiled once and asked again and again: only the JSON texts in it differ."""

    def __init__(self, rows: QuerySet[Any, Any]) -> None:
        """`rows`: what `values_list` gives; what is found later differs each time it is asked."""
        self.compiler = rows.query.get_compiler(rows.db)
        self.sql, self.params = self.compiler.as_sql()

    def ask(self, params: Sequence[Any]) -> list[Sequence[Any]]:
        """The rows, with every value as its field has it."""
        later = iter(params)
        given = [next(later) if each is _LATER else each for each in self.params]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, given)
            found = cursor.fetchall()
        return list(self.compiler.results_iter(results=[found]))


def take_rows(model: type[M], fields: Sequence[str], keys: Iterable[Sequence[Any]]) -> list[M]:
    """Delete the rows whose fields are, together, one of the keys; as they were, in no order."""
    found = found_by(model, fields, keys)
    columns = ", ".join(map(quoted, _columns(model, ())))
    key = quoted(key_of(model))
    sql = f"DELETE FROM {name_of(model)} WHERE {key} IN ({found.sql}) RETURNING {columns}"
    return list(model._default_manager.raw(sql, found.params))


def key_of(model: type[Model]) -> str:
    """The column of its primary key."""
    return str(model._meta.pk.column)


def name_of(model: type[Model]) -> str:
    """Its table."""
    return quoted(model._meta.db_table)


def quoted(name: str) -> str:
    """A name of ours as SQL writes it."""
    return f'"{name}"'


def _columns(model: type[Model], fields: Sequence[str]) -> tuple[str, ...]:
    """The columns of these fields; of all where none is named."""
    return _columns_of(model, tuple(fields))


@lru_cache(maxsize=256)
def _columns_of(model: type[Model], fields: tuple[str, ...]) -> tuple[str, ...]:
    named = [model._meta.get_field(name) for name in fields] or model._meta.concrete_fields
    return tuple(str(each.column) for each in named if isinstance(each, Field))


def source(model: type[Model], columns: Sequence[str]) -> str:
    """What stands after FROM: the rows of the JSON text that is the only parameter, called `said`."""
    return _source_for(model, tuple(columns), connection.vendor)


@lru_cache(maxsize=256)
def _source_for(model: type[Model], columns: tuple[str, ...], vendor: str) -> str:
    named = {str(each.column): each for each in model._meta.concrete_fields}
    fields = {column: named[column] for column in columns}
    if vendor == "postgresql":
        typed = (f"{quoted(column)} {each.cast_db_type(connection)}" for column, each in fields.items())
        return f"json_to_recordset(%s::json) AS said({', '.join(typed)})"
    taken = (f"{_from_sqlite(each)} AS {quoted(column)}" for column, each in fields.items())
    # Without its own limit, SQLite would write the row anew for each of its columns.
    return f"(SELECT {', '.join(taken)} FROM (SELECT value FROM json_each(%s) LIMIT -1)) AS said"


def _from_sqlite(field: Field[Any, Any]) -> str:
    value = f"json_extract(value, '$.{field.column}')"
    kind = field.target_field if isinstance(field, ForeignKey) else field
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
