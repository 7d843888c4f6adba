from typing import Any
from urllib.parse import urlencode

from backend.simulator.graph.call import Call

Json = dict[str, Any]


def paged(call: Call, rows: list[tuple[str, Json]]) -> Json:
    """One page of the rows with Meta's cursors; an empty list has no paging."""
    after = call.text("after")
    keys = [key for key, _ in rows]
    start = keys.index(after) + 1 if after in keys else 0
    limit = max(1, call.number("limit", 25))
    shown = rows[start : start + limit]
    if not shown:
        return {"data": []}
    paging: Json = {"cursors": {"before": shown[0][0], "after": shown[-1][0]}}
    if start + limit < len(rows):
        query = {**{name: call.text(name) for name in call.params}, "access_token": call.access_token}
        version = call.sim.config.graph_version
        path = f"/{version}/{'/'.join(call.path)}"
        paging["next"] = (
            f"{call.base_url}{path}?{urlencode({**query, 'limit': limit, 'after': shown[-1][0]})}"
        )
    return {"data": [row for _, row in shown], "paging": paging}
