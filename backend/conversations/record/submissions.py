"""`Idempotency-Key`s that were used."""

from __future__ import annotations

from datetime import datetime

from backend.conversations.models import Submission
from backend.engine.trimming import trim


def forget_submissions(*, before: datetime) -> bool:
    """Forget a batch of the keys that were used before that time; whether there may be more. The messages stay."""
    return trim(Submission.objects.all(), "created_at", before)
