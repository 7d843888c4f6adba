"""The project's own files, read as text and as syntax."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SKIPPED = {".git", ".venv", "node_modules", "var", "__pycache__"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def project_files() -> tuple[Path, ...]:
    """Every file that belongs to the project: what git tracks or would track; without git, the whole tree."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
            "\0"
        )
    except (OSError, subprocess.CalledProcessError):
        found = (path for path in ROOT.rglob("*") if not SKIPPED.intersection(path.relative_to(ROOT).parts))
        return tuple(sorted(path for path in found if path.is_file()))
    return tuple(sorted(ROOT / name for name in listed if name and (ROOT / name).is_file()))


def python_files(folder: str) -> list[Path]:
    """The Python files below a folder; migrations are written by Django and left out."""
    return [
        path
        for path in project_files()
        if path.suffix == ".py" and path.is_relative_to(ROOT / folder) and "migrations" not in path.parts
    ]


def markdown_files() -> list[Path]:
    return [path for path in project_files() if path.suffix == ".md"]


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), filename=str(path))


def functions_of(path: Path) -> Iterator[Function]:
    """Every function and method of a file."""
    return (node for node in ast.walk(tree_of(path)) if isinstance(node, Function))


def shown(path: Path) -> str:
    """The path as a person writes it."""
    return str(path.relative_to(ROOT))


def listed(problems: list[str]) -> str:
    """Problems as the message of a failed test."""
    return "\n" + "\n".join(problems)
