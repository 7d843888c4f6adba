from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.lib.json_types import JSON
from backend.lib.reading import (
    fingerprint_of,
    id_of,
    list_of,
    moment_of,
    number_of,
    object_of,
    objects_in,
    text_of,
)

MOMENT = datetime(2018, 5, 27, 22, 23, 44, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1527459824, MOMENT),
        (1527459824000, MOMENT),
        (1527459824000000, MOMENT),
        (1527459824.0, MOMENT),
        ("1527459824", MOMENT),
        (" 1527459824000 ", MOMENT),
        ("2018-05-27T22:23:44+0000", MOMENT),
        ("2018-05-27T22:23:44Z", MOMENT),
        ("2018-05-27T22:23:44", MOMENT),
        (0, None),
        (-5, None),
        (True, None),
        (None, None),
        ([], None),
        ("soon", None),
        ("", None),
        (1e300, None),
        (float("nan"), None),
        (float("inf"), None),
        (10**400, None),
        ("9" * 20, None),
    ],
)
def test_moments(value: JSON, expected: datetime | None) -> None:
    assert moment_of(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("17841400000000000", "17841400000000000"),
        (" 5 ", "5"),
        (17841400000000001, "17841400000000001"),
        (5.0, "5"),
        (5.5, ""),
        (float("inf"), ""),
        (True, ""),
        (None, ""),
        ({}, ""),
    ],
)
def test_ids(value: JSON, expected: str) -> None:
    assert id_of(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [("12", 12), (-3, -3), ("x", None), ("1" * 30, None), (2.0, 2)]
)
def test_numbers(value: JSON, expected: int | None) -> None:
    assert number_of(value) == expected


def test_what_is_something_else_is_empty() -> None:
    assert (object_of([1]), list_of({}), text_of(5)) == ({}, [], "")
    assert objects_in([{"a": 1}, None, "x", {}]) == [{"a": 1}, {}]


def test_a_fingerprint_knows_no_order_of_keys() -> None:
    assert fingerprint_of({"a": 1, "b": [2, "\ud800"]}) == fingerprint_of({"b": [2, "\ud800"], "a": 1})
    assert fingerprint_of({"a": 1}) != fingerprint_of({"a": "1"})
    assert len(fingerprint_of(None)) == 40


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    )
)
def test_no_reader_raises(value: JSON) -> None:
    for read in (object_of, list_of, objects_in, text_of, id_of, number_of, moment_of, fingerprint_of):
        read(value)


def test_a_number_beyond_all_bounds_is_no_id() -> None:
    assert id_of(10**5000) == ""
    assert number_of(10**5000) is None
    assert moment_of(10**5000) is None
