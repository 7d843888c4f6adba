"""What waits for its message, and which requests were answered already."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from backend.conversations.models.people import Conversation
from backend.lib.clock import now


class ParkedNotice(models.Model):
    """What was said of a message before we knew the message; taken up when it comes."""

    integration = models.ForeignKey(
        "integrations.ChannelIntegration", on_delete=models.CASCADE, related_name="+"
    )
    account_id = models.CharField(max_length=64)
    external_id = models.CharField(max_length=512)
    kind = models.CharField(max_length=32)
    content = models.JSONField()
    digest = models.CharField(max_length=64)  # Of kind and content: said twice, it waits once.
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["integration", "account_id", "external_id", "digest"],
                name="one_parked_notice_per_message_and_content",
            ),
        ]


class HistoryPart(models.Model):
    """What a phone handed over of one conversation and nobody has read yet; gone once it was filed."""

    id = models.BigAutoField(primary_key=True)
    integration = models.ForeignKey(
        "integrations.ChannelIntegration", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    account_id = models.CharField(max_length=64)
    contact = models.JSONField(null=True)  # Who is on the other side; null: the part says only how far it is.
    content = models.JSONField()  # In the platform's words.
    progress = models.PositiveSmallIntegerField(null=True)  # Percent.
    failure = models.JSONField(null=True)  # Why the phone hands over nothing.
    filed = models.PositiveIntegerField(default=0)  # Messages of it that are read.
    created_at = models.DateTimeField(default=now)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["integration", "id"], name="history_parts_in_order")]


class Submission(models.Model):
    """An `Idempotency-Key` that was used: the same key and body get the same answer, never a second send."""

    business = models.ForeignKey("businesses.Business", on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+")
    body_hash = models.CharField(max_length=64)
    message_ids = models.JSONField(default=list)
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["business", "key"], name="one_submission_per_business_and_key"),
        ]
