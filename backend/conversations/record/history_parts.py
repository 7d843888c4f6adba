"""What a phone hands over is kept as it came: to read thousands of messages, nobody who writes now is kept waiting."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from functools import partial

import orjson
from django.db import transaction

from backend.conversations.models import HistoryPart
from backend.conversations.record.persons import Routed
from backend.engine.lanes import ring
from backend.engine.rows import insert_rows, row_of
from backend.lib.json_types import JSONObject
from backend.lib.storable import storable
from backend.platforms.port import HistoryTold

LANE = "imports"


def keep_parts(arrivals: Iterable[Routed]) -> None:
    """Keep the parts for the lane that files them, and ring it. No part, no statement."""
    rows = [_part(arrival, arrival.notice) for arrival in arrivals if isinstance(arrival.notice, HistoryTold)]
    if rows:
        insert_rows(HistoryPart, [row_of(row) for row in rows])
        transaction.on_commit(partial(ring, LANE))


def _part(arrival: Routed, told: HistoryTold) -> HistoryPart:
    return HistoryPart(
        integration_id=arrival.integration.pk,
        account_id=arrival.integration.account_id or "",
        contact=storable(asdict(told.contact)) if told.contact else None,
        content=_fit(told.content),
        progress=told.progress,
        failure=storable(asdict(told.failure)) if told.failure else None,
    )


def _fit(content: JSONObject) -> JSONObject:
    """Made fit for any database; looked through word by word only where there is something to be replaced."""
    try:
        is_fit = b"\\u0000" not in orjson.dumps(content)
    except TypeError:  # Half a character, a number or a depth that is none of the usual ones.
        is_fit = False
    fit: JSONObject = content if is_fit else storable(content)
    return fit
