"""Ending a connection: what was sealed is gone at once, history stays."""

from __future__ import annotations

import structlog

from backend.connecting.grants import forget_grants
from backend.integrations import vault
from backend.integrations.adapters import account_of, adapter_for
from backend.integrations.models import LIVE, SEALED_FIELDS, ChannelIntegration, IntegrationStatus
from backend.integrations.state import save_changed
from backend.platforms.errors import PlatformError
from backend.platforms.port import Account

logger = structlog.get_logger(__name__)


def disconnect(integration: ChannelIntegration) -> ChannelIntegration:
    """End it: the tokens are gone from the row at once, then Meta is told. Safe to repeat."""
    account = _account_to_leave(integration)
    for column in SEALED_FIELDS:
        setattr(integration, column, None)
    integration.status = IntegrationStatus.DISCONNECTED
    integration.webhook_subscribed = False
    integration.reconnecting = False
    integration.features = [feature for feature in integration.features if feature != "webhooks"]
    integration.token_expires_at = None
    save_changed(
        integration,
        *SEALED_FIELDS,
        "status",
        "webhook_subscribed",
        "reconnecting",
        "features",
        "token_expires_at",
    )
    forget_grants(integration)
    if account and not _is_shared(integration):
        _tell_platform(integration, account)
    return integration


def _account_to_leave(integration: ChannelIntegration) -> Account | None:
    if integration.status not in LIVE:
        return None
    try:
        return account_of(integration)
    except vault.VaultUnreadable:
        return None


def _is_shared(integration: ChannelIntegration) -> bool:
    """Whether another live integration receives through the same subscription, of the Page or of the WABA."""
    others = ChannelIntegration.objects.live().exclude(pk=integration.pk)
    if integration.platform_page_id:
        return others.filter(platform_page_id=integration.platform_page_id).exists()
    return others.filter(
        platform=integration.platform, platform_account_id=integration.platform_account_id
    ).exists()


def _tell_platform(integration: ChannelIntegration, account: Account) -> None:
    try:
        adapter_for(integration.platform).unsubscribe(account)
    except PlatformError as error:  # It must not keep the member from leaving.
        logger.warning("connecting.unsubscribe_failed", integration_id=str(integration.pk), code=error.code)
