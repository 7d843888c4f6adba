"""Reactions of the business that are on their way."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self
from uuid import UUID

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Window
from django.db.models.functions import RowNumber

from backend.conversations.models.messages import AuthorKind, Message
from backend.conversations.models.people import Conversation
from backend.conversations.models.signals import LEASE
from backend.conversations.status import UNFINISHED
from backend.lib.clock import now


class ReactionState(models.TextChoices):
    """How far a reaction is."""

    RECEIVED = "RECEIVED"  # Of the contact.
    QUEUED = "QUEUED"  # It was accepted; the contact does not see it yet.
    SENT = "SENT"  # The platform took it.
    FAILED = "FAILED"  # The contact does not see it, or nobody knows; see the error.


class DueReactionQuerySet(models.QuerySet["DueReaction"]):
    def due(self, at: datetime, *, share: int) -> Self:
        """Those whose time has come and whose conversation owes no earlier message; of one integration its share."""
        earlier = Message.objects.filter(
            conversation=OuterRef("conversation"),
            delivery_status__in=UNFINISHED,
            created_at__lt=OuterRef("wanted_at"),
        )
        free = Q(claimed_at__isnull=True) | Q(claimed_at__lt=at - LEASE)
        place = Window(RowNumber(), partition_by="integration_id", order_by="due_at")
        ready = self.filter(~Exists(earlier), free, due_at__lte=at)
        return ready.annotate(place=place).filter(place__lte=share).order_by("due_at")

    def claim(self, message_id: UUID, at: datetime) -> DueReaction | None:
        """The reaction, now ours to send; None where it is somebody else's, or of a worker that died (`abandoned`)."""
        # A wish that is younger than the claim of a dead worker was tried by nobody.
        free = Q(claimed_at__isnull=True) | Q(claimed_at__lt=at - LEASE, wanted_at__gt=F("claimed_at"))
        ours = self.filter(free, pk=message_id, due_at__lte=at)
        if not ours.update(claimed_at=at, attempts=F("attempts") + 1):
            return None
        return self.with_account().filter(pk=message_id).first()

    def abandoned(self, message_id: UUID, at: datetime) -> DueReaction | None:
        """The reaction, if a worker claimed it and never wrote a result for it."""
        old = Q(claimed_at__lt=at - LEASE, wanted_at__lte=F("claimed_at"))
        return self.with_account().filter(old, pk=message_id).first()

    def with_account(self) -> Self:
        """With all that sending it asks."""
        return self.select_related("message", "conversation__contact", "conversation__integration")


class DueReaction(models.Model):
    """What the business wishes to show on one message; gone once that is decided. The latest wish counts."""

    message = models.OneToOneField(Message, on_delete=models.CASCADE, primary_key=True, related_name="+")
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+")
    integration = models.ForeignKey(
        "integrations.ChannelIntegration", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    emoji = models.CharField(max_length=64, blank=True)  # Empty: it is taken off.
    former = models.CharField(max_length=64, blank=True)  # What the contact sees meanwhile.
    author_kind = models.CharField(max_length=16, choices=AuthorKind.choices)
    wanted_at = models.DateTimeField(default=now)
    due_at = models.DateTimeField(default=now)
    claimed_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    objects: ClassVar = DueReactionQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["due_at"], name="reactions_due")]
