"""
Statements that are asked all day long: written once, and answered at once or in time.

Writing a statement anew costs the ORM more than the database takes to answer it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from django.db import connection
from django.db.models import JSONField, Model, QuerySet
from django.db.models.expressions import RawSQL

from backend.engine.instances import unpacked
from backend.engine.pipeline import NOTHING, Sent, ask
from backend.lib.foreign_json import decoded
from backend.lib.json_types import JSON

M = TypeVar("M", bound=Model)

Converter = tuple[Sequence[Callable[..., Any]], Any]

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
        return ask(self.sql, self._with(params)).rows()

    def put(self, params: Sequence[Any]) -> Answer:
        """Ask, and do not wait for the answer."""
        return Answer(self, ask(self.sql, self._with(params)))

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


def instances(
    model: type[M], columns: Sequence[str], sql: str, params: Sequence[Any], *, binary: bool = False
) -> list[M]:
    """What a statement of ours gives, which names these columns of the model in this order.

    `binary`: as `ask` has it.
    """
    found = _of_columns(model, tuple(columns)).converted(ask(sql, params, binary=binary).rows())
    return [unpacked(model, columns, row) for row in found]


@cache
def _of_columns(model: type[Model], columns: tuple[str, ...]) -> Question:
    return Question(model._default_manager.values_list(*columns))
