"""Is everything in place? The table, its constraints, the sealing, and a mock journey through the whole product."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backend.config.inspection import check_constraints, check_sealing, check_table
from backend.config.journey import Finding, walk_journey

CHECKS: tuple[tuple[str, Callable[[], list[Finding]]], ...] = (
    ("The table channel_integrations and its columns", check_table),
    ("Its constraints (tried and rolled back)", check_constraints),
    ("The sealing of tokens", check_sealing),
)


class Command(BaseCommand):
    help = (
        "Verify the table channel_integrations, its constraints and the sealing in the database of the settings, then "
        "walk a mock journey (connect, receive, reply; each platform in each way) in a throw-away sandbox of its own. "
        "Changes nothing that is kept."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-journey", action="store_true", help="leave the mock journey out")

    def handle(self, *args: Any, no_journey: bool, **options: Any) -> None:
        failed = 0
        for title, check in CHECKS:
            failed += self._show(title, check())
        if not no_journey:
            self.stdout.write("A mock journey (starts a sandbox of its own, some ten seconds) …")
            failed += self._show("A mock journey", walk_journey(tell=self.stdout.write))
        if failed:
            raise CommandError(f"{failed} of the checks failed; see above.")
        self.stdout.write("Everything is in place.")

    def _show(self, title: str, findings: list[Finding]) -> int:
        self.stdout.write(title)
        for finding in findings:
            self.stdout.write(f"  {'ok  ' if finding.ok else 'FAIL'} {finding.text}")
        return sum(not finding.ok for finding in findings)
