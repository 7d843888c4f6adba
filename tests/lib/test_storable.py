from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.lib.storable import MAX_DEPTH, REPLACEMENT, storable, storable_id, storable_text

ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()))
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=12,
)
QUICK = settings(max_examples=40, deadline=None)


@QUICK
@given(ANY_JSON)
def test_any_json_can_be_stored(value: object) -> None:
    kept = storable(value)
    written = json.dumps(kept, allow_nan=False, ensure_ascii=False)
    assert "\x00" not in written
    assert written.encode()
    assert storable(kept) == kept


@pytest.mark.parametrize("value", [{"a": ["b", 1, None, True, 1.5]}, "plain 👍", [], {}])
def test_what_can_be_stored_stays_as_it_is(value: object) -> None:
    assert storable(value) == value


def test_bottomless_nesting_ends() -> None:
    deep: list[object] = []
    for _ in range(900):
        deep = [deep]
    kept = storable(deep)
    for _ in range(MAX_DEPTH):
        (kept,) = kept
    assert kept == REPLACEMENT


@given(ANY_TEXT)
def test_a_text_is_cut_at_the_limit(text: str) -> None:
    assert storable_text(text, 5) == storable_text(text)[:5]


@given(ANY_TEXT)
def test_an_id_always_fits(text: str) -> None:
    for limit in (64, 70):
        assert len(storable_id(text, limit)) <= limit
        assert len(storable_id(text * 100, limit)) <= limit


def test_ids_that_are_too_long_stay_apart() -> None:
    one, other = "x" * 600 + "1", "x" * 600 + "2"
    assert storable_id(one) == storable_id(one) != storable_id(other)
    assert storable_id("x" * 512) == "x" * 512
