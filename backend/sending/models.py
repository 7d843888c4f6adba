"""How fast each account may send, and which of them wait: shared by all workers."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q


class HeldFor(models.TextChoices):
    """Why nothing goes out."""

    THROTTLED = "THROTTLED"  # The platform asked this account to slow down.
    FAILING = "FAILING"  # The platform fails for this account, and for this account alone.
    OUTAGE = "OUTAGE"  # It fails for several: it is the platform's fault.


class Pace(models.Model):
    """The way out of one account, or of all that share a host: the next free moment, and how long it is held."""

    key = models.CharField(primary_key=True, max_length=128)
    # The first moment that no worker has taken yet, in seconds since 1970 by the database's clock.
    next_at = models.FloatField(default=0.0)
    held_until = models.DateTimeField(null=True)
    held_since = models.DateTimeField(null=True)
    held_for = models.CharField(max_length=16, blank=True)
    told = models.TextField(blank=True)  # What the platform said.

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["held_until"], condition=Q(held_until__isnull=False), name="paces_held"),
        ]
