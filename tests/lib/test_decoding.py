"""What comes in is decoded as the standard library would do it, to the last digit."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.lib.decoding import decoded

SCALARS = (
    st.none()
    | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.integers()
    | st.integers(min_value=-(2**70), max_value=2**70)
    | st.text()
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


@given(VALUES, st.booleans(), st.sampled_from([None, 2]))
def test_as_the_standard_library(value: object, ascii_alone: bool, indent: int | None) -> None:
    body = json.dumps(value, ensure_ascii=ascii_alone, indent=indent).encode("utf-8", "surrogatepass")
    found = decoded(body)
    assert found == json.loads(body)
    assert repr(found) == repr(json.loads(body))  # 1 is not 1.0.


@pytest.mark.parametrize(
    "body",
    [
        b"18446744073709551616",
        b"-9223372036854775809",
        b'{"id": 123456789012345678901234567890}',
        b'{"id":[-123456789012345678901234567890]}',
        b'"1234567890123456789012"',
        b"1e400",
        b'{"a": "\\ud800"}',
        b'{"a": 1, "a": 2}',
        b"\xef\xbb\xbf{}",
        '{"a": "ä"}'.encode("utf-16"),
        b'"\xed\xa0\x80"',
        b" {} ",
    ],
)
def test_what_is_out_of_the_usual(body: bytes) -> None:
    assert repr(decoded(body)) == repr(json.loads(body))


def test_no_number_is_none() -> None:
    assert math.isnan(decoded(b"NaN"))


@pytest.mark.parametrize("body", [b"", b"{", b"nothing", b"\xff", b"{'a': 1}"])
def test_no_json_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # Whichever of them.
        decoded(body)


def test_too_deep_is_what_it_was() -> None:
    with pytest.raises(RecursionError):
        decoded(b"[" * 100_000)
