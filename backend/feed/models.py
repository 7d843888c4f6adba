"""What changed, in order, for the frontend and other consumers."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from backend.lib.clock import now


class FeedEntry(models.Model):
    """One change of a business. Its number is the order in which a consumer reads: without gaps, as committed."""

    id = models.BigAutoField(primary_key=True)
    business = models.ForeignKey(
        "businesses.Business", on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )  # The head, which every entry is counted by, is held to it.
    number = models.BigIntegerField()  # The first of a business is 1. What was withdrawn leaves a gap.
    type = models.CharField(max_length=64)  # message.received, message.status, conversation.updated …
    data = models.JSONField(default=dict)
    at = models.DateTimeField(default=now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["business", "number"], name="one_feed_entry_per_number"),
        ]


class FeedHead(models.Model):
    """The last number that a business's feed has given away; whoever publishes holds the row until the commit."""

    business = models.OneToOneField(
        "businesses.Business", on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    last = models.BigIntegerField(default=0)
