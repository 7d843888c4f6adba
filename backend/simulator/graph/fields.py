from collections.abc import Callable, Mapping
from typing import Any

from backend.simulator.graph.errors import bad_parameter

Fields = dict[str, "Fields"]
Json = dict[str, Any]

ABSENT = object()  # A field that Meta leaves out rather than saying null.


def parse_fields(text: str) -> Fields:
    """The tree of `id,picture{url},messages.limit(5){id}`; what is in parentheses is left out."""
    root: Fields = {}
    stack = [root]
    name = ""
    depth = 0
    for letter in text + ",":
        if letter in "()":
            depth += 1 if letter == "(" else -1
        elif depth:
            continue
        elif letter in ",{}":
            stack, name = step(stack, name, letter), ""
        elif not letter.isspace():
            name += letter
    return root


def step(stack: list[Fields], name: str, letter: str) -> list[Fields]:
    """Where the next name belongs after this mark."""
    name = name.split(".", maxsplit=1)[0]
    below = stack[-1].setdefault(name, {}) if name else {}
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
