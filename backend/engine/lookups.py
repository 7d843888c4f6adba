"""
Many rows found by many keys with one statement, whose words are written once.

The keys travel as one JSON text, as in `rows`. Writing a statement anew costs the ORM more than the database takes to
answer it; so what is asked all day long is kept as text, and what comes back is made into instances without ceremony.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.backends.utils import CursorWrapper
from django.db.models import JSONField, Model, QuerySet
from django.db.models.base import ModelState
from django.db.models.expressions import RawSQL
from psycopg.types.datetime import TimestamptzLoader

from backend.engine.pipeline import NOTHING, Sent, ask
from backend.engine.rows import columns_of, dumped, key_of, name_of, quoted, source
from backend.lib.foreign_json import decoded
from backend.lib.json_types import JSON

M = TypeVar("M", bound=Model)

Converter = tuple[Sequence[Callable[..., Any]], Any]


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


_LATER = object()


def found_later(sql: str) -> RawSQL:
    """The words of a look-up, for `pk__in` of a Question: the values come when it is asked."""
    return RawSQL(sql, [_LATER] * sql.count("%s"))


class Question:
    """A SELECT of the ORM that is compiled once and asked again and again: only the JSON texts in it differ."""

    def __init__(self, rows: QuerySet[Any, Any]) -> None:
        """`rows`: what `values_list` gives; what is found later differs each time it is asked."""
        self.compiler = rows.query.get_compiler(rows.db)
        self.sql, self.params = self.compiler.as_sql()
        converters = self.compiler.get_converters([each[0] for each in self.compiler.select or ()])
        self.converters = {place: _quicker(converter) for place, converter in converters.items()}

    def ask(self, params: Sequence[Any]) -> list[Sequence[Any]]:
        """The rows, with every value as its field has it."""
        return self.converted(self.ask_bare(params))

    def ask_bare(self, params: Sequence[Any]) -> list[Sequence[Any]]:
        """The rows as the database gives them, for who looks at few of their values."""
        return _fetched(self.sql, self._with(params))

    def put(self, params: Sequence[Any]) -> Answer:
        """Ask, and do not wait for the answer."""
        return Answer(self, ask(self.sql, self._with(params), read_times_quickly))

    def _with(self, params: Sequence[Any]) -> list[Any]:
        later = iter(params)
        return [next(later) if each is _LATER else each for each in self.params]

    def converted(self, found: list[Sequence[Any]]) -> list[Sequence[Any]]:
        """Bare rows, with every value as its field has it."""
        return list(self.compiler.apply_converters(found, self.converters)) if self.converters else found

    def value(self, row: Sequence[Any], position: int) -> Any:
        """One value of a bare row, as its field has it."""
        converter = self.converters.get(position)
        return as_its_field_has_it(row[position], converter) if converter else row[position]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question is answered by, in time; without a question, nothing."""

    question: Question | None = None
    sent: Sent = NOTHING

    def rows(self) -> list[Sequence[Any]]:
        """As `Question.ask` gives them. Waits for them."""
        return self.question.converted(self.bare()) if self.question else []

    def bare(self) -> list[Sequence[Any]]:
        """As `Question.ask_bare` gives them. Waits for them."""
        return self.sent.rows()


def _quicker(converter: Converter) -> Converter:
    """The same, with what reads JSON in a third of the time."""
    functions, expression = converter
    return [_read_json if _is_plain_json(each) else each for each in functions], expression


def _is_plain_json(function: Callable[..., Any]) -> bool:
    field = getattr(function, "__self__", None)
    return isinstance(field, JSONField) and field.decoder is None


def _read_json(value: str | None, _expression: object, _connection: object) -> JSON:
    return None if value is None else decoded(value.encode())


def as_its_field_has_it(value: Any, converter: Converter) -> Any:
    """A value as the database gave it, by one of what a compiler of the ORM calls converters."""
    functions, expression = converter
    for function in functions:
        value = function(value, expression, connection)
    return value


def instances(model: type[M], columns: Sequence[str], sql: str, params: Sequence[Any]) -> list[M]:
    """What a statement of ours gives, which names these columns of the model in this order."""
    found = _of_columns(model, tuple(columns)).converted(_fetched(sql, params))
    return [unpacked(model, columns, row) for row in found]


def rows_of(model: type[M], keys: Iterable[Any]) -> list[M]:
    """The rows with these primary keys, in no order."""
    found = found_by_key(model, keys)
    columns = columns_of(model, ())
    told = ", ".join(map(quoted, columns))
    sql = f"SELECT {told} FROM {name_of(model)} WHERE {quoted(key_of(model))} IN ({found.sql})"
    return instances(model, columns, sql, found.params)


@cache
def _of_columns(model: type[Model], columns: tuple[str, ...]) -> Question:
    return Question(model._default_manager.values_list(*columns))


def take_rows(model: type[M], fields: Sequence[str], keys: Iterable[Sequence[Any]]) -> list[M]:
    """Delete the rows whose fields are, together, one of the keys; as they were, in no order."""
    found = found_by(model, fields, keys)
    columns = columns_of(model, ())
    told = ", ".join(map(quoted, columns))
    sql = f"DELETE FROM {name_of(model)} WHERE {quoted(key_of(model))} IN ({found.sql}) RETURNING {told}"
    return instances(model, columns, sql, found.params)


def unpacked(model: type[M], columns: Sequence[str], values: Sequence[Any]) -> M:
    """An instance of a row, by the columns as instances have them; what is not among them is read when it is asked for.

    What `from_db` makes, without asking every field of the model: at a fifth of the cost.
    """
    instance = model.__new__(model)
    instance.__dict__.update(zip(columns, values, strict=True))
    state = instance._state = ModelState()
    state.adding, state.db = False, DEFAULT_DB_ALIAS
    return instance


def with_related(instance: M, name: str, related: Model) -> M:
    """The instance with what this foreign key of it refers to, so that it is not read. Its column says it already."""
    instance._state.fields_cache[name] = related
    return instance


def fresh(model: type[M], **columns: Any) -> M:
    """A new instance, not saved, by its columns as instances have them; the others are at their defaults.

    What the constructor makes, at an eighth of the cost.
    """
    constant, made = _defaults(model)
    instance = model.__new__(model)
    instance.__dict__.update(constant)
    instance.__dict__.update({name: make() for name, make in made if name not in columns})
    instance.__dict__.update(columns)
    instance._state = ModelState()
    return instance


@cache
def _defaults(model: type[Model]) -> tuple[dict[str, Any], tuple[tuple[str, Callable[[], Any]], ...]]:
    """The defaults that are the same for every row, and how the others are made."""
    fields = model._meta.concrete_fields
    made = {each.attname: each.default for each in fields if each.has_default() and callable(each.default)}
    constant = {each.attname: each.get_default() for each in fields if each.attname not in made}
    return constant, tuple(made.items())


def _fetched(sql: str, params: Sequence[Any]) -> list[Sequence[Any]]:
    with connection.cursor() as cursor:
        read_times_quickly(cursor)
        cursor.execute(sql, params)
        found: list[Sequence[Any]] = cursor.fetchall()
    return found


def read_times_quickly(cursor: CursorWrapper) -> None:
    """Let psycopg's compiled loader read the times; Django's own, in Python, takes longer than all other columns."""
    if connection.vendor == "postgresql":
        cursor.cursor.adapters.register_loader("timestamptz", TimestamptzLoader)
