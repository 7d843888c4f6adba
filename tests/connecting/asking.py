"""Signed requests, as Meta makes them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import datetime
from typing import Any

from backend.lib.clock import now


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def asks(secret: str, user_id: Any = "122000000000001", *, at: datetime | None = None, **more: Any) -> str:
    """The signed request of this person, now or at some time."""
    issued_at = int((at or now()).timestamp())
    said = {"algorithm": "HMAC-SHA256", "issued_at": issued_at, "user_id": user_id, **more}
    payload = encoded(json.dumps(said).encode())
    signature = hmac.digest(secret.encode(), payload.encode(), hashlib.sha256)
    return f"{encoded(signature)}.{payload}"
