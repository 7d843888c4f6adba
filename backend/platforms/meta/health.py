"""What works and what does not for one account: each thing looked at is one check; none is an exception.

The looks do not depend on each other: they leave together, and each finding stands alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial

from backend.lib.secret import Secret
from backend.platforms.errors import CredentialRejected, PlatformError, Unavailable
from backend.platforms.meta.app_webhook import ADDRESS, look_at_app_webhook
from backend.platforms.meta.finding import Finding, Look, refused, well, wrong
from backend.platforms.meta.graph import Graph
from backend.platforms.meta.oauth import TokenInfo, debug
from backend.platforms.meta.rules import rule_for
from backend.platforms.meta.together import all_of
from backend.platforms.port import Account, AccountHealth, App, Check, Grant

RECONNECT = CredentialRejected.default_resolution or ""
ALLOW_ALL = "Connect the account again and allow every permission that is asked for."
RESUBSCRIBE = "Reconnect the account, which subscribes it again."
TAKEN = "Meta accepts the token of this account."
LOGIN_TAKEN = "Meta accepts the login behind this account."
# Should Meta not want to tell what a token is: that says nothing of the token.
TOKEN_UNKNOWN = "token_known"  # noqa: S105 - the name of a check.
REACHED = "account_reachable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """What one platform is asked besides what every platform is asked."""

    kind: str  # Meta's word for the kind of account, in the webhooks of the app.
    needed_permissions: Iterable[str]
    looks: tuple[Look, ...]


def inspect_account(graph: Graph, app: App, account: Account, grant: Grant, ask: Questions) -> AccountHealth:
    """Every check of an account. Raises Unavailable only where Meta answered nothing at all."""
    looks = (
        *_token_looks(graph, app, account, grant, ask.needed_permissions),
        *ask.looks,
        Look(ADDRESS, partial(look_at_app_webhook, graph, app, ask.kind, account)),
    )
    found = all_of([look.find for look in looks])
    checks = {check.code: check for finding in reversed(found) for check in reversed(finding.checks)}
    if not any(check.seen for check in checks.values()):
        raise Unavailable(found[0].checks[0].message)
    return _health(account, found, tuple(reversed(checks.values())))


def _health(account: Account, found: list[Finding], checks: tuple[Check, ...]) -> AccountHealth:
    login = next((finding.login for finding in found if finding.login), None)
    name = next((finding.account_name for finding in found if finding.account_name), "")
    well_known = {check.code for check in checks if check.ok}
    return AccountHealth(
        checks=checks,
        account_name=name or account.platform_account_name or account.name,
        # A token that nobody can tell about, and that reads the account, is a good one.
        token_valid=bool(well_known & {"token_valid"} or (REACHED in well_known and not _told(checks))),
        webhook_active="webhook_subscribed" in well_known,
        login_seen=login is not None,
        expires_at=login.expires_at if login else None,
        data_access_ends_at=login.data_access_ends_at if login else None,
        permissions=login.scopes if login else (),
        newest_at=next((finding.newest_at for finding in found if finding.newest_at), None),
    )


def _told(checks: Iterable[Check]) -> bool:
    """Whether Meta said how good the account's own token is."""
    return any(check.code == "token_valid" and check.seen for check in checks)


def _token_looks(
    graph: Graph, app: App, account: Account, grant: Grant, needed: Iterable[str]
) -> tuple[Look, ...]:
    def look_at_login(code: str, well_said: str) -> Finding:
        found = look_at_token(graph, app, grant.token, code, well_said)
        if found.login is None or not found.login.is_valid:
            return found
        return replace(found, checks=(*found.checks, _check_permissions(needed, found.login)))

    def look_at_own() -> Finding:
        found = look_at_token(graph, app, account.token, "token_valid", TAKEN)
        return replace(found, login=None)

    if account.token == grant.token:
        return (Look("token_valid", partial(look_at_login, "token_valid", TAKEN)),)
    # A Page's token outlives the login that it came from; a dead login stops renewals and lists, not messages.
    login = Look("login_valid", partial(look_at_login, "login_valid", LOGIN_TAKEN))
    return (Look("token_valid", look_at_own), login)


def look_at_token(graph: Graph, app: App, token: Secret, code: str, well_said: str) -> Finding:
    """Whether Meta takes the token. Should it not want to tell, that says nothing of the token."""
    try:
        info = debug(graph, app, token)
    except Unavailable:
        raise
    except PlatformError as error:
        return Finding(checks=(refused(TOKEN_UNKNOWN, error),))
    return Finding(checks=(check_token(code, info, well_said),), login=info)


def check_token(code: str, info: TokenInfo, well_said: str) -> Check:
    """Whether Meta takes the token, and if not, why."""
    if info.is_valid:
        return well(code, well_said)
    rule = rule_for(info.words.code, info.words.subcode)
    if rule and issubclass(rule.error, Unavailable):  # Meta could not tell, in the words of an answer.
        return Check(code=code, ok=False, message=rule.message, resolution=rule.resolution, seen=False)
    message = rule.message if rule else "Meta no longer accepts the token of this account."
    return wrong(code, message, (rule and rule.resolution) or RECONNECT)


def _check_permissions(needed: Iterable[str], login: TokenInfo) -> Check:
    missing = [name for name in needed if name not in login.scopes]
    if missing:
        return wrong("permissions_granted", f"Permissions are missing: {', '.join(missing)}.", ALLOW_ALL)
    return well("permissions_granted", "Every permission that is needed is granted.")


def check_subscribed(app: App, subscriptions: dict[str, list[str]], fields: Iterable[str] = ()) -> Finding:
    """Whether the account sends its webhooks to this app, and every field of them that is wanted."""
    taken = subscriptions.get(app.app_id)
    if taken is None:
        said = "New messages of this account are not sent to this service."
        return Finding(checks=(wrong("webhook_subscribed", said, RESUBSCRIBE),))
    subscribed = well("webhook_subscribed", "New messages of this account are sent to this service.")
    missing = [name for name in fields if taken and name not in taken]
    if not taken:
        return Finding(checks=(subscribed,))
    if missing:
        said = f"The account's webhooks lack the fields: {', '.join(missing)}."
        return Finding(checks=(subscribed, wrong("webhook_fields", said, RESUBSCRIBE)))
    return Finding(checks=(subscribed, well("webhook_fields", "The account's webhooks hold every field.")))


def reached(name: str) -> Finding:
    """The account could be read."""
    return Finding(checks=(well(REACHED, "The account can be read at Meta."),), account_name=name)
