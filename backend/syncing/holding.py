"""An import in one hand: whoever claimed it writes it, for as long as nobody took it over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from django.db import transaction

from backend.integrations.models import ChannelIntegration
from backend.lib.clock import now
from backend.syncing.models import HistoryImport

Answer = TypeVar("Answer")

# Longer than a call and its writing; after a crash it goes on so much later.
CLAIM_FOR = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Hold:
    """One claim of an import."""

    import_id: UUID
    until: datetime
    has_ai: bool  # Who answers in new conversations is asked for once, and not of each.

    def write(self, change: Callable[[HistoryImport], Answer]) -> Answer | None:
        """Change the row in one transaction, if it is still in our hand; else whoever has it does it instead."""
        with transaction.atomic():
            held = HistoryImport.objects.running().filter(pk=self.import_id, claimed_until=self.until)
            job = held.select_related("integration").select_for_update(of=("self",)).first()
            if job is None:
                return None
            job.integration.ai_answers = self.has_ai
            answer = change(job)
            job.save()
            return answer

    def write_last(self, change: Callable[[HistoryImport], object]) -> None:
        """The same, and let go of it."""

        def and_let_go(job: HistoryImport) -> None:
            change(job)
            job.claimed_until = None

        self.write(and_let_go)


def take(import_id: UUID) -> tuple[HistoryImport, Hold] | None:
    """Claim the import; None: somebody else has it, or it is not due."""
    until = now() + CLAIM_FOR
    if not HistoryImport.objects.claim(import_id, at=now(), until=until):
        return None
    job = HistoryImport.objects.get(pk=import_id)
    job.integration = ChannelIntegration.objects.with_ai().get(pk=job.integration_id)
    return job, Hold(import_id, until, bool(job.integration.ai_answers))
