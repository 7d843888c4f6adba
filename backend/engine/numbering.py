"""Rows that are numbered as they are written: one after another for each key, whoever writes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Model

from backend.engine.pipeline import NOTHING, Sent, ask, send
from backend.engine.rows import Row, dumped, dumped_rows, insert_rows, name_of, quoted, source


@dataclass(frozen=True, slots=True)
class Numbering:
    """Where the last number of each key is kept. Its row is locked from there on, until the transaction ends."""

    model: type[Model]
    key: str  # A column, of the numbered rows too.
    last: str


def insert_numbered(model: type[Model], rows: Sequence[Row], number: str, by: Numbering) -> Sent:
    """Insert new rows, each with the next number of its key in this order. `number`: the column that they lack."""
    if not rows:
        return NOTHING
    following = _following([row[by.key] for row in rows])
    told = [{**row, number: later} for row, later in zip(rows, following, strict=True)]
    counted = dumped(sorted(Counter(row[by.key] for row in rows).items()))
    if connection.vendor != "postgresql":
        return _one_after_the_other(model, told, number, by, counted)
    return send(_at_once(model, tuple(told[0]), number, by), [counted, dumped_rows(told)])


def _following(keys: Sequence[object]) -> list[int]:
    """Of each, how many come after it with the same key."""
    left = Counter(keys)
    following = []
    for key in keys:
        left[key] -= 1
        following.append(left[key])
    return following


def _one_after_the_other(
    model: type[Model], told: Sequence[Row], number: str, by: Numbering, counted: str
) -> Sent:
    """For SQLite, whose statements write one table each, and are answered at once."""
    last: dict[Any, int] = dict(map(tuple, ask(_raised(by, connection.vendor), [counted]).rows()))
    return insert_rows(model, [{**row, number: last[row[by.key]] - row[number]} for row in told])


@cache
def _raised(by: Numbering, _vendor: str) -> str:
    """Raises the last number of each key, which is made where it is not there. The keys come in one order."""
    table, key, last = name_of(by.model), quoted(by.key), quoted(by.last)
    said = source(by.model, (by.key, by.last))
    raised = f"{last} = {table}.{last} + EXCLUDED.{last}"
    return (
        f"INSERT INTO {table} ({key}, {last}) SELECT {key}, {last} FROM {said} WHERE true "
        f"ON CONFLICT ({key}) DO UPDATE SET {raised} RETURNING {key}, {last}"
    )


@cache
def _at_once(model: type[Model], columns: tuple[str, ...], number: str, by: Numbering) -> str:
    """Both with one statement, so that nobody waits for the numbers."""
    given = ", ".join(
        f"raised.{quoted(by.last)} - said.{quoted(each)}" if each == number else f"said.{quoted(each)}"
        for each in columns
    )
    names, said = ", ".join(map(quoted, columns)), source(model, columns)
    same = f"raised.{quoted(by.key)} = said.{quoted(by.key)}"
    return (
        f"WITH raised AS ({_raised(by, connection.vendor)}) "
        f"INSERT INTO {name_of(model)} ({names}) SELECT {given} FROM {said} JOIN raised ON {same} "
        f"ORDER BY said.{quoted(number)} DESC"  # So that keys that the database gives follow the same order.
    )
