"""Signed requests, as Meta makes them, and the people behind them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import datetime, timedelta
from typing import Any

from backend.connecting.models import Consent
from backend.integrations.models import ChannelIntegration
from backend.lib.clock import now

PERSON = "122000000000001"  # As the fake Meta of these tests calls who logs in.


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def asks(secret: str, user_id: Any = PERSON, *, at: datetime | None = None, **more: Any) -> str:
    """The signed request of this person, now or at some time."""
    issued_at = int((at or now()).timestamp())
    said = {"algorithm": "HMAC-SHA256", "issued_at": issued_at, "user_id": user_id, **more}
    payload = encoded(json.dumps(said).encode())
    signature = hmac.digest(secret.encode(), payload.encode(), hashlib.sha256)
    return f"{encoded(signature)}.{payload}"


def consented(integration: ChannelIntegration, user_id: str = PERSON, *, ago: int = 60) -> ChannelIntegration:
    """As it is a while after this person connected it."""
    Consent.objects.create(
        integration=integration, user_id=user_id, granted_at=now() - timedelta(minutes=ago)
    )
    return integration
