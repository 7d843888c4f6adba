"""How an integration stands, in one word, and what stands behind it."""

from __future__ import annotations

from collections.abc import Sequence

from backend.integrations import vault
from backend.integrations.models import ChannelIntegration, IntegrationStatus
from backend.lib.json_types import JSONObject

HEALTH_BY_STATUS = {
    IntegrationStatus.CONNECTED: "ok",
    IntegrationStatus.ERROR: "reconnect",
    IntegrationStatus.DISCONNECTED: "disconnected",
    IntegrationStatus.PENDING: "disconnected",
}


def health_of(integration: ChannelIntegration, unreadable: set[str]) -> str:
    """One word for the settings page."""
    health = HEALTH_BY_STATUS[IntegrationStatus(integration.status)]
    if health == "ok" and not vault.is_readable(integration, unreadable):
        return "reconnect"
    return "degraded" if health == "ok" and integration.last_error else health


def untold_error(integration: ChannelIntegration, checks: Sequence[JSONObject]) -> list[JSONObject]:
    """What went wrong last, as a check of its own, where none of these failed for it."""
    error, code = integration.last_error, integration.last_error_code
    failed = [check for check in checks if not check["ok"]]
    if not error or any(code == check["code"] or error in check["message"] for check in failed):
        return []
    return [
        {
            "code": code,
            "ok": False,
            "message": error,
            "resolution": integration.last_error_resolution,
            "at": integration.last_error_at,
        }
    ]
