"""The bytes that a business keeps, each once; where they lie is the storage's business."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from backend.lib.clock import now
from backend.lib.ids import new_id


class FileState(models.TextChoices):
    """Whether the bytes are there."""

    WRITING = "WRITING"  # They are on their way into the storage; a process that died leaves this behind.
    STORED = "STORED"  # They are there, once within the business.
    LEAVING = "LEAVING"  # Nobody uses them any more: they are to be removed, then the row is.


class StoredFileQuerySet(models.QuerySet["StoredFile"]):
    def of(self, business_id: str) -> Self:
        return self.filter(business_id=business_id)

    def stored(self) -> Self:
        """Those whose bytes are there."""
        return self.filter(state=FileState.STORED)


class StoredFile(models.Model):
    """A file, by its bytes. Its type is what the bytes say, never what somebody said of them."""

    id = models.UUIDField(primary_key=True, default=new_id)
    business = models.ForeignKey(
        "businesses.Business", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    sha256 = models.CharField(max_length=64)  # Hex.
    size = models.BigIntegerField()
    mime_type = models.CharField(max_length=127)
    name = models.CharField(max_length=255, blank=True)  # As it was called when it was handed in last.
    state = models.CharField(max_length=16, choices=FileState.choices, default=FileState.WRITING)
    # An upload waits so long for somebody to send it; what leaves has been free to go since then.
    kept_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=now)

    objects: ClassVar = StoredFileQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["business", "sha256"],
                condition=Q(state=FileState.STORED),
                name="one_stored_file_per_business_and_bytes",
            ),
        ]
        indexes: ClassVar = [
            # What is to be removed: small, whatever the number of files.
            models.Index(
                fields=["created_at"],
                condition=Q(state__in=(FileState.WRITING, FileState.LEAVING)),
                name="files_not_stored",
            ),
            models.Index(
                fields=["kept_until"], condition=Q(kept_until__isnull=False), name="files_kept_for_a_while"
            ),
        ]

    @property
    def path(self) -> str:
        """Where its bytes lie. Of this row alone: what becomes of an older one with the same bytes does not matter."""
        return f"{self.pk.hex[-2:]}/{self.pk.hex}"
