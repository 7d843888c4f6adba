"""Plain data of which thousands are made in a second."""

from __future__ import annotations

from dataclasses import Field, field, fields, make_dataclass
from typing import Any, TypeVar

Kind = TypeVar("Kind")


def light(kind: type[Kind]) -> type[Kind]:
    """
    A frozen dataclass that is made at a third of the cost.

    That nobody changes it, only the type checker sees to from then on: to forbid it at runtime, Python would set every
    field by a way around its own prohibition.
    """
    said: Any = kind
    usual = [(each.name, each.type, _again(each)) for each in fields(said)]
    plain: Any = make_dataclass(kind.__name__, usual, kw_only=True)
    for name, method in (
        ("__init__", plain.__init__),
        ("__setattr__", object.__setattr__),
        ("__delattr__", object.__delattr__),
    ):
        setattr(kind, name, method)
    return kind


def _again(told: Field[Any]) -> Any:
    """The same defaults."""
    return field(default=told.default, default_factory=told.default_factory)
