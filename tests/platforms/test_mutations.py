"""Whatever is damaged in an event, reading it never raises, loses nothing, and costs no sibling."""

from __future__ import annotations

import json
import os
from dataclasses import fields
from datetime import datetime
from random import Random

import pytest

from backend.lib.json_types import JSON, JSONObject
from backend.lib.reading import list_of, object_of
from backend.lib.storable import storable
from backend.platforms.port import AnyNotice, ContactCard, MessageReceived
from tests.platforms.cases import cases, corpus
from tests.platforms.cast import Meta
from tests.platforms.mutations import mutated
from tests.platforms.nesting import nest_changes, nest_messaging

# MUTATIONS=10000 makes as many of them; each run with the same seed makes the same ones.
COUNT = int(os.environ.get("MUTATIONS", "600"))
SEED = int(os.environ.get("MUTATIONS_SEED", "1"))
PARTS = 20  # A failing part tells its number, and is run again by itself.

BODIES: list[tuple[str, JSON]] = [
    *((sample.platform, sample.payload) for sample in corpus()),
    *(
        (case.platform, case.payload)
        for slug in ("messenger", "instagram", "whatsapp")
        for case in cases(slug)
    ),
]


@pytest.mark.parametrize("part", range(PARTS))
def test_what_is_damaged_is_read_all_the_same(part: int) -> None:
    random = Random(SEED * PARTS + part)  # Not for secrets.
    for _ in range(COUNT // PARTS):
        platform, whole = random.choice(BODIES)
        damaged = mutated(whole, random)
        notices = Meta({}).adapter(platform).parse(damaged)
        assert len(notices) >= items_in(damaged)
        for notice in notices:
            assert_sound(notice)
        assert_siblings_are_read(platform, damaged)


def items_in(payload: JSON) -> int:
    """How many things an event holds at least, as far as it has its lists."""
    entries = [object_of(entry) for entry in list_of(object_of(payload).get("entry"))]
    parts = ("messaging", "standby", "changes")
    return sum(len(list_of(entry.get(part))) for entry in entries for part in parts if not is_empty(entry))


def is_empty(entry: JSONObject) -> bool:
    """A change of WhatsApp may hold empty lists: then it says nothing."""
    changes = [object_of(change) for change in list_of(entry.get("changes"))]
    values = [object_of(change.get("value")) for change in changes]
    return any(each == [] for value in values for each in value.values())


def assert_sound(notice: AnyNotice) -> None:
    """Every field holds what its type says, and all of it can be stored."""
    for each in fields(notice):
        value = getattr(notice, each.name)
        kind = str(each.type)
        if kind == "str":
            assert isinstance(value, str), each.name
        elif kind.startswith("datetime"):
            assert value is None or (isinstance(value, datetime) and value.tzinfo), each.name
        elif kind.startswith("JSONObject") and value is not None:
            assert isinstance(value, dict), each.name
            json.dumps(storable(value), allow_nan=False).encode()
        elif isinstance(value, ContactCard):
            assert all(isinstance(getattr(value, part.name), str) for part in fields(value))


def assert_siblings_are_read(platform: str, damaged: JSON) -> None:
    entries = list_of(object_of(damaged).get("entry"))
    before, after = (sibling(platform, text) for text in ("the one before", "the one after"))
    together = before | {"entry": [*before["entry"], *entries, *after["entry"]]}
    notices = Meta({}).adapter(platform).parse(together)
    texts = [notice.text for notice in notices if isinstance(notice, MessageReceived)]
    assert texts[:1] == ["the one before"]
    assert texts[-1:] == ["the one after"]


def sibling(platform: str, text: str) -> JSONObject:
    if platform == "WHATSAPP":
        return nest_changes("102", "106", [[[text]]])
    return nest_messaging("page", "100000000000001", [[[text]]])
