"""The only writer of the feed. It appends inside the caller's transaction: no change without its entry."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from backend.engine.rows import Row, count_up, insert_rows
from backend.engine.trimming import trim
from backend.feed.models import FeedEntry, FeedHead
from backend.lib.clock import now
from backend.lib.json_types import JSONObject


class Change(NamedTuple):
    """Something a consumer of the business wants to hear of."""

    business_id: str
    type: str
    data: JSONObject


def publish(changes: Iterable[Change]) -> None:
    """Append the changes in their order. Call it late in the transaction that makes them true.

    Until it ends, nobody else publishes for these businesses: who has read a number has missed none before it.
    """
    told = list(changes)
    if not told:
        return
    last = count_up(FeedHead, "business_id", "last", Counter(each.business_id for each in told))
    present = now()
    rows: list[Row] = []
    for each in reversed(told):
        number = last[each.business_id]
        last[each.business_id] = number - 1
        rows.append(
            {
                "business_id": each.business_id,
                "number": number,
                "type": each.type,
                "data": each.data,
                "at": present,
            }
        )
    insert_rows(FeedEntry, rows[::-1])


def withdraw(business_id: str, key: str, value: str) -> None:
    """Take back every entry of the business whose data names this, for instance an erased conversation."""
    FeedEntry.objects.filter(business_id=business_id, **{f"data__{key}": value}).delete()


def forget(*, before: datetime) -> bool:
    """Remove a batch of the entries from before that time; whether there may be more."""
    return trim(FeedEntry.objects.all(), "at", before)
