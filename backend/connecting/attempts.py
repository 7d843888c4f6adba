"""Attempts that nobody finished leave nothing behind."""

from __future__ import annotations

from backend.connecting.models import ConnectionAttempt
from backend.lib.clock import now


def forget_expired() -> bool:
    """Drop the sealed grants of attempts that are over."""
    over = ConnectionAttempt.objects.filter(expires_at__lte=now(), finished_at__isnull=True)
    over.update(grant="", finished_at=now())
    return False
