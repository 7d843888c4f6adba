"""A token that comes to its end is renewed."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from backend.businesses import audit
from backend.businesses.audit import Action
from backend.businesses.models import Caller
from backend.connecting.errors import NoGrant
from backend.connecting.models import Watch
from backend.connecting.watch import CLAIM_FOR, set_watch
from backend.integrations import vault
from backend.integrations.adapters import adapter_for, grant_of
from backend.integrations.models import LIVE, ChannelIntegration, IntegrationStatus
from backend.integrations.state import ERROR_COLUMNS, forget_error, note_error, save_changed
from backend.lib.clock import now
from backend.lib.refusal import Refusal
from backend.platforms.errors import CredentialRejected, PlatformError
from backend.platforms.port import Grant, Login
from backend.platforms.registry import INFOS

RENEWED = "Token refreshed successfully"
FRESH = "The token is fresh and stays as it is; the platform renews it from {at:%d %B %Y, %H:%M} UTC on"

EXPIRED = 463  # Meta's subcode for a token whose time is over, while nobody took anything back.


class NothingToRefresh(Refusal):
    code = NoGrant.code
    message = "No account is connected, so there is no token to refresh."
    resolution = "Connect an account first."


class BeingRenewed(Refusal):
    code = "conflict"
    message = "The account is being looked after at this moment."
    resolution = "Look again in a moment; its token may be renewed already."


def refresh_now(integration: ChannelIntegration, *, by: Caller) -> ChannelIntegration:
    """As `refresh`, at a member's wish, and never beside the lane or another member. Raises BeingRenewed too."""
    if integration.status not in LIVE or not integration.access_token:
        raise NothingToRefresh
    Watch.objects.get_or_create(integration=integration)
    if not Watch.objects.claim(integration.pk, at=now(), until=now() + CLAIM_FOR):
        raise BeingRenewed
    try:
        integration.refresh_from_db()
        return refresh(integration, by=by)
    finally:
        Watch.objects.filter(pk=integration.pk).update(claimed_until=None)


def refresh(integration: ChannelIntegration, *, by: Caller | None = None) -> ChannelIntegration:
    """The integration with a renewed token; as it is, where the token is too young for that (`foretold`).

    Raises NothingToRefresh, PlatformError, VaultUnreadable.
    """
    if integration.status not in LIVE or not integration.access_token:
        raise NothingToRefresh
    if fresh_until(integration):
        return integration
    try:
        renewed = adapter_for(integration).renew(grant_of(integration))
    except PlatformError as error:
        if not error.retryable:  # A blip is not a finding about this account.
            note_error(
                integration,
                code=error.code,
                message=error.message,
                resolution=error.resolution,
                fatal=_ends_access(integration, error),
            )
        raise
    kept = _keep(integration, renewed, by)
    set_watch(kept)
    return kept


def _ends_access(integration: ChannelIntegration, error: PlatformError) -> bool:
    """Whether nothing can be done with this account any more. A Page's own token outlives a login that expired."""
    if not isinstance(error, CredentialRejected):
        return False
    return not (integration.page_access_token and error.words.subcode == EXPIRED)


def foretold(integration: ChannelIntegration) -> str:
    """What `refresh` is going to do with the token, for a person."""
    old_enough = fresh_until(integration)
    return FRESH.format(at=old_enough) if old_enough else RENEWED


def fresh_until(integration: ChannelIntegration) -> datetime | None:
    """Until when the platform renews this token for nobody; None: it does already, or there is no such rule.

    Of an account in error nothing is foretold: the platform is asked, and says what is wrong.
    """
    info = INFOS[integration.platform, Login(integration.login)]
    if info.fresh_above is None or integration.token_expires_at is None or not integration.is_connected:
        return None
    old_enough = integration.token_expires_at - info.fresh_above
    return old_enough if old_enough > now() else None


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
