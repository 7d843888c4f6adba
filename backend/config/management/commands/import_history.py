"""Old conversations of one account are imported, and how far that is is shown."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from backend.integrations.models import ChannelIntegration
from backend.lib.refusal import Refusal
from backend.syncing import imports
from backend.syncing.errors import ImportRunning
from backend.syncing.models import HistoryImport, ImportState
from backend.syncing.start import latest_import, start_import

LOOK_EVERY = 0.5  # Seconds, while a worker has the next page in hand or the platform wants us to wait.
WIDTH = 30


class Command(BaseCommand):
    help = (
        "Import the conversations that Messenger or Instagram shows of a connected account: of each the 20 newest "
        "messages; the platform opens no more. Nothing of it is unread, opens a reply window or alerts an agent. An "
        "import that is running is followed. Interrupt it at any time: it goes on in the worker, and in this command "
        "when it is called again. Once it is done, another call makes a new pass that adds what is missing. For "
        "WhatsApp, --watch shows how far the phone has handed its history over."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("integration", type=UUID, help="the id of the integration")
        parser.add_argument("--watch", action="store_true", help="begin nothing; follow what is running")

    def handle(self, *args: Any, integration: UUID, watch: bool, **options: Any) -> None:
        found = ChannelIntegration.objects.filter(pk=integration).first()
        if found is None:
            raise CommandError("There is no such integration.")
        job = latest_import(found) if watch else self._begin(found)
        if job is None:
            raise CommandError("There was no import of this account yet.")
        while job.state == ImportState.RUNNING:
            self._draw(job)
            if not imports.drain():
                time.sleep(LOOK_EVERY)
            job.refresh_from_db()
        self._draw(job)
        self._tell_end(job)

    def _begin(self, integration: ChannelIntegration) -> HistoryImport | None:
        try:
            return start_import(integration, by=None)
        except ImportRunning:
            return latest_import(integration)
        except Refusal as refusal:
            raise CommandError(f"{refusal.message} {refusal.resolution or ''}".strip()) from refusal

    def _draw(self, job: HistoryImport) -> None:
        """One line of a terminal; into a file or a pipe nothing is drawn."""
        if self.stdout.isatty():
            self.stdout.write(f"\r{line_of(job)}\x1b[K", ending="")
            self.stdout.flush()

    def _tell_end(self, job: HistoryImport) -> None:
        if self.stdout.isatty():
            self.stdout.write("")
        if job.state == ImportState.FAILED:
            raise CommandError(f"{job.last_error} {job.last_error_resolution}".strip())
        self.stdout.write(
            f"{job.conversations:,} conversations read, {job.messages:,} messages added; the platform does not show "
            f"{job.withheld:,} older ones."
        )


def line_of(job: HistoryImport) -> str:
    """How far an import is. Where nobody knows how much there is, the bar only shows that it goes on."""
    if job.progress is None:
        at = job.conversations // 10 % WIDTH
        bar = "." * at + "#" + "." * (WIDTH - at - 1)
    else:
        filled = WIDTH * job.progress // 100
        bar = "#" * filled + "." * (WIDTH - filled)
    percent = "" if job.progress is None else f" {job.progress} %"
    trouble = f"  {job.last_error}" if job.last_error else ""
    return f"[{bar}]{percent} {job.conversations:,} conversations, {job.messages:,} messages added{trouble}"
