"""What syncing keeps for itself: how far the old conversations of an account are read."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self
from uuid import UUID

from django.db import models
from django.db.models import Q

from backend.lib.clock import now
from backend.lib.ids import new_id


class ImportState(models.TextChoices):
    """Where an import stands."""

    RUNNING = "RUNNING"  # It goes on by itself, after every crash and outage.
    DONE = "DONE"  # Everything that the platform shows was read.
    FAILED = "FAILED"  # It does not go on; the error says why and what to do.


class ImportOrigin(models.TextChoices):
    """Where the history comes from."""

    PLATFORM = "PLATFORM"  # We ask the platform, page by page.
    PHONE = "PHONE"  # WhatsApp hands over what the business's phone has, by webhooks.


class HistoryImportQuerySet(models.QuerySet["HistoryImport"]):
    def of(self, business_id: str) -> Self:
        return self.filter(business_id=business_id)

    def running(self) -> Self:
        return self.filter(state=ImportState.RUNNING)

    def free(self, at: datetime) -> Self:
        """Those that nobody has in hand."""
        unclaimed = Q(claimed_until__isnull=True) | Q(claimed_until__lte=at)
        return self.running().filter(unclaimed)

    def due(self, at: datetime) -> Self:
        """Those that may go on now, whoever waits longest first."""
        return self.free(at).filter(due_at__lte=at).order_by("due_at", "pk")

    def claim(self, import_id: UUID, *, at: datetime, until: datetime) -> bool:
        """Whether it is ours now; the database decides who won."""
        return bool(self.due(at).order_by().filter(pk=import_id).update(claimed_until=until))


class HistoryImport(models.Model):
    """One pass through the old conversations of an account. A later pass only adds what is missing."""

    id = models.UUIDField(primary_key=True, default=new_id)
    business = models.ForeignKey("businesses.Business", on_delete=models.CASCADE, related_name="+")
    integration = models.ForeignKey(
        "integrations.ChannelIntegration", on_delete=models.CASCADE, related_name="imports", db_index=False
    )
    account_id = models.CharField(max_length=64)
    origin = models.CharField(max_length=16, choices=ImportOrigin.choices)
    state = models.CharField(max_length=16, choices=ImportState.choices, default=ImportState.RUNNING)

    cursor = models.TextField(blank=True)  # Where the next page begins; empty: at the latest conversation.
    page_size = models.PositiveSmallIntegerField(
        default=0
    )  # Conversations, or parts that a phone handed over.
    is_second_look = models.BooleanField(default=False)  # At what moved to the top meanwhile.

    conversations = models.PositiveIntegerField(default=0)  # Read so far.
    messages = models.PositiveIntegerField(default=0)  # Those that were not here yet.
    withheld = models.PositiveIntegerField(
        default=0
    )  # Older ones, which the platform names and does not show.
    progress = models.PositiveSmallIntegerField(null=True)  # Percent, where the platform tells.

    tries = models.PositiveSmallIntegerField(default=0)  # Pages in a row that did not come.
    due_at = models.DateTimeField(default=now)
    claimed_until = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)
    last_error_code = models.CharField(max_length=64, blank=True)
    last_error_resolution = models.TextField(blank=True)
    last_error_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(default=now)
    finished_at = models.DateTimeField(null=True)

    objects: ClassVar = HistoryImportQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["integration"],
                condition=Q(state=ImportState.RUNNING),
                name="one_running_import_per_integration",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["integration", "-started_at"], name="imports_latest_first"),
            models.Index(
                fields=["due_at"], condition=Q(state=ImportState.RUNNING), name="imports_by_due_time"
            ),
        ]
