"""Takes parts out of a delivery and leaves the rest as it was. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from backend.lib.json_types import JSON, JSONObject
from backend.lib.reading import ids_in

# Items lie no deeper than this; what is below belongs to one of them.
MAX_DEPTH = 12

_GONE: Any = object()


class Cut:
    """What to take out: parts by their identity, each with the ids of the person it is about."""

    def __init__(self, parts: Mapping[int, frozenset[str]], facts: Collection[int]) -> None:
        self.parts = parts
        self.facts = facts  # The identity of every part that says something; others only tell about those.

    def apply(self, payload: JSON) -> JSON:
        """The payload without them; a part that held nothing else goes along."""
        rest = self._rest(payload, MAX_DEPTH)
        return {} if rest is _GONE else rest

    def _rest(self, value: JSON, depth: int) -> JSON:
        if id(value) in self.parts:
            return _GONE
        if not depth or not isinstance(value, (dict, list)):
            return value
        if isinstance(value, list):
            return [rest for item in value if (rest := self._rest(item, depth - 1)) is not _GONE]
        names = self._people_cut_from(value)
        kept = {word: self._rest(self._without(names, part), depth - 1) for word, part in value.items()}
        kept = {word: part for word, part in kept.items() if part is not _GONE}
        return _GONE if _has_parts(value) and not _has_parts(kept) else kept

    def _people_cut_from(self, value: JSONObject) -> frozenset[str]:
        """The ids of those of whom a list of this object loses something."""
        lists = [part for part in value.values() if isinstance(part, list)]
        found = [self.parts[id(item)] for part in lists for item in part if id(item) in self.parts]
        return frozenset().union(*found)

    def _without(self, names: frozenset[str], part: JSON) -> JSON:
        """A list beside the items that says who they are from, without these people."""
        if not names or not isinstance(part, list) or any(id(item) in self.facts for item in part):
            return part
        return [item for item in part if names.isdisjoint(ids_in(item))]


def _has_parts(value: JSONObject) -> bool:
    return any(isinstance(part, (dict, list)) for part in value.values())
