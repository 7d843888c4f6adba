"""
A SELECT that is written once and run often.

For a page of bare rows the ORM takes longer to write the statement than the database to answer it. So it writes it
once, with marks where the values of a request belong, and what is kept is the text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Field, Model, QuerySet

from backend.engine.pipeline import ask
from backend.engine.questions import as_its_field_has_it


@dataclass(frozen=True, slots=True)
class Slot:
    """A value that differs from request to request: the field that it is compared with, and what stands for it."""

    field: Field[Any, Any]
    mark: Any  # A value that nobody means.

    @classmethod
    def of(cls, model: type[Model], column: str, mark: Any) -> Slot:
        """For a value that is compared with this column."""
        field = model._meta.get_field(column)
        assert isinstance(field, Field)
        return cls(field, mark)

    def adapted(self, value: Any) -> Any:
        """The value as this database takes it."""
        return self.field.get_db_prep_value(value, connection)


class Prepared:
    """The statement of a queryset of bare rows, whose conditions hold the marks of the slots."""

    def __init__(self, rows: QuerySet[Any, Any], slots: Mapping[str, Slot]) -> None:
        compiler = rows.query.get_compiler(rows.db)
        self.sql, parameters = compiler.as_sql()
        self.converters = compiler.get_converters([column[0] for column in compiler.select or ()])
        names = {slot.adapted(slot.mark): name for name, slot in slots.items()}
        self.parameters = [(names.get(parameter), parameter) for parameter in parameters]
        self.slots = dict(slots)

    def run(self, **values: Any) -> list[Any]:
        """The rows for these values of the slots."""
        adapted = {name: self.slots[name].adapted(value) for name, value in values.items()}
        parameters = [adapted[name] if name else value for name, value in self.parameters]
        rows: list[Any] = ask(self.sql, parameters).rows()
        return [self._converted(row) for row in rows] if self.converters else rows

    def _converted(self, row: Any) -> list[Any]:
        """What the ORM makes of a row of this database."""
        converted = list(row)
        for position, converter in self.converters.items():
            converted[position] = as_its_field_has_it(converted[position], converter)
        return converted
