"""The programs of others are listed, pinned and reported; that they work is for make conformance to say."""

from __future__ import annotations

import json
import re
import runpy
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[2] / "conformance"
PROGRAMS: dict[str, tuple[str, str]] = runpy.run_path(str(FOLDER / "run.py"))["PROGRAMS"]


def test_every_program_has_its_script() -> None:
    scripts = {script for script, _ in PROGRAMS.values()}
    assert scripts == {path.name for path in (FOLDER / "programs").iterdir() if path.is_file()}


def test_every_program_is_pinned() -> None:
    lines = (FOLDER / "requirements.txt").read_text().splitlines()
    python = {line.partition("==")[0].lower().replace("_", "-") for line in lines if "==" in line}
    package: dict[str, Any] = json.loads((FOLDER / "package.json").read_text())
    node = {name for name, version in package["dependencies"].items() if re.fullmatch(r"[\d.]+", version)}
    assert {name.lower() for name in PROGRAMS} <= python | node
    lock = json.loads((FOLDER / "package-lock.json").read_text())["packages"]
    assert all("integrity" in row and "resolved" not in row for name, row in lock.items() if name)


def test_every_program_makes_several_calls() -> None:
    for script, _ in PROGRAMS.values():
        text = (FOLDER / "programs" / script).read_text()
        assert len(re.findall(r"^(?:\w+ = |const \w+ = )?(?:await )?check\(", text, re.MULTILINE)) >= 3, (
            script
        )
