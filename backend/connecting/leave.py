"""Ending a connection: what was sealed is gone at once, history stays."""

from __future__ import annotations

from django.db import transaction

from backend.businesses import audit
from backend.businesses.audit import Action
from backend.businesses.models import Caller
from backend.connecting import farewells, steps
from backend.connecting.consents import consent_of, forget_consent
from backend.connecting.farewells import PersonsAccess
from backend.connecting.grants import CHOOSING, forget_grants
from backend.connecting.models import Farewell
from backend.connecting.pins import forget_pins
from backend.integrations import vault
from backend.integrations.adapters import account_of
from backend.integrations.models import LIVE, SEALED_FIELDS, ChannelIntegration, IntegrationStatus
from backend.integrations.state import save_changed
from backend.lib.secret import Secret
from backend.platforms.port import Account, Login

LEFT_COLUMNS = (
    "status",
    "app_scoped_id",
    "webhook_subscribed",
    "reconnecting",
    "features",
    "token_expires_at",
)


def disconnect(integration: ChannelIntegration, *, by: Caller | None = None) -> ChannelIntegration:
    """End it: the tokens are gone from the row at once, then the platform is told. Safe to repeat."""
    farewell = end(integration, by=by)
    if farewell:
        farewells.say(farewell)
    return integration


def end(integration: ChannelIntegration, *, by: Caller | None = None, keep: bool = True) -> Farewell | None:
    """Wipe what the row holds; what the platform is still to be told, None where there is nothing.

    `keep`: until the platform has heard it. Without, it can be said just now and never again.
    """
    forget_grants(integration)  # First: no attempt that is under way may connect it again behind us.
    account, access = account_to_leave(integration), _access_of(integration)
    steps.close(integration)
    forget_pins(integration)
    is_news = integration.status != IntegrationStatus.DISCONNECTED
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
        if is_news:
            detail = {"platform": integration.platform, "accountId": integration.account_id}
            audit.note(integration.business_id, Action.DISCONNECTED, integration.pk, by=by, detail=detail)
        farewell = farewells.part(integration, account, access) if account and account.token else None
        if farewell and keep:
            farewell.save(force_insert=True)
    return farewell


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
    if account.token:
        farewell = farewells.part(integration, account)
        farewell.save(force_insert=True)
        farewells.say(farewell)


def _access_of(integration: ChannelIntegration) -> PersonsAccess | None:
    """The access that a person gave in the dialog; a business's own token is not ours to end."""
    attempt, consent = steps.in_force(integration), consent_of(integration)
    if attempt is None or consent is None or attempt.flow not in CHOOSING:
        return None
    try:
        token = vault.take(integration, "access_token")
    except vault.VaultUnreadable:
        return None
    return PersonsAccess(token, consent.user_id) if token else None
