"""Several calls in one request, each answered as if it had come alone."""

import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from backend.simulator import ids
from backend.simulator.graph.call import Call, gather, path_of
from backend.simulator.graph.errors import GraphError, bad_parameter

Json = dict[str, Any]

MOST_CALLS = 50


async def answer_batch(call: Call, answer: Callable[[Call], Awaitable[Any]]) -> list[Json]:
    """The answers in the order of the calls; one that is refused spoils none of the others."""
    parts = call.json("batch")
    if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
        raise bad_parameter("Param batch must be an array of objects")
    if len(parts) > MOST_CALLS:
        raise bad_parameter(f"Too many requests in batch message. Maximum batch size is {MOST_CALLS}")
    return [await answer_part(part_of(call, part), answer) for part in parts]


def part_of(call: Call, part: Json) -> Call:
    """The call that this part stands for; without a token of its own it has that of the whole."""
    place = urlsplit(str(part.get("relative_url") or ""))
    body = part.get("body")
    form = body if isinstance(body, dict) else gather(parse_qsl(str(body or ""), keep_blank_values=True))
    params = {**gather(parse_qsl(place.query, keep_blank_values=True)), **form}
    shared = {"appsecret_proof": call.text("appsecret_proof")} if "access_token" not in params else {}
    return Call(
        sim=call.sim,
        method=str(part.get("method") or "GET").upper(),
        path=path_of(place.path),
        base_url=call.base_url,
        params={**shared, **params},
        access_token=str(params.get("access_token") or call.access_token),
        host=call.host,
    )


async def answer_part(call: Call, answer: Callable[[Call], Awaitable[Any]]) -> Json:
    try:
        body, code = await answer(call), 200
    except GraphError as error:
        body, code = error.envelope(ids.trace_id()), error.status
    headers = [{"name": "Content-Type", "value": "application/json; charset=UTF-8"}]
    return {"code": code, "headers": headers, "body": json.dumps(body)}
