"""The end of connecting: the ticket is redeemed, an account is chosen, its webhooks begin."""

from __future__ import annotations

from dataclasses import dataclass, replace

import structlog
from django.db import IntegrityError, transaction

from backend.businesses import audit
from backend.businesses.audit import Action
from backend.businesses.models import Caller
from backend.connecting.addresses import webhook_url
from backend.connecting.consents import note_consent
from backend.connecting.errors import (
    AccountNotReachable,
    AccountTaken,
    DifferentAccount,
    NotYours,
    TicketExpired,
    TicketInvalid,
)
from backend.connecting.grants import forget_grants, kept_grant, open_attempt, use_up
from backend.connecting.leave import account_to_leave, let_go
from backend.connecting.models import ConnectionAttempt
from backend.connecting.state import attempt_behind
from backend.connecting.watch import set_watch
from backend.integrations import vault
from backend.integrations.adapters import adapter_for
from backend.integrations.models import SEALED_FIELDS, ChannelIntegration, IntegrationStatus
from backend.integrations.state import ERROR_COLUMNS, forget_error, note_error, save_changed
from backend.lib.clock import now
from backend.lib.ids import new_token
from backend.lib.refusal import Refusal
from backend.lib.secret import Secret
from backend.lib.storable import storable, storable_text
from backend.platforms.errors import PlatformError
from backend.platforms.port import Account, Grant
from backend.platforms.registry import PLATFORMS

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Finished:
    """How it ended: `connected`, or `choose` where there is more than one account to choose from."""

    outcome: str
    integration: ChannelIntegration


@dataclass(frozen=True, slots=True)
class Connection:
    """What is connected, by which step, and by whom."""

    attempt: ConnectionAttempt
    grant: Grant
    account: Account
    action: Action
    by: Caller


def finish(caller: Caller, integration: ChannelIntegration, ticket: str) -> Finished:
    """Redeem the ticket. One usable account is connected at once; of several the member has to choose.

    Raises TicketInvalid, TicketExpired, NotYours, AccountTaken, DifferentAccount, PlatformError.
    """
    attempt = attempt_behind(ticket)
    if attempt.integration_id != integration.pk:
        raise TicketInvalid
    if not attempt.is_begun_by(caller):
        raise NotYours
    if attempt.finished_at or attempt.expires_at <= now() or not attempt.grant:
        raise TicketExpired
    grant = kept_grant(attempt)
    accounts = _reachable(integration, grant)
    usable = [account for account in accounts if account.reason is None]
    if len(usable) == 1:
        connection = Connection(attempt, grant, usable[0], Action.CONNECT_FINISHED, caller)
        return Finished("connected", _connect(integration, connection, may_replace=False))
    if accounts and not usable and any(account.reason == AccountTaken.message for account in accounts):
        _note_refusal(integration, AccountTaken())
        raise AccountTaken
    integration.refresh_from_db()
    detail = {"platform": integration.platform, "outcome": "choose"}
    audit.note(integration.business_id, Action.CONNECT_FINISHED, integration.pk, by=caller, detail=detail)
    return Finished("choose", integration)


def reachable_accounts(caller: Caller, integration: ChannelIntegration) -> list[Account]:
    """Every account that the pending grant reaches; unusable ones with the reason. Raises NoGrant, NotYours."""
    attempt = open_attempt(integration)
    if not attempt.is_begun_by(caller):
        raise NotYours
    return _reachable(integration, kept_grant(attempt))


def select(
    caller: Caller, integration: ChannelIntegration, account_id: str, *, replace: bool = False
) -> ChannelIntegration:
    """Connect the chosen account. Raises AccountNotReachable, AccountTaken, DifferentAccount, PlatformError …"""
    attempt = open_attempt(integration)
    if not attempt.is_begun_by(caller):
        raise NotYours
    grant = kept_grant(attempt)
    chosen = next((a for a in _reachable(integration, grant) if a.account_id == account_id), None)
    if chosen is None:
        raise AccountNotReachable(fields={"accountId": [AccountNotReachable.message]})
    if chosen.reason == AccountTaken.message:
        raise AccountTaken
    if chosen.reason:
        raise AccountNotReachable(chosen.reason, fields={"accountId": [chosen.reason]})
    connection = Connection(attempt, grant, chosen, Action.ACCOUNT_SELECTED, caller)
    return _connect(integration, connection, may_replace=replace)


