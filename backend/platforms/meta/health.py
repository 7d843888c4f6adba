"""What works and what does not for one account: each thing looked at is one check; none is an exception."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from backend.platforms.errors import CredentialRejected, Refused
from backend.platforms.meta.graph import Graph
from backend.platforms.meta.oauth import TokenInfo, debug
from backend.platforms.meta.rules import rule_for
from backend.platforms.port import Account, AccountHealth, App, Check, Grant

RECONNECT = CredentialRejected.default_resolution
RESUBSCRIBE = "Reconnect the account, which subscribes it again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """How one platform answers what every platform is asked."""

    required_permissions: Iterable[str]
    subscribed_app_ids: Callable[[], set[str]]
    account_name: Callable[[], str]


def inspect_account(graph: Graph, app: App, account: Account, grant: Grant, ask: Questions) -> AccountHealth:
    """Every check of an account. Raises only where Meta cannot answer at all."""
    login = debug(graph, app, grant.token)
    own = login if account.token == grant.token else debug(graph, app, account.token)
    token_valid = _check_token("token_valid", own, "Meta accepts the token of this account.")
    permissions = _check_permissions(ask.required_permissions, login)
    subscribed = _check_subscription(app, ask.subscribed_app_ids)
    name, reachable = _check_reach(ask.account_name)
    checks = [token_valid, permissions, subscribed, reachable]
    if own is not login:
        # A Page's token outlives the login that it came from; a dead login stops renewals and lists, not messages.
        checks.insert(1, _check_token("login_valid", login, "Meta accepts the login behind this account."))
    return AccountHealth(
        checks=tuple(checks),
        account_name=name or account.platform_account_name or account.name,
        token_valid=token_valid.ok,
        webhook_active=subscribed.ok,
        expires_at=login.expires_at,
        permissions=login.scopes,
    )


def _check_token(code: str, info: TokenInfo, well: str) -> Check:
    if info.is_valid:
        return Check(code=code, ok=True, message=well)
    rule = rule_for(info.words.code, info.words.subcode)
    message = rule.message if rule else "Meta no longer accepts the token of this account."
    return Check(code=code, ok=False, message=message, resolution=(rule and rule.resolution) or RECONNECT)


def _check_permissions(required: Iterable[str], login: TokenInfo) -> Check:
    missing = [name for name in required if name not in login.scopes]
    if not missing:
        return Check(
            code="permissions_granted", ok=True, message="Every permission that is needed is granted."
        )
    return Check(
        code="permissions_granted",
        ok=False,
        message=f"Permissions are missing: {', '.join(missing)}.",
        resolution="Connect the account again and allow every permission that is asked for.",
    )


def _check_subscription(app: App, subscribed_app_ids: Callable[[], set[str]]) -> Check:
    code = "webhook_subscribed"
    try:
        is_subscribed = app.app_id in subscribed_app_ids()
    except Refused as error:
        return Check(code=code, ok=False, message=error.message, resolution=error.resolution)
    if is_subscribed:
        return Check(code=code, ok=True, message="New messages of this account are sent to this service.")
    return Check(
        code=code,
        ok=False,
        message="New messages of this account are not sent to this service.",
        resolution=RESUBSCRIBE,
    )


def _check_reach(account_name: Callable[[], str]) -> tuple[str, Check]:
    try:
        name = account_name()
    except Refused as error:
        return "", Check(
            code="account_reachable", ok=False, message=error.message, resolution=error.resolution
        )
    return name, Check(code="account_reachable", ok=True, message="The account can be read at Meta.")
