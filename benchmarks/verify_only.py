"""The least that a door can do: it verifies, and stores nothing. Run by itself, in our server with all its limits."""

from __future__ import annotations

import hashlib
import hmac
import os
import sys
from typing import Any

from backend.config.server import make_server

SECRET = os.environ["APP_SECRET"].encode()
HEADERS = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"2")]


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        for _ in range(2):
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
        return
    chunks = []
    while True:
        message = await receive()
        chunks.append(message.get("body", b""))
        if not message.get("more_body"):
            break
    expected = b"sha256=" + hmac.digest(SECRET, b"".join(chunks), hashlib.sha256).hex().encode()
    given = dict(scope["headers"]).get(b"x-hub-signature-256", b"")
    status = 200 if hmac.compare_digest(expected, given) else 403
    await send({"type": "http.response.start", "status": status, "headers": HEADERS})
    await send({"type": "http.response.body", "body": b"ok"})


if __name__ == "__main__":
    make_server(application, host="127.0.0.1", port=int(sys.argv[1])).run()
