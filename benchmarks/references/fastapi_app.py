"""An async handler that inserts one row a request: FastAPI and asyncpg."""

import hashlib
import hmac
import os
from contextlib import asynccontextmanager

import asyncpg
from fastapi import FastAPI, Request, Response

SECRET = os.environ["APP_SECRET"].encode()


@asynccontextmanager
async def lifespan(app):
    app.state.pool = await asyncpg.create_pool(os.environ["REFERENCE_DATABASE_URL"], min_size=12, max_size=12)
    yield
    await app.state.pool.close()


app = FastAPI(lifespan=lifespan)


@app.post("/hook")
async def hook(request: Request) -> Response:
    body = await request.body()
    expected = "sha256=" + hmac.new(SECRET, body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, request.headers.get("x-hub-signature-256", "")):
        return Response(status_code=403)
    await app.state.pool.execute("INSERT INTO deliveries (received_at, body) VALUES (now(), $1)", body)
    return Response("ok")
