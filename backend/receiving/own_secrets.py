"""The secret of an integration's own webhook path."""

from __future__ import annotations

from uuid import UUID

from django.db import close_old_connections

from backend.integrations import vault
from backend.integrations.models import ChannelIntegration
from backend.lib.secret import Secret


def integration_exists(platform: str, integration_id: UUID) -> bool:
    """Whether this path belongs to an integration of ours."""
    close_old_connections()
    return ChannelIntegration.objects.filter(pk=integration_id, platform=platform).exists()


def own_verify_token(integration_id: UUID) -> Secret | None:
    """The integration's webhook secret; None where it keeps none, or the keys do not open it."""
    close_old_connections()
    integration = ChannelIntegration.objects.filter(pk=integration_id).first()
    try:
        return vault.take(integration, "webhook_secret") if integration else None
    except vault.VaultUnreadable:
        return None
