"""Who may import whom stands in pyproject.toml; here it is held, and its lists are kept complete."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from typing import Any

import pytest

from tests.house.source import ROOT, functions_of, listed, python_files, shown, tree_of

CONTRACTS: list[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"][
    "importlinter"
]["contracts"]
ROOMS = {path.parent.name for path in (ROOT / "backend").glob("*/__init__.py")} - {"simulator"}


def test_imports_go_down() -> None:
    command = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command as run; run()",
        "--no-cache",
    ]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize(
    ("name", "key", "left_out"),
    [
        ("Only the front door knows REST framework", "source_modules", {"api"}),
        ("The simulator knows nobody", "forbidden_modules", set()),
    ],
)
def test_every_room_stands_in_the_list(name: str, key: str, left_out: set[str]) -> None:
    contract = next(contract for contract in CONTRACTS if contract["name"] == name)
    named = {word.removeprefix("backend.") for word in contract[key] if word.startswith("backend.")}
    assert named - {"simulator"} == ROOMS - left_out, f"put the room into {key} of {name!r} in pyproject.toml"


def test_no_function_imports() -> None:
    late = [
        f"{shown(path)}:{node.lineno} imports inside {function.name}(); import at the top"
        for path in python_files("backend")
        for function in functions_of(path)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert not late, listed(late)


def test_no_signals() -> None:
    """Where a lower room seems to need a higher one, it writes a row; a signal would hide who calls whom."""
    found = [
        f"{shown(path)}:{node.lineno} uses Django's signals; write a row and let the higher room find it"
        for path in python_files("backend")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith("django.")
        and (node.module or "").endswith((".dispatch", ".signals"))
    ]
    assert not found, listed(found)
