"""Our rules beside the tables of the references, row by row: what is repeated, what ends an access, what is not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.platforms.errors import (
    CredentialRejected,
    Effect,
    OutcomeUnknown,
    PermissionMissing,
    PlatformError,
    Refused,
    Unavailable,
)
from backend.platforms.meta.errors import error_from, failure_from
from backend.platforms.meta.rules import rule_for
from backend.sending.templates import KNOWN_OTHERWISE
from tests.platforms.test_errors import REFERENCES

Row = tuple[int, int | None]

# The table's first letters -> which errors of ours say the same.
MEANING: dict[str, tuple[type[PlatformError], ...]] = {
    "RC": (CredentialRejected, PermissionMissing),
    "R": (Unavailable,),
    "A": (CredentialRejected, PermissionMissing),
}
# Where we differ, and why.
DIFFERENT: dict[Row, type[PlatformError]] = {
    (131000, None): OutcomeUnknown,  # Repeated once, it may be there twice.
    (133000, None): PlatformError,  # It wants a step that no repeat takes.
    (1, 99): PermissionMissing,
    (3, None): PermissionMissing,
    (134102, None): Refused,  # Its cell says R of 134101, and N of this one.
}
NOT_A_ROW = frozenset({"", "Code", "code / sub", "---"})


def rows_of(reference: Path) -> Iterator[tuple[str, str]]:
    """The first cell and the action of each row."""
    text = reference.read_text()
    table = re.search(r"\n## (?:9|8)\. Errors\n(.*?)\n## ", text, re.DOTALL)
    assert table
    action = 3 if reference.stem == "whatsapp" else 2  # Its third column is an old HTTP status.
    for line in table[1].splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and cells[0] not in NOT_A_ROW and not set(cells[0]) <= {"-", " "}:
            yield cells[0], cells[action]


def codes_in(cell: str) -> Iterator[Row]:
    """Every code that a cell names: alone, with its subcode, or as a range; the x of a family stands for 0."""
    for word in re.findall(r"\d[\dx/-]*", cell.replace("xxx", "000").replace("xx", "00")):
        first, _, rest = word.partition("/")
        start, _, end = first.partition("-")
        if end:
            last = int(start[: len(start) - len(end)] + end)
            yield from (((int(start), None)), (last, None))
        else:
            yield int(start), int(rest) if rest.isdigit() else None


EVERY_ROW = [
    pytest.param(row, action, id=f"{reference.stem}-{row[0]}-{row[1]}")
    for reference in REFERENCES
    if reference.exists()
    for cell, action in rows_of(reference)
    for row in codes_in(cell)
]


@pytest.mark.skipif(not EVERY_ROW, reason=f"no reference at {REFERENCES[0]}")
@pytest.mark.parametrize(("row", "action"), EVERY_ROW or [((0, None), "A")])
def test_a_row_is_dealt_with_as_its_table_says(row: Row, action: str) -> None:
    error = error_from(
        {"error": {"message": "(#1) Theirs", "code": row[0], "error_subcode": row[1]}}, 400, {}
    )
    assert rule_for(*row), f"write a rule for {row}"
    assert error.message
    assert error.resolution
    word = re.match(r"RC|R\b|A\b", action)
    if row in DIFFERENT:
        assert isinstance(error, DIFFERENT[row])
    elif word:
        assert isinstance(error, MEANING[word[0]]), (row, action)
    else:
        assert not error.retryable, (row, action)


@pytest.mark.parametrize(
    ("code", "effect"),
    [
        (190, Effect.RECONNECT),
        (10, Effect.ATTENTION),
        (200, Effect.ATTENTION),
        (368, Effect.ATTENTION),
        (131031, Effect.ATTENTION),
        (131042, Effect.ATTENTION),
        (131048, Effect.ATTENTION),
        (2534041, Effect.ATTENTION),
        (131047, Effect.WINDOW),
        (2018278, Effect.WINDOW),
        (2534022, Effect.WINDOW),
        (132001, Effect.TEMPLATES),
        (132000, Effect.TEMPLATES),
        (1545041, None),
        (100, None),
        (131026, None),
        (4, None),
        (424242, None),
    ],
)
def test_what_it_means_beyond_the_message(code: int, effect: Effect | None) -> None:
    answered = error_from({"error": {"message": "(#1) Theirs", "code": code}}, 400, {})
    assert answered.effect == effect
    assert failure_from({"code": code, "title": "Theirs"}).effect == effect


def test_what_has_templates_read_again_is_of_that_effect() -> None:
    rules = [rule for code in KNOWN_OTHERWISE if (rule := rule_for(code, None))]
    assert rules
    assert {rule.means for rule in rules} == {Effect.TEMPLATES}
