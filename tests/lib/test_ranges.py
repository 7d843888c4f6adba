"""One range of bytes, as RFC 9110 has it; anything else is the whole file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.lib.ranges import Span, Unsatisfiable, span_of

SIZE = 100


@pytest.mark.parametrize(
    ("header", "span"),
    [
        ("bytes=0-0", Span(0, 1)),
        ("bytes=0-99", Span(0, 100)),
        ("bytes=10-19", Span(10, 10)),
        ("bytes=10-", Span(10, 90)),
        ("bytes=90-1000000000000000000000", Span(90, 10)),
        ("bytes=-1", Span(99, 1)),
        ("bytes=-1000", Span(0, 100)),
        ("Bytes = 1 - 2 ", Span(1, 2)),
        ("", None),
        ("bytes=-", None),
        ("bytes=5-4", None),
        ("bytes=0-1,3-4", None),
        ("items=0-1", None),
        ("bytes=a-b", None),
        ("bytes=0x1-2", None),
        ("bytes=٣-٤", None),
        ("bytes=" + "0" * 200 + "-1", None),
    ],
)
def test_what_is_asked_for(header: str, span: Span | None) -> None:
    assert span_of(header, SIZE) == span


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0", "bytes=99999999999999999999-"])
def test_what_lies_outside(header: str) -> None:
    with pytest.raises(Unsatisfiable):
        span_of(header, SIZE)


def test_of_nothing_there_is_no_part() -> None:
    for header in ("bytes=0-", "bytes=0-0", "bytes=-5"):
        with pytest.raises(Unsatisfiable):
            span_of(header, 0)


@given(
    st.one_of(st.none(), st.integers(0, 300)), st.one_of(st.none(), st.integers(0, 300)), st.integers(0, 200)
)
def test_it_is_the_slice_that_was_meant(first: int | None, last: int | None, size: int) -> None:
    content = bytes(number % 256 for number in range(size))
    header = f"bytes={'' if first is None else first}-{'' if last is None else last}"
    if first is None:
        wanted = content[size - min(last, size) :] if last is not None else content
    else:
        wanted = content[first:] if last is None else content[first : last + 1]
    try:
        span = span_of(header, size)
    except Unsatisfiable:
        assert not wanted
        return
    if span is None:
        assert (first is None and last is None) or (first is not None and last is not None and last < first)
        return
    assert content[span.start : span.start + span.length] == wanted
    assert span.told(size) == f"bytes {span.start}-{span.start + len(wanted) - 1}/{size}"


@given(st.text(max_size=40))
def test_no_header_breaks_it(header: str) -> None:
    try:
        span = span_of(header, SIZE)
    except Unsatisfiable:
        return
    assert span is None or 0 <= span.start < span.start + span.length <= SIZE
