"""Ending a connection: what was sealed is gone at once, history stays."""

from __future__ import annotations

import structlog
from django.db import transaction

from backend.businesses import audit
from backend.businesses.audit import Action
from backend.businesses.models import Caller
from backend.connecting import steps
from backend.connecting.consents import forget_consent
from backend.connecting.grants import forget_grants
from backend.connecting.pins import forget_pins
from backend.integrations import vault
from backend.integrations.adapters import account_of, adapter_by
from backend.integrations.models import LIVE, SEALED_FIELDS, ChannelIntegration, IntegrationStatus
from backend.integrations.state import save_changed
from backend.lib.secret import Secret
from backend.platforms.errors import PlatformError
from backend.platforms.port import Account, Login

LEFT_COLUMNS = (
    "status",
    "app_scoped_id",
    "webhook_subscribed",
    "reconnecting",
    "features",
    "token_expires_at",
)

logger = structlog.get_logger(__name__)


def disconnect(integration: ChannelIntegration, *, by: Caller | None = None) -> ChannelIntegration:
    """End it: the tokens are gone from the row at once, then Meta is told. Safe to repeat."""
    account = end(integration, by=by)
    if account:
        let_go(integration, account)
    return integration


def end(integration: ChannelIntegration, *, by: Caller | None = None) -> Account | None:
    """Wipe what the row holds; the account that the platform is still to be told of, None where there is none."""
    forget_grants(integration)  # First: no attempt that is under way may connect it again behind us.
    steps.close(integration)
    forget_pins(integration)
    account = account_to_leave(integration)
    for column in SEALED_FIELDS:
        setattr(integration, column, None)
    integration.status = IntegrationStatus.DISCONNECTED
    # The id of whoever logged in: it is kept as long as the access lasts.
    integration.app_scoped_id = None
    integration.webhook_subscribed = False
    integration.reconnecting = False
    integration.features = [feature for feature in integration.features if feature != "webhooks"]
    integration.token_expires_at = None
    with transaction.atomic():
        save_changed(integration, *SEALED_FIELDS, *LEFT_COLUMNS)
        forget_consent(integration)
        detail = {"platform": integration.platform, "accountId": integration.account_id}
        audit.note(integration.business_id, Action.DISCONNECTED, integration.pk, by=by, detail=detail)
    return account


def account_to_leave(integration: ChannelIntegration) -> Account | None:
    """The account that the row holds now, with its token; None where it holds none."""
    if integration.status not in LIVE:
        return None
    try:
        return account_of(integration)
    except vault.VaultUnreadable:  # It is left all the same; the platform cannot be told.
        return Account(
            account_id=integration.account_id or "",
            name="",
            token=Secret(""),
            platform_account_id="",
            login=Login(integration.login),
        )


def let_go(integration: ChannelIntegration, account: Account) -> None:
    """Tell the platform that this account is ours no more; webhooks that another integration still needs stay."""
    if not account.token:
        return
    try:
        adapter = adapter_by(integration.platform, account.login)
        adapter.unsubscribe(account, shared=_is_shared(integration, account))
    except PlatformError as error:  # It must not keep the member from leaving.
        logger.warning("connecting.unsubscribe_failed", integration_id=str(integration.pk), code=error.code)


def _is_shared(integration: ChannelIntegration, account: Account) -> bool:
    """Whether a live integration receives through the same subscription, of the Page or of the WABA."""
    live = ChannelIntegration.objects.live()
    if account.page_id:
        return live.filter(platform_page_id=account.page_id).exists()
    return live.filter(
        platform=integration.platform,
        login=account.login,
        platform_account_id=account.platform_account_id,
    ).exists()
