"""The end of the dialog: the ticket is redeemed, an account is chosen and connected."""

from __future__ import annotations

from dataclasses import dataclass, replace

from backend.businesses import audit
from backend.businesses.audit import Action
from backend.businesses.models import Caller
from backend.connecting.errors import (
    AccountNotReachable,
    AccountTaken,
    NotYours,
    TicketExpired,
    TicketInvalid,
)
from backend.connecting.grants import kept_grant, open_attempt
from backend.connecting.models import ConnectionAttempt
from backend.connecting.rerequest import NOTHING_MISSING, Shortfall, note_missing, offer
from backend.connecting.settle import Connection, connect_account, note_refusal
from backend.connecting.state import attempt_behind
from backend.integrations.adapters import adapter_by
from backend.integrations.models import LIVE, ChannelIntegration
from backend.lib.clock import now
from backend.platforms.port import Account, Grant, Login


@dataclass(frozen=True, slots=True)
class Finished:
    """How it ended: `connected`, or `choose` where there is more than one account to choose from."""

    outcome: str
    integration: ChannelIntegration
    shortfall: Shortfall = NOTHING_MISSING


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
    accounts = _reachable(attempt, grant)
    usable = [account for account in accounts if account.reason is None]
    if len(usable) == 1:
        connection = Connection(attempt, grant, usable[0], Action.CONNECT_FINISHED, caller)
        connected = connect_account(integration, connection, may_replace=False)
        return Finished("connected", connected, offer(attempt))
    if accounts and not usable and any(account.reason == AccountTaken.message for account in accounts):
        note_refusal(integration, AccountTaken())
        raise AccountTaken
    integration.refresh_from_db()
    note_missing(attempt, integration)
    detail = {"platform": integration.platform, "outcome": "choose"}
    audit.note(integration.business_id, Action.CONNECT_FINISHED, integration.pk, by=caller, detail=detail)
    return Finished("choose", integration, offer(attempt))


def shortfall(caller: Caller, integration: ChannelIntegration) -> Shortfall:
    """What the pending grant lacks, with the way to ask for it again. Raises NoGrant, NotYours."""
    attempt = open_attempt(integration)
    if not attempt.is_begun_by(caller):
        raise NotYours
    return offer(attempt)


def reachable_accounts(caller: Caller, integration: ChannelIntegration) -> list[Account]:
    """Every account that the pending grant reaches; unusable ones with the reason. Raises NoGrant, NotYours."""
    attempt = open_attempt(integration)
    if not attempt.is_begun_by(caller):
        raise NotYours
    return _reachable(attempt, kept_grant(attempt))


def select(
    caller: Caller, integration: ChannelIntegration, account_id: str, *, replace: bool = False
) -> ChannelIntegration:
    """Connect the chosen account. Raises AccountNotReachable, AccountTaken, DifferentAccount, PlatformError …"""
    attempt = open_attempt(integration)
    if not attempt.is_begun_by(caller):
        raise NotYours
    grant = kept_grant(attempt)
    chosen = next((a for a in _reachable(attempt, grant) if a.account_id == account_id), None)
    if chosen is None:
        raise AccountNotReachable(fields={"accountId": [AccountNotReachable.message]})
    if chosen.reason == AccountTaken.message:
        raise AccountTaken
    if chosen.reason:
        raise AccountNotReachable(chosen.reason, fields={"accountId": [chosen.reason]})
    connection = Connection(attempt, grant, chosen, Action.ACCOUNT_SELECTED, caller)
    return connect_account(integration, connection, may_replace=replace)


def _reachable(attempt: ConnectionAttempt, grant: Grant) -> list[Account]:
    adapter = adapter_by(attempt.integration.platform, Login(attempt.login))
    return mark_taken(attempt.integration, adapter.list_accounts(grant))


def mark_taken(integration: ChannelIntegration, accounts: list[Account]) -> list[Account]:
    """The accounts, with those that another business has connected marked as unusable, and the one connected here."""
    taken = set(
        ChannelIntegration.objects.live()
        .filter(platform=integration.platform, account_id__in=[account.account_id for account in accounts])
        .exclude(pk=integration.pk)
        .values_list("account_id", flat=True)
    )
    here = integration.account_id if integration.status in LIVE else None
    marked = [replace(each, connected_here=each.account_id == here) for each in accounts]
    return [
        replace(each, reason=AccountTaken.message) if each.account_id in taken else each for each in marked
    ]
