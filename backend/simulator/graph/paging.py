from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from backend.simulator.graph.call import Call
from backend.simulator.graph.fields import FIRST_ROWS

Json = dict[str, Any]
Row = TypeVar("Row")

MOST_ROWS = 100


def paged(call: Call, rows: Sequence[tuple[str, Row]], describe: Callable[[Row], Json]) -> Json:
    """The page of the rows that the call asks for, with Meta's cursors; an empty list has no paging."""
    keys = [key for key, _ in rows]
    limit = min(max(1, call.number("limit", FIRST_ROWS)), MOST_ROWS)
    after, before = call.text("after"), call.text("before")
    start = keys.index(after) + 1 if after in keys else 0
    if before in keys and not after:
        start = max(0, keys.index(before) - limit)
    shown = rows[start : start + limit]
    if not shown:
        return {"data": []}
    first, last = shown[0][0], shown[-1][0]
    paging: Json = {"cursors": {"before": first, "after": last}}
    if start + limit < len(rows):
        paging["next"] = address(call, limit, after=last)
    if start:
        paging["previous"] = address(call, limit, before=first)
    return {"data": [describe(row) for _, row in shown], "paging": paging}


def address(call: Call, limit: int, *, path: list[str] | None = None, **changes: str) -> str:
    """Where the next rows are; like Meta's own addresses it holds the token."""
    left_out = ("after", "before", "limit", "access_token")
    asked = {name: call.text(name) for name in call.params if name not in left_out}
    query = {**asked, "access_token": call.access_token, "limit": limit, **changes}
    place = f"{call.host}/{call.sim.config.graph_version}/{'/'.join(path or call.path)}"
    return f"{call.base_url}{place}?{urlencode(query)}"
