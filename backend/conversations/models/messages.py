"""What was said, and the outbox in it."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self
from uuid import UUID

from django.db import models
from django.db.models import Exists, OuterRef, Q

from backend.conversations.models.people import Conversation
from backend.conversations.status import NOT_READ, UNFINISHED
from backend.lib.clock import now
from backend.lib.ids import new_id
from backend.platforms.port import DeliveryStatus


class Direction(models.TextChoices):
    INBOUND = "INBOUND"
    OUTBOUND = "OUTBOUND"


class AuthorKind(models.TextChoices):
    """Who wrote a message."""

    CONTACT = "CONTACT"
    MEMBER = "MEMBER"
    AI = "AI"
    SERVICE = "SERVICE"
    EXTERNAL = "EXTERNAL"  # Somebody in the native app, or other software.


class MessageQuerySet(models.QuerySet["Message"]):
    def of(self, business_id: str) -> Self:
        return self.filter(business_id=business_id)

    def due(self, at: datetime) -> Self:
        """The outbox: queued messages whose time has come and that no earlier one of the conversation holds up."""
        earlier = Message.objects.filter(
            conversation=OuterRef("conversation"),
            direction=Direction.OUTBOUND,
            delivery_status__in=UNFINISHED,
            id__lt=OuterRef("id"),
        )
        return self.filter(
            ~Exists(earlier),
            direction=Direction.OUTBOUND,
            delivery_status=DeliveryStatus.QUEUED,
            due_at__lte=at,
        ).order_by("due_at", "id")

    def abandoned(self, before: datetime) -> Self:
        """Messages that a worker claimed and never wrote a result for."""
        return self.filter(
            direction=Direction.OUTBOUND, delivery_status=DeliveryStatus.SENDING, claimed_at__lt=before
        )

    def expired(self, at: datetime) -> Self:
        """Queued messages that may not wait any longer."""
        return self.filter(delivery_status=DeliveryStatus.QUEUED, send_by__lte=at).order_by("id")

    def claim(self, message_id: UUID, at: datetime) -> bool:
        """Whether the message is now ours to send; the database decides who won."""
        queued = self.filter(pk=message_id, delivery_status=DeliveryStatus.QUEUED)
        return bool(
            queued.update(
                delivery_status=DeliveryStatus.SENDING, claimed_at=at, attempts=models.F("attempts") + 1
            )
        )


class Message(models.Model):
    """One thing that was said. Outbound rows that are queued are the outbox."""

    id = models.UUIDField(primary_key=True, default=new_id)
    # Businesses and integrations are not deleted in the course of things.
    # The conversation is held to both; to check it again for each message costs more than to write the message.
    business = models.ForeignKey(
        "businesses.Business", on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    integration = models.ForeignKey(
        "integrations.ChannelIntegration",
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="messages", db_index=False
    )
    account_id = models.CharField(max_length=64)
    direction = models.CharField(max_length=16, choices=Direction.choices)
    type = models.CharField(max_length=32)
    text = models.TextField(blank=True)
    payload = models.JSONField(default=dict)
    referral = models.JSONField(null=True)
    reactions = models.JSONField(default=list)
    reacted_at = models.JSONField(
        default=dict
    )  # Author -> time; a reaction that was taken off stays in here.
    edits = models.JSONField(default=list)
    reply_to_external_id = models.CharField(max_length=512, blank=True)
    external_id = models.CharField(max_length=512, null=True)  # Instagram's ids have some 170 characters.

    delivery_status = models.CharField(max_length=16)
    error_code = models.CharField(max_length=64, blank=True)
    error_message = models.TextField(blank=True)
    error_resolution = models.TextField(blank=True)
    error_platform_code = models.IntegerField(null=True)

    author_kind = models.CharField(max_length=16, choices=AuthorKind.choices)
    author_id = models.CharField(max_length=64, blank=True)
    author_name = models.CharField(max_length=255, blank=True)
    # Read back from the platform's history; until a webhook tells of it, it alerts nobody.
    is_history = models.BooleanField(default=False)

    sent_at = models.DateTimeField(default=now)  # The platform's time; ours until it has told one.
    edited_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=now)

    human_agent = models.BooleanField(
        default=False, db_default=False
    )  # It may carry the platform's tag for a person's own answer.
    due_at = models.DateTimeField(null=True)
    send_by = models.DateTimeField(null=True)  # Queued any longer, it fails.
    claimed_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    resends = models.PositiveSmallIntegerField(
        default=0, db_default=0
    )  # How often somebody sent it again after it failed.
    # What this person was sent takes up the platform's limit for one person until then.
    paced_until = models.DateTimeField(null=True)

    objects: ClassVar = MessageQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["integration", "account_id", "external_id"],
                condition=Q(external_id__isnull=False),
                name="one_message_per_account_and_id",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["conversation", "-sent_at", "-id"], name="messages_newest_first"),
            # The outbox: small, whatever the number of messages.
            models.Index(
                fields=["due_at", "id"],
                condition=Q(delivery_status=DeliveryStatus.QUEUED),
                name="messages_queued",
            ),
            # The same by account, for their turns.
            models.Index(
                fields=["integration", "due_at", "id"],
                condition=Q(delivery_status=DeliveryStatus.QUEUED),
                name="messages_queued_by_account",
            ),
            models.Index(
                fields=["conversation", "id"],
                condition=Q(delivery_status__in=UNFINISHED),
                name="messages_unfinished",
            ),
            # What an echo may be of, and what a reading may move on: however long the conversation is.
            models.Index(
                fields=["conversation"], condition=Q(external_id__isnull=True), name="messages_without_id"
            ),
            models.Index(
                fields=["conversation", "sent_at"],
                condition=Q(direction="OUTBOUND", delivery_status__in=NOT_READ),
                name="messages_not_read",
            ),
        ]
