"""schema.yml says what the code does: generated, never edited."""

from __future__ import annotations

from pathlib import Path

from django.core.management import call_command

from tests.house.source import ROOT


def test_schema_is_fresh_and_valid(tmp_path: Path) -> None:
    fresh = tmp_path / "schema.yml"
    call_command("spectacular", file=str(fresh), validate=True, fail_on_warn=True)
    assert fresh.read_text() == (ROOT / "schema.yml").read_text(), "run: make schema"
