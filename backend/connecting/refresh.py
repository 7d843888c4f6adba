"""A token that comes to its end is renewed."""

from __future__ import annotations

from django.db import transaction

from backend.businesses import audit
from backend.businesses.audit import Action
from backend.businesses.models import Caller
from backend.connecting.errors import NoGrant
from backend.connecting.watch import set_watch
from backend.integrations import vault
from backend.integrations.adapters import adapter_for, grant_of
from backend.integrations.models import LIVE, ChannelIntegration, IntegrationStatus
from backend.integrations.state import ERROR_COLUMNS, forget_error, note_error, save_changed
from backend.lib.refusal import Refusal
from backend.platforms.errors import CredentialRejected, PlatformError
from backend.platforms.port import Grant


class NothingToRefresh(Refusal):
    code = NoGrant.code
    message = "No account is connected, so there is no token to refresh."
    resolution = "Connect an account first."


def refresh(integration: ChannelIntegration, *, by: Caller | None = None) -> ChannelIntegration:
    """The integration with a renewed token. Raises NothingToRefresh, PlatformError, VaultUnreadable."""
    if integration.status not in LIVE or not integration.access_token:
        raise NothingToRefresh
    try:
        renewed = adapter_for(integration.platform).renew(grant_of(integration))
    except PlatformError as error:
        if not error.retryable:  # A blip is not a finding about this account.
            note_error(
                integration,
                code=error.code,
                message=error.message,
                resolution=error.resolution,
                fatal=isinstance(error, CredentialRejected),
            )
        raise
    kept = _keep(integration, renewed, by)
    set_watch(kept)
    return kept


def _keep(integration: ChannelIntegration, renewed: Grant, by: Caller | None) -> ChannelIntegration:
    """Save the renewed token, unless the row has another one, or none, since we read it."""
    with transaction.atomic():
        current = ChannelIntegration.objects.select_for_update(no_key=True).get(pk=integration.pk)
        if current.status not in LIVE:
            raise NothingToRefresh  # It was disconnected meanwhile; what was wiped stays so.
        if current.access_token != integration.access_token:
            return current  # Renewed or connected anew by somebody else, who was first.
        vault.put(current, "access_token", renewed.token)
        current.token_expires_at = renewed.expires_at
        current.permissions = list(renewed.permissions or current.permissions)
        current.status = IntegrationStatus.CONNECTED
        forget_error(current)
        save_changed(current, "access_token", "token_expires_at", "permissions", "status", *ERROR_COLUMNS)
        detail = {"platform": current.platform}
        audit.note(current.business_id, Action.TOKEN_REFRESHED, current.pk, by=by, detail=detail)
    return current
