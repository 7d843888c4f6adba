"""What is read quickly is what the standard library reads."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.lib.foreign_json import decoded

ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**40), 10**40)
    | st.floats()
    | st.text(alphabet=st.characters(exclude_categories=()), max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(ANY_JSON, st.sampled_from([None, 1]), st.booleans())
def test_it_reads_what_the_standard_library_reads(said: Any, indent: int | None, ascii_only: bool) -> None:
    text = json.dumps(said, indent=indent, ensure_ascii=ascii_only)
    body = text.encode("utf-8", "surrogatepass")
    assert repr(decoded(body)) == repr(json.loads(body))


@pytest.mark.parametrize("number", ["9223372036854775808", "-9223372036854775809", "18446744073709551616"])
@pytest.mark.parametrize("around", ["{}", "[{}]", '{{"id":{}}}', '{{"id": {}}}', "[1,{}]", "[1,\n{}]"])
def test_a_long_number_keeps_its_digits(number: str, around: str) -> None:
    assert number in str(decoded(around.format(number).encode()))


def test_what_only_the_standard_library_reads() -> None:
    assert decoded(b'"\\ud800"') == "\ud800"
    assert decoded('"ü"'.encode("utf-16")) == "ü"
    assert decoded(b"1e999") == math.inf


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[1,]"])
def test_what_is_no_json(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any of them will do
        decoded(body)
