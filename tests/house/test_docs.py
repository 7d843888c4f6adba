"""The documents tell the truth as far as a test can tell: links lead somewhere, nothing is left unnamed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from backend.config.lanes import all_lanes
from tests.house.source import ROOT, listed, markdown_files, python_files, shown

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
TARGET = re.compile(r"^([a-z][a-z-]*):.*## ", re.MULTILINE)
COMMANDS = ROOT / "backend/config/management/commands"
ONE_SCREEN = 60


def prose() -> str:
    """All documents as one text."""
    return "\n".join(path.read_text() for path in markdown_files())


def _is_dead(path: Path, link: str) -> bool:
    target, _, heading = link.partition("#")
    file = (path.parent / target) if target else path
    if not file.exists():
        return True
    return bool(heading) and heading not in _headings(file)


def _headings(path: Path) -> set[str]:
    words = re.findall(r"^#+ (.+)$", path.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", word.lower()).strip().replace(" ", "-") for word in words}


def test_links_lead_somewhere() -> None:
    dead = [
        f"{shown(path)}: {link}"
        for path in markdown_files()
        for link in LINK.findall(path.read_text())
        if not re.match(r"[a-z]+:", link) and _is_dead(path, link)
    ]
    assert not dead, listed(dead)


@pytest.mark.parametrize(
    "command", sorted(path.stem for path in COMMANDS.glob("*.py") if path.stem != "__init__")
)
def test_every_command_is_in_the_docs(command: str) -> None:
    assert f"manage.py {command}" in prose(), f"say in docs/operations.md what `manage.py {command}` does"


@pytest.mark.parametrize("target", TARGET.findall((ROOT / "Makefile").read_text()))
def test_every_make_target_is_in_the_docs(target: str) -> None:
    assert f"make {target}" in prose(), f"say in docs/operations.md what `make {target}` does"


def test_every_log_line_that_is_explained_is_written() -> None:
    rows = re.findall(
        r"^\| (`[a-z]+\.[a-z_]+`[^|]*)\|", (ROOT / "docs/operations.md").read_text(), re.MULTILINE
    )
    explained = {word for row in rows for word in re.findall(r"`([a-z]+\.[a-z_]+)`", row)}
    written = "".join(path.read_text() for path in python_files("backend"))
    assert explained, "docs/operations.md has a table of log lines"
    stale = {word for word in explained if f'"{word}"' not in written}
    assert not stale, f"nothing writes {', '.join(sorted(stale))}; see docs/operations.md"


@pytest.mark.parametrize("lane", [lane.name for lane in all_lanes()])
def test_every_lane_is_in_the_docs(lane: str) -> None:
    picture = (ROOT / "docs/architecture.md").read_text()
    assert f"| `{lane}` |" in picture, f"say in docs/architecture.md what the lane {lane!r} drains"


def test_no_document_names_a_target_that_is_not_there() -> None:
    named = set(re.findall(r"`make ([a-z][a-z-]*)`", prose()))
    stale = named - set(TARGET.findall((ROOT / "Makefile").read_text()))
    assert not stale, f"the Makefile has no {', '.join(sorted(stale))}"


def test_no_document_names_a_command_that_is_not_there() -> None:
    django = {"migrate", "makemigrations", "check", "spectacular", "shell", "dbshell", "sqlflush", "dumpdata"}
    named = set(re.findall(r"manage\.py ([a-z_]+)", prose()))
    stale = named - django - {path.stem for path in COMMANDS.glob("*.py")}
    assert not stale, f"manage.py has no {', '.join(sorted(stale))}"


def test_the_readme_is_one_screen() -> None:
    lines = len((ROOT / "README.md").read_text().splitlines())
    assert lines <= ONE_SCREEN, f"{lines} lines; move something to docs/"
