"""The only writer of the feed. It appends inside the caller's transaction: no change without its entry."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from backend.engine.numbering import Numbering, insert_numbered
from backend.engine.rows import Row
from backend.engine.trimming import trim
from backend.feed.models import FeedEntry, FeedHead
from backend.lib.clock import now
from backend.lib.json_types import JSONObject

BY_BUSINESS = Numbering(FeedHead, "business_id", "last")


class Change(NamedTuple):
    """Something a consumer of the business wants to hear of."""

    business_id: str
    type: str
    data: JSONObject


def publish(changes: Iterable[Change]) -> None:
    """Append the changes in their order. Call it late in the transaction that makes them true.

    Until it ends, nobody else publishes for these businesses: who has read a number has missed none before it.
    """
    present = now()
    rows: list[Row] = [
        {"business_id": each.business_id, "type": each.type, "data": each.data, "at": present}
        for each in changes
    ]
    insert_numbered(FeedEntry, rows, "number", BY_BUSINESS)


def withdraw(business_id: str, key: str, value: str) -> None:
    """Take back every entry of the business whose data names this, for instance an erased conversation."""
    FeedEntry.objects.filter(business_id=business_id, **{f"data__{key}": value}).delete()


def forget(*, before: datetime) -> bool:
    """Remove a batch of the entries from before that time; whether there may be more."""
    return trim(FeedEntry.objects.all(), "at", before)
