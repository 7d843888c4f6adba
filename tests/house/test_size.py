"""The size budget: what grows beyond it is two things, and each wants a name."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

import pytest

from tests.house.source import functions_of, listed, python_files, shown

LONGEST_FUNCTION, USUAL_FUNCTION = 50, 25
LONGEST_FILE, USUAL_FILE = 350, 200
FOLDERS = ("backend", "tests")


def functions(folder: str) -> list[tuple[int, str]]:
    """Lines and place of every function."""
    return [
        ((node.end_lineno or node.lineno) - node.lineno + 1, f"{shown(path)}:{node.lineno} {node.name}")
        for path in python_files(folder)
        for node in functions_of(path)
    ]


def files(folder: str) -> list[tuple[int, str]]:
    """Lines and place of every file that holds something."""
    sized = [(len(path.read_text().splitlines()), shown(path)) for path in python_files(folder)]
    return [entry for entry in sized if entry[0]]


def p90(sizes: Sequence[tuple[int, str]]) -> float:
    return statistics.quantiles([size for size, _ in sizes], n=10)[-1]


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_function_is_longer_than_a_screen(folder: str) -> None:
    long = [
        f"{place}(): {size} lines; split it" for size, place in functions(folder) if size > LONGEST_FUNCTION
    ]
    assert not long, listed(long)


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_file_is_longer_than_a_sitting(folder: str) -> None:
    long = [f"{place}: {size} lines; split it" for size, place in files(folder) if size > LONGEST_FILE]
    assert not long, listed(long)


def test_most_functions_are_short() -> None:
    sizes = [entry for folder in FOLDERS for entry in functions(folder)]
    assert p90(sizes) <= USUAL_FUNCTION, "nine of ten functions have at most 25 lines; split the longest"


def test_most_files_are_short() -> None:
    sizes = [entry for folder in FOLDERS for entry in files(folder)]
    assert p90(sizes) <= USUAL_FILE, f"nine of ten files have at most 200 lines; split {max(sizes)[1]}"
