"""What changed, in order, for the frontend and other consumers."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from backend.lib.clock import now


class FeedEntry(models.Model):
    """One change of a business. The id is the order in which a consumer reads."""

    id = models.BigAutoField(primary_key=True)
    business = models.ForeignKey("businesses.Business", on_delete=models.CASCADE, related_name="+")
    type = models.CharField(max_length=64)  # message.received, message.status, conversation.updated …
    data = models.JSONField(default=dict)
    at = models.DateTimeField(default=now)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["business", "id"], name="feed_by_business")]
