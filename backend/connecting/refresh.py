"""A token that comes to its end is renewed."""

from __future__ import annotations

from django.db import transaction

from backend.businesses import audit
from backend.businesses.audit import Action
from backend.businesses.models import Caller
from backend.connecting.errors import NoGrant
from backend.integrations import vault
from backend.integrations.adapters import adapter_for, grant_of
from backend.integrations.models import LIVE, ChannelIntegration, IntegrationStatus
from backend.integrations.state import ERROR_COLUMNS, forget_error, note_error, save_changed
from backend.lib.refusal import Refusal
from backend.platforms.errors import CredentialRejected, PlatformError


class NothingToRefresh(Refusal):
    code = NoGrant.code
    message = "No account is connected, so there is no token to refresh."
    resolution = "Connect an account first."


def refresh(integration: ChannelIntegration, *, by: Caller | None = None) -> ChannelIntegration:
    """The integration with a renewed token. Raises NothingToRefresh, PlatformError, VaultUnreadable."""
    if integration.status not in LIVE:
        raise NothingToRefresh
    try:
        renewed = adapter_for(integration.platform).renew(grant_of(integration))
    except PlatformError as error:
        note_error(
            integration,
            code=error.code,
            message=error.message,
            resolution=error.resolution,
            fatal=isinstance(error, CredentialRejected),
        )
        raise
    vault.put(integration, "access_token", renewed.token)
    integration.token_expires_at = renewed.expires_at
    integration.permissions = list(renewed.permissions or integration.permissions)
    integration.status = IntegrationStatus.CONNECTED
    forget_error(integration)
    with transaction.atomic():
        save_changed(integration, "access_token", "token_expires_at", "permissions", "status", *ERROR_COLUMNS)
        detail = {"platform": integration.platform}
        audit.note(integration.business_id, Action.TOKEN_REFRESHED, integration.pk, by=by, detail=detail)
    return integration
