"""
Hundreds of rows with one statement.

The rows travel as one JSON text, which Postgres and SQLite both take apart themselves: no limit on the number of
values, nothing to compile for each row, and the same words for both databases.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from operator import attrgetter, itemgetter
from typing import Any
from uuid import UUID

import orjson
from django.db import connection
from django.db.models import Field, ForeignKey, Model

from backend.engine.pipeline import NOTHING, Sent, send

# How SQLite keeps what JSON writes in another way; Postgres reads both as they are.
AS_SQLITE_KEEPS_IT = {
    "UUIDField": "replace({value}, '-', '')",
    "DateTimeField": "replace(replace({value}, 'T', ' '), 'Z', '')",
}


# Column -> value. All rows of one call have the same columns.
Row = Mapping[str, Any]


def row_of(instance: Model, *fields: str) -> Row:
    """The columns of these fields of an instance, or of all of them; a key that the database gives is left to it."""
    names = columns_of(type(instance), fields)
    if not fields and instance.pk is None:
        names = tuple(name for name in names if name != key_of(type(instance)))
    return dict(zip(names, _values_of(names)(instance), strict=True))


@cache
def _values_of(names: tuple[str, ...]) -> Callable[[Model], Sequence[Any]]:
    """What reads these attributes."""
    return attrgetter(*names) if len(names) > 1 else lambda instance: (getattr(instance, names[0]),)


def insert_rows(model: type[Model], rows: Sequence[Row]) -> Sent:
    """Insert new rows, in this order."""
    return _insert(model, rows, "")


def insert_missing(model: type[Model], rows: Sequence[Row]) -> Sent:
    """Insert those rows that are not there, in this order. Those that are there already stay as they are."""
    return _insert(model, rows, " ON CONFLICT DO NOTHING")


def upsert_rows(
    model: type[Model], rows: Sequence[Row], *, unique: Sequence[str], update: Sequence[str]
) -> Sent:
    """Insert rows; of those that `unique` shows to be there, set the `update` columns."""
    return _insert(model, rows, _update_on_conflict(model, tuple(unique), tuple(update)))


@cache
def _update_on_conflict(model: type[Model], unique: tuple[str, ...], update: tuple[str, ...]) -> str:
    changes = ", ".join(f"{quoted(each)} = EXCLUDED.{quoted(each)}" for each in columns_of(model, update))
    same = ", ".join(map(quoted, columns_of(model, unique)))
    return f" ON CONFLICT ({same}) DO UPDATE SET {changes}"


def _insert(model: type[Model], rows: Sequence[Row], conflict: str) -> Sent:
    if not rows:
        return NOTHING
    return send(_insertion(model, tuple(rows[0]), conflict, connection.vendor), [dumped_rows(rows)])


@cache
def _insertion(model: type[Model], columns: tuple[str, ...], conflict: str, _vendor: str) -> str:
    names = ", ".join(map(quoted, columns))
    said = source(model, columns)
    return f"INSERT INTO {name_of(model)} ({names}) SELECT {names} FROM {said} WHERE true{conflict}"


def update_rows(model: type[Model], rows: Sequence[Row]) -> Sent:
    """Set the columns of rows, each found by its key."""
    return send(_update(model, tuple(rows[0]), connection.vendor), [dumped_rows(rows)]) if rows else NOTHING


@cache
def _update(model: type[Model], columns: tuple[str, ...], _vendor: str) -> str:
    key = quoted(key_of(model))
    changes = ", ".join(f"{quoted(each)} = said.{quoted(each)}" for each in columns if each != key_of(model))
    said = source(model, columns)
    return f"UPDATE {name_of(model)} SET {changes} FROM {said} WHERE {name_of(model)}.{key} = said.{key}"


def key_of(model: type[Model]) -> str:
    """The column of its primary key."""
    return str(model._meta.pk.column)


def name_of(model: type[Model]) -> str:
    """Its table."""
    return quoted(model._meta.db_table)


def quoted(name: str) -> str:
    """A name of ours as SQL writes it."""
    return f'"{name}"'


def columns_of(model: type[Model], fields: Sequence[str]) -> tuple[str, ...]:
    """The columns of these fields; of all where none is named."""
    return _named_columns(model, tuple(fields))


@cache
def _named_columns(model: type[Model], fields: tuple[str, ...]) -> tuple[str, ...]:
    named = [model._meta.get_field(name) for name in fields] or model._meta.concrete_fields
    return tuple(str(each.column) for each in named if isinstance(each, Field))


def source(model: type[Model], columns: Sequence[str]) -> str:
    """What stands after FROM: the rows of the JSON text that is the only parameter, called `said`.

    The text is a list of lists, each with the values of these columns in this order.
    """
    return _source_for(model, tuple(columns), connection.vendor)


@cache
def _source_for(model: type[Model], columns: tuple[str, ...], vendor: str) -> str:
    named = {str(each.column): each for each in model._meta.concrete_fields}
    read = _from_postgres if vendor == "postgresql" else _from_sqlite
    taken = ", ".join(
        f"{read(named[column], place)} AS {quoted(column)}" for place, column in enumerate(columns)
    )
    if vendor == "postgresql":
        return f"(SELECT {taken} FROM jsonb_array_elements(%s::jsonb) AS told(value)) AS said"
    # Without its own limit, SQLite would write the row anew for each of its columns.
    return f"(SELECT {taken} FROM (SELECT value FROM json_each(%s) LIMIT -1)) AS said"


def _from_postgres(field: Field[Any, Any], place: int) -> str:
    kind = str(field.cast_db_type(connection))
    if kind == "jsonb":
        return f"nullif(value->{place}, 'null')"
    # A cast would cut a text that is too long; its column refuses it.
    return f"value->>{place}" if kind.startswith(("varchar", "text")) else f"(value->>{place})::{kind}"


def _from_sqlite(field: Field[Any, Any], place: int) -> str:
    value = f"json_extract(value, '$[{place}]')"
    kind = field.target_field if isinstance(field, ForeignKey) else field
    return AS_SQLITE_KEEPS_IT.get(kind.get_internal_type(), "{value}").format(value=value)


def dumped_rows(rows: Sequence[Row]) -> str:
    """Rows as the one parameter of a statement, each in the order of the first one's columns."""
    return dumped(list(map(_in_order(tuple(rows[0])), rows)))


@cache
def _in_order(columns: tuple[str, ...]) -> Callable[[Row], Sequence[Any]]:
    """What takes a row's values in the order of these columns."""
    return itemgetter(*columns) if len(columns) > 1 else lambda row: (row[columns[0]],)


def dumped(rows: Sequence[object]) -> str:
    """Lists of values as the one parameter of a statement."""
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
