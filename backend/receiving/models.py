"""The inbox: every signed delivery as it came. Private to this room, save for the list that the API shows."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self

from django.db import connection, models
from django.db.models import Q

from backend.engine.questions import instances
from backend.lib.clock import now
from backend.receiving.loads import Load


class EventState(models.TextChoices):
    """What became of a delivery."""

    RECEIVED = "received"  # On disk; not looked at yet.
    DONE = "done"  # Everything in it is recorded.
    FAILED = "failed"  # Our processing raised on something in it; the rest is recorded. It can be replayed.
    UNROUTED = "unrouted"  # It speaks of an account that no business has connected.


# The oldest that are due, as far as their bodies stay within a size; the first comes whatever its own. A lane is asked
# for as a range, so that no plan goes by the primary key, and through all that is done.
CLAIMED = ("id", "body", "received_at", "state", "attempts")
CLAIM = """
SELECT id, body, received_at, state, attempts
FROM (
    SELECT oldest.*, sum(length(body)) OVER (ORDER BY id) - length(body) AS before
    FROM (
        SELECT id, body, received_at, state, attempts FROM receiving_webhookevent
        WHERE lane BETWEEN %s AND %s AND due_at IS NOT NULL AND due_at <= %s ORDER BY lane, id LIMIT %s
    ) AS oldest
) AS sized
WHERE before < %s ORDER BY id
"""


class WebhookEventQuerySet(models.QuerySet["WebhookEvent"]):
    def waiting(self, at: datetime) -> Self:
        """What a processor has to look at, oldest first: new ones, and failed ones whose time has come again."""
        return self.filter(due_at__lte=at).order_by("id")

    def take_waiting(self, at: datetime, load: Load, *, count: int, size: int) -> list[WebhookEvent]:
        """The oldest of these of one load, up to a number, and to about a size in bytes."""
        due = connection.ops.adapt_datetimefield_value(at)
        given = [load.value, load.value, due, count, size]
        return instances(WebhookEvent, CLAIMED, CLAIM, given, binary=True)


class WebhookEvent(models.Model):
    """One signed delivery, stored as received. The id is the order of arrival."""

    id = models.BigAutoField(primary_key=True)
    lane = models.SmallIntegerField(default=Load.LIVE.value)  # A `Load`.
    body = models.BinaryField()
    received_at = models.DateTimeField(default=now)
    state = models.CharField(max_length=16, choices=EventState.choices, default=EventState.RECEIVED)
    due_at = models.DateTimeField(null=True, default=now)  # Null: nothing is to be done.
    attempts = models.PositiveSmallIntegerField(default=0)
    processed_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    objects: ClassVar = WebhookEventQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            # The work to do: small, whatever the number of kept events. It holds the time as well, for SQLite
            # keeps that behind the body, and would go through megabytes to find it.
            models.Index(
                fields=["lane", "id", "due_at"],
                condition=Q(due_at__isnull=False),
                name="webhook_events_waiting",
            ),
            # What an operator looks for among all that went well.
            models.Index(
                fields=["state", "id"],
                condition=Q(state__in=[EventState.FAILED, EventState.UNROUTED]),
                name="webhook_events_troubled",
            ),
        ]


# What the inbox's stores write: the table, the columns, and what every new row says in the first three of them.
INBOX = WebhookEvent._meta.db_table
NEW_COLUMNS = "state, attempts, error, lane, received_at, due_at, body"
NEW = f"'{EventState.RECEIVED}', 0, ''"


class AwaitedAccount(models.Model):
    """An account that nobody had connected when an event spoke of it; when somebody does, it is processed again."""

    id = models.BigAutoField(primary_key=True)
    event = models.ForeignKey(WebhookEvent, on_delete=models.CASCADE, related_name="awaits")
    platform = models.CharField(max_length=32)
    account_id = models.CharField(max_length=64, blank=True)
    platform_account_id = models.CharField(
        max_length=64, blank=True
    )  # The WABA, of what concerns all its numbers.

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["platform", "account_id", "platform_account_id", "event"],
                name="one_awaited_account_per_event",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.platform} {self.account_id or self.platform_account_id}"


class WebhookShare(models.Model):
    """What one delivery held for one business; a business sees its own share only, never the whole body."""

    id = models.BigAutoField(primary_key=True)
    # The indexes below begin with event and business; integrations are not deleted in the course of things.
    # Whoever writes a share holds its event, and who removes an event removes its shares first: see `retention`.
    event = models.ForeignKey(
        WebhookEvent,
        on_delete=models.CASCADE,
        related_name="shares",
        db_index=False,
        db_constraint=False,
    )
    # Neither is ever removed, and to check them costs more than to write the share.
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
    state = models.CharField(max_length=16, choices=EventState.choices)
    items = models.JSONField(
        default=list
    )  # [{kind, word, external_id, detail, error, payload}], in the platform's order.

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["event", "integration"], name="one_share_per_event_and_integration"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["business", "-id"], name="webhook_shares_newest_first"),
            # The list of what failed: few, whatever the number of those that went well.
            models.Index(
                fields=["business", "-id"],
                condition=Q(state__in=[EventState.FAILED, EventState.RECEIVED]),
                name="webhook_shares_not_done",
            ),
        ]


class SignatureRefusal(models.Model):
    """Deliveries that were not taken because of their signature: one row for each reason, with its last case."""

    reason = models.CharField(primary_key=True, max_length=32)  # A `Reason` of platforms/meta/misfit.
    times = models.BigIntegerField(default=0)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    what = models.TextField(blank=True)  # In words, with what to do about it: for whoever runs the service.
    resolution = models.TextField(blank=True)
    path = models.CharField(max_length=200, blank=True)
    client = models.CharField(max_length=64, blank=True)
    size = models.PositiveIntegerField(default=0)


class ErasureSearch(models.Model):
    """How far the stored deliveries are searched for a person who was erased."""

    erasure = models.OneToOneField(
        "conversations.Erasure", on_delete=models.CASCADE, primary_key=True, related_name="search"
    )
    searched_until = models.BigIntegerField(default=0)  # The id of the last delivery that was looked at.
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["searched_until"], condition=Q(done_at__isnull=True), name="erasure_searches_going_on"
            ),
        ]
