"""What the contact is still to be shown besides messages."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar, Self
from uuid import UUID

from django.db import models
from django.db.models import F, Q, Window
from django.db.models.functions import RowNumber

from backend.conversations.models.messages import Direction, Message
from backend.conversations.models.people import Conversation
from backend.lib.clock import now
from backend.lib.ids import new_id
from backend.platforms.port import MessageType

# Longer than any call to a platform may take: a claim this old belongs to a worker that died.
LEASE = timedelta(seconds=60)


# What stands in a conversation and was not written by the contact: there is nothing in it to be read.
NOT_WRITTEN = (MessageType.SYSTEM, MessageType.CALL)


def newest_inbound(conversation_id: UUID, *, until: datetime | None = None) -> Message | None:
    """The newest message that the contact wrote, up to then."""
    said = Message.objects.filter(
        conversation_id=conversation_id, direction=Direction.INBOUND, external_id__isnull=False
    )
    said = said.filter(sent_at__lte=until) if until else said
    return said.exclude(type__in=NOT_WRITTEN).order_by("-sent_at", "-id").first()


class Showing(models.TextChoices):
    """What is shown; of each there is one row in a conversation, and the latest wish counts."""

    READ = "READ"
    TYPING = "TYPING"


class DueQuerySet(models.QuerySet["DueSignal"]):
    def due(self, at: datetime, *, share: int) -> Self:
        """Those whose time has come, the oldest first; of one integration no more than its share."""
        free = Q(claimed_at__isnull=True) | Q(claimed_at__lt=at - LEASE)
        place = Window(RowNumber(), partition_by="integration_id", order_by="due_at")
        return (
            self.filter(free, due_at__lte=at)
            .annotate(place=place)
            .filter(place__lte=share)
            .order_by("due_at")
        )

    def claim(self, signal_id: UUID, at: datetime) -> DueSignal | None:
        """The signal, now ours to show; None where somebody else has it, or nothing is due any more."""
        free = Q(claimed_at__isnull=True) | Q(claimed_at__lt=at - LEASE)
        ours = self.filter(free, pk=signal_id, due_at__lte=at)
        if not ours.update(claimed_at=at, attempts=F("attempts") + 1):
            return None
        rows = self.select_related(
            "conversation__contact", "conversation__integration", "conversation__last_message"
        )
        return rows.filter(pk=signal_id).first()


class DueSignal(models.Model):
    """A read receipt or a typing indicator: due until the contact was shown it, or it is too late."""

    id = models.UUIDField(primary_key=True, default=new_id)
    integration = models.ForeignKey(
        "integrations.ChannelIntegration", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    # The constraint below is its index.
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=16, choices=Showing.choices)
    on = models.BooleanField(default=True)  # Of typing.
    # READ: the time of the newest message that was read. TYPING: when somebody wished it.
    wanted_at = models.DateTimeField(default=now)
    up_to = models.UUIDField(null=True)  # READ: that message; some platforms count whole seconds.
    due_at = models.DateTimeField(null=True)  # Null: it was shown, or nobody needs it any more.
    claimed_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    objects: ClassVar = DueQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["conversation", "kind"], name="one_signal_per_conversation_and_kind"
            ),
        ]
        indexes: ClassVar = [
            # Small, whatever the number of conversations.
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="signals_due"),
        ]