def _reachable(integration: ChannelIntegration, grant: Grant) -> list[Account]:
    accounts = adapter_for(integration.platform).list_accounts(grant)
    taken = set(
        ChannelIntegration.objects.live()
        .filter(platform=integration.platform, account_id__in=[account.account_id for account in accounts])
        .exclude(pk=integration.pk)
        .values_list("account_id", flat=True)
    )
    return [
        replace(account, reason=AccountTaken.message) if account.account_id in taken else account
        for account in accounts
    ]


def _connect(
    integration: ChannelIntegration, connection: Connection, *, may_replace: bool
) -> ChannelIntegration:
    account = connection.account
    integration.refresh_from_db()
    former = account_to_leave(integration)
    replaces = former is not None and former.account_id != account.account_id
    if replaces and not may_replace:
        raise DifferentAccount
    try:
        adapter_for(integration.platform).subscribe(account)
        _save_connected(integration, connection)
    except (PlatformError, AccountTaken) as error:
        _note_refusal(integration, error)
        raise
    except TicketExpired:  # Ended by somebody else while Meta was asked.
        let_go(integration, account)
        raise
    forget_grants(integration)
    if former and replaces:
        let_go(integration, former)
    logger.info("connecting.connected", integration_id=str(integration.pk), platform=integration.platform)
    return integration


def _note_refusal(integration: ChannelIntegration, error: PlatformError | Refusal) -> None:
    integration.refresh_from_db()
    note_error(integration, code=error.code, message=error.message, resolution=error.resolution)


def _save_connected(integration: ChannelIntegration, connection: Connection) -> None:
    _fill(integration, connection.grant, connection.account)
    detail = {
        "platform": integration.platform,
        "outcome": "connected",
        "accountId": integration.account_id,
        "accountName": integration.platform_account_name,
    }
    try:
        with transaction.atomic():
            use_up(connection.attempt)
            save_changed(integration, *CONNECTED_COLUMNS)
            set_watch(integration)
            note_consent(integration, connection.grant)
            audit.note(
                integration.business_id, connection.action, integration.pk, by=connection.by, detail=detail
            )
    except IntegrityError:
        raise AccountTaken from None


def _fill(integration: ChannelIntegration, grant: Grant, account: Account) -> None:
    info = PLATFORMS[integration.platform]
    vault.put(integration, "access_token", grant.token)
    vault.put(integration, "refresh_token", None)
    vault.put(integration, "page_access_token", account.page_token)
    if integration.webhook_secret is None:
        vault.put(integration, "webhook_secret", Secret(new_token()))
    integration.token_expires_at = grant.expires_at
    integration.account_id = account.account_id
    integration.platform_account_id = account.platform_account_id
    integration.platform_account_name = storable_text(account.platform_account_name or account.name, 255)
    integration.platform_page_id = account.page_id or None
    integration.platform_page_name = storable_text(account.page_name, 255) or None
    integration.metadata = storable(account.metadata)
    integration.permissions = list(grant.permissions)
    integration.features = list(info.features)
    integration.webhook_url = webhook_url(integration)
    integration.webhook_subscribed = True
    integration.status = IntegrationStatus.CONNECTED
    integration.connected_at = now()
    integration.reconnecting = False
    forget_error(integration)


CONNECTED_COLUMNS = (
    *SEALED_FIELDS,
    *ERROR_COLUMNS,
    "token_expires_at",
    "account_id",
    "platform_account_id",
    "platform_account_name",
    "platform_page_id",
    "platform_page_name",
    "metadata",
    "permissions",
    "features",
    "webhook_url",
    "webhook_subscribed",
    "status",
    "connected_at",
    "reconnecting",
)
