"""Names say what a thing does; some words say nothing, some belong to another place."""

from __future__ import annotations

import re
from pathlib import Path

from tests.house.source import ROOT, listed, project_files, python_files, shown

EMPTY_WORDS = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "base", "misc"}

MACHINE_PATHS = re.compile(r"(?<![\w.\-/])/(?:root|home/\w|Users/\w|tmp/\w)")
REGISTRIES = re.compile(
    r"(?:pypi|npmjs|yarnpkg|pythonhosted)\.(?:org|com)|\"resolved\":|--(?:extra-)?index-url\s+h"
)
UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b|NotImplementedError")

HERE = Path(__file__).resolve()


def texts() -> list[tuple[Path, list[str]]]:
    """Every text file of the project with its lines; this one, which names what it looks for, is left out."""
    found = []
    for path in project_files():
        content = path.read_bytes()
        if b"\x00" not in content and path != HERE:
            found.append((path, content.decode("utf-8", "replace").splitlines()))
    return found


def matches(pattern: re.Pattern[str], say: str) -> list[str]:
    return [
        f"{shown(path)}:{number} {say}: {line.strip()[:100]}"
        for path, lines in texts()
        for number, line in enumerate(lines, 1)
        if pattern.search(line)
    ]


def test_modules_are_named_for_what_they_do() -> None:
    found = [
        f"{shown(path)}: name it for what it does"
        for path in python_files("backend")
        if EMPTY_WORDS & {part.removesuffix(".py") for part in path.relative_to(ROOT).parts}
    ]
    assert not found, listed(found)


def test_no_path_of_a_machine() -> None:
    own = re.compile(re.escape(str(ROOT)) + r"\b") if len(ROOT.parts) > 2 else MACHINE_PATHS
    found = matches(MACHINE_PATHS, "path of a machine") + matches(own, "path of this machine")
    assert not found, listed(found)


def test_no_address_of_a_package_registry() -> None:
    found = matches(REGISTRIES, "address of a package registry; remove it")
    assert not found, listed(found)


def test_nothing_is_left_for_later() -> None:
    found = matches(UNFINISHED, "unfinished; do it, or say in the docs that it is not there")
    assert not found, listed(found)
