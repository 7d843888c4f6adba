"""The files of messages: where they can be had, and whether they are here."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self
from uuid import UUID

from django.db import connections, models
from django.db.models import F, Q

from backend.conversations.models.messages import Message
from backend.lib.clock import now
from backend.lib.ids import new_id


class AttachmentState(models.TextChoices):
    """Whether the file can be looked at."""

    PENDING = "PENDING"  # It is at the platform and is being fetched.
    STORED = "STORED"  # It is here.
    FAILED = "FAILED"  # It cannot be had; see the error.
    REMOVED = "REMOVED"  # It was taken back, or was kept for as long as it may be.


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def of(self, business_id: str) -> Self:
        return self.filter(business_id=business_id)

    def due(self, at: datetime) -> Self:
        """What is to be fetched now, the longest due first."""
        return self.filter(state=AttachmentState.PENDING, due_at__lte=at).order_by("due_at", "id")

    def waiting_businesses(self, at: datetime) -> list[str]:
        """Whose files are to be fetched. It costs a step in an index each, however many they are."""
        statement = """
            WITH RECURSIVE waiting(business_id) AS (
                SELECT MIN(business_id) FROM conversations_attachment WHERE state = 'PENDING' AND due_at <= %s
                UNION ALL
                SELECT (SELECT MIN(attachment.business_id) FROM conversations_attachment attachment
                        WHERE attachment.state = 'PENDING' AND attachment.due_at <= %s
                        AND attachment.business_id > waiting.business_id)
                FROM waiting WHERE waiting.business_id IS NOT NULL
            )
            SELECT business_id FROM waiting WHERE business_id IS NOT NULL
        """
        with connections[self.db].cursor() as cursor:
            present = connections[self.db].ops.adapt_datetimefield_value(at)
            cursor.execute(statement, [present, present])
            return [business_id for (business_id,) in cursor.fetchall()]

    def claim(self, attachment_id: UUID, *, at: datetime, until: datetime) -> bool:
        """Whether the file is ours to fetch until then; the database decides who won."""
        due = self.filter(pk=attachment_id, state=AttachmentState.PENDING, due_at__lte=at)
        return bool(due.update(due_at=until, attempts=F("attempts") + 1))


class Attachment(models.Model):
    """A file of a message."""

    id = models.UUIDField(primary_key=True, default=new_id)
    business = models.ForeignKey(
        "businesses.Business", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attachments", db_index=False)
    position = models.PositiveSmallIntegerField(default=0)  # Among the files of the message.
    type = models.CharField(max_length=16)
    name = models.CharField(max_length=255, blank=True)
    mime_type = models.CharField(max_length=127, blank=True)  # Told, until the bytes are here and say it.
    size = models.BigIntegerField(null=True)
    state = models.CharField(max_length=16, choices=AttachmentState.choices)
    error_code = models.CharField(max_length=64, blank=True)
    error_message = models.TextField(blank=True)
    error_resolution = models.TextField(blank=True)

    # How it is fetched.
    media_id = models.CharField(max_length=512, blank=True)
    url = models.TextField(blank=True)
    sha256 = models.CharField(max_length=128, blank=True)  # Told, in hex or base64.
    due_at = models.DateTimeField(
        null=True
    )  # When to try next; while somebody tries, when they count as dead.
    attempts = models.PositiveSmallIntegerField(default=0)

    file = models.ForeignKey(
        "files.StoredFile", on_delete=models.PROTECT, null=True, related_name="attachments"
    )
    leaves_at = models.DateTimeField(null=True)  # What is lent to us is kept for a day.
    created_at = models.DateTimeField(default=now)

    objects: ClassVar = AttachmentQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["message", "position"], name="one_attachment_per_position"),
        ]
        indexes: ClassVar = [
            # What is to be fetched: small, whatever the number of files. The same by business, for their turns.
            models.Index(
                fields=["due_at", "id"], condition=Q(state=AttachmentState.PENDING), name="attachments_due"
            ),
            models.Index(
                fields=["business", "due_at"],
                condition=Q(state=AttachmentState.PENDING),
                name="attachments_due_by_business",
            ),
            models.Index(fields=["leaves_at"], condition=Q(leaves_at__isnull=False), name="attachments_lent"),
            # What has been kept for long enough.
            models.Index(
                fields=["created_at"],
                condition=Q(state=AttachmentState.STORED),
                name="attachments_stored_by_age",
            ),
        ]
