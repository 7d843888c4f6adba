"""What a webhook event says, in the words of the house."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import structlog

from backend.integrations.adapters import adapter_by
from backend.lib.json_types import JSON
from backend.platforms import registry
from backend.platforms.port import AnyNotice, Login, Unrecognised
from backend.receiving.models import WebhookEvent

logger = structlog.get_logger(__name__)


@dataclass(slots=True)
class Reading:
    """One event while it is processed."""

    event: WebhookEvent
    platform: str | None = None
    payload: JSON = None
    notices: list[AnyNotice] = field(default_factory=list)
    error: str = ""  # Our reading raised: nothing of it could be recorded.
    unrouted: int = 0


def read(event: WebhookEvent) -> Reading:
    """What the event says. A body that cannot be read is one unrecognised notice, not a failure."""
    reading = Reading(event)
    try:
        payload = reading.payload = json.loads(bytes(event.body))
    except (ValueError, RecursionError):
        reading.notices = [Unrecognised(kind="envelope", detail="The body is not JSON.")]
        return reading
    try:
        reading.platform = registry.platform_of(payload)
        reading.notices = _notices(reading.platform, payload)
    except Exception as error:  # A fault of ours: kept, visible, and tried again after an upgrade.
        logger.exception("inbox.reading_failed", event_id=event.pk)
        reading.error = f"{type(error).__name__} while reading"
    return reading


def _notices(platform: str | None, payload: object) -> list[AnyNotice]:
    if platform is None:
        return [Unrecognised(kind="envelope", detail="It is of no platform that we know.", raw=payload)]
    # A delivery reads the same, whichever way its account was connected.
    return adapter_by(platform, Login.FACEBOOK).parse(payload)
