import re
from collections.abc import Callable, Mapping
from typing import Any

from backend.simulator.graph.errors import bad_parameter

Json = dict[str, Any]

LIMIT = re.compile(r"\blimit\((\d{1,4})\)")
FIRST_ROWS = 25  # How many rows of a list come where nobody says how many.


class Fields(dict[str, "Fields"]):
    """The wanted fields by name, each with those below it; of a list, how many rows."""

    limit = FIRST_ROWS


ABSENT = object()  # A field that Meta leaves out rather than saying null.


def parse_fields(text: str) -> Fields:
    """The tree of `id,picture{url},messages.limit(5){id}`."""
    root = Fields()
    stack = [root]
    name = ""
    depth = 0
    for letter in text + ",":
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter in ",{}" and not depth:
            stack, name = step(stack, name, letter), ""
        elif not letter.isspace():
            name += letter
    return root


def step(stack: list[Fields], text: str, letter: str) -> list[Fields]:
    """Where the next name belongs after this mark."""
    name, _, modifiers = text.partition(".")
    below = stack[-1].setdefault(name, Fields()) if name else Fields()
    if limit := LIMIT.search(modifiers):
        below.limit = int(limit[1])
    if letter == "{":
        return [*stack, below]
    return stack[:-1] if letter == "}" and len(stack) > 1 else stack


Getter = Callable[[Any, Fields], Any]


def select(node: Any, fields: Fields, getters: Mapping[str, Getter], default: str, type_name: str) -> Json:
    """The wanted fields of the node; the id is always among them."""
    wanted = fields or parse_fields(default)
    unknown = next((name for name in wanted if name not in getters), None)
    if unknown is not None:
        raise bad_parameter(f"Tried accessing nonexisting field ({unknown}) on node type ({type_name})")
    values = {name: getters[name](node, below) for name, below in wanted.items()}
    return {**{name: value for name, value in values.items() if value is not ABSENT}, "id": node.id}
