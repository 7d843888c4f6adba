"""The account is chosen: it is subscribed, saved with its tokens, and set up."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import structlog
from django.db import IntegrityError, transaction

from backend.businesses import audit
from backend.businesses.audit import Action
from backend.businesses.models import Caller
from backend.connecting import steps
from backend.connecting.addresses import webhook_url
from backend.connecting.consents import note_consent
from backend.connecting.errors import (
    AccountTaken,
    DifferentAccount,
    TicketExpired,
)
from backend.connecting.grants import forget_grants, use_up
from backend.connecting.later import CLAIM_FOR, release, take_later_steps
from backend.connecting.leave import account_to_leave, let_go
from backend.connecting.models import ConnectionAttempt
from backend.connecting.rerequest import note_missing
from backend.connecting.watch import watch_anew
from backend.engine.lanes import ring
from backend.integrations import templates, vault
from backend.integrations.adapters import adapter_by
from backend.integrations.models import LIVE, SEALED_FIELDS, ChannelIntegration, IntegrationStatus
from backend.integrations.state import ERROR_COLUMNS, forget_error, note_error, save_changed
from backend.lib.clock import now
from backend.lib.ids import new_token
from backend.lib.secret import Secret
from backend.lib.storable import storable, storable_text
from backend.platforms.errors import PlatformError
from backend.platforms.port import Account, Grant
from backend.platforms.registry import PLATFORMS

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Connection:
    """What is connected, by which step, and by whom."""

    attempt: ConnectionAttempt
    grant: Grant
    account: Account
    action: Action
    by: Caller | None  # None: this service, going on by itself.


def connect_account(
    integration: ChannelIntegration, connection: Connection, *, may_replace: bool
) -> ChannelIntegration:
    """The account is subscribed, connected, and set up as far as that goes. Raises DifferentAccount, PlatformError …"""
    attempt, account = connection.attempt, connection.account
    integration.refresh_from_db()
    refuse_other_account(integration, account, may_replace=may_replace)
    former, before = account_to_leave(integration), steps.in_force(integration)
    _write_steps(attempt, account)
    try:
        with steps.take(attempt, "subscribe"):
            adapter_by(integration.platform, account.login).subscribe(account)
            _save_connected(integration, connection)
    except (PlatformError, AccountTaken) as error:
        note_refusal(integration, error)
        raise
    except TicketExpired:  # Ended by somebody else while Meta was asked.
        let_go(integration, account)
        raise
    forget_grants(integration)
    steps.inherit(attempt, before)
    steps.close(integration, but=attempt)
    if former and (former.account_id, former.login) != (account.account_id, account.login):
        let_go(integration, former)
    logger.info("connecting.connected", integration_id=str(integration.pk), platform=integration.platform)
    take_later_steps(attempt)
    release(attempt)
    integration.refresh_from_db()
    note_missing(attempt, integration)
    return integration


def refuse_other_account(integration: ChannelIntegration, account: Account, *, may_replace: bool) -> None:
    """Raises DifferentAccount where another account is connected, and is not to be replaced."""
    holds_another = integration.status in LIVE and integration.account_id != account.account_id
    if holds_another and not may_replace:
        raise DifferentAccount


def _write_steps(attempt: ConnectionAttempt, account: Account) -> None:
    """The account is chosen, which needed a grant: these steps are done, the others follow."""
    attempt.account_id = account.account_id
    still_open = ConnectionAttempt.objects.filter(pk=attempt.pk, finished_at__isnull=True)
    still_open.update(
        account_id=account.account_id
    )  # Of two choices at once, the other one may have been first.
    steps.plan(attempt)
    steps.note_done(attempt, "verify_grant", "check_account", "check_number")


def note_refusal(integration: ChannelIntegration, error: steps.Problem) -> None:
    """Keep on the row why connecting did not go on."""
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
            use_up(connection.attempt, until=now() + CLAIM_FOR)
            save_changed(integration, *CONNECTED_COLUMNS)
            watch_anew(integration)
            steps.note_done(connection.attempt, "subscribe")
            steps.open_later(connection.attempt)
            note_consent(integration, connection.grant)
            audit.note(
                integration.business_id, connection.action, integration.pk, by=connection.by, detail=detail
            )
            if "templates" in integration.features:
                templates.ask_for_sync([integration.pk])
            transaction.on_commit(partial(ring, "unrouted"))  # What came for this account meanwhile.
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
    if integration.account_id != account.account_id:
        integration.last_webhook_at = None  # It told of the former account.
    integration.account_id = account.account_id
    integration.login = account.login.value
    integration.platform_account_id = account.platform_account_id
    integration.app_scoped_id = account.app_scoped_id or None
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
    "login",
    "account_id",
    "platform_account_id",
    "app_scoped_id",
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
    "last_webhook_at",
    "reconnecting",
)
