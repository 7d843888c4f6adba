"""The connection test: looks, and changes nothing at the platform."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.db import transaction

from backend.businesses import audit
from backend.businesses.audit import Action
from backend.businesses.models import Caller
from backend.connecting import words
from backend.connecting.arrivals import check_arrivals, check_data_access
from backend.connecting.steps import failed_checks
from backend.connecting.subscription import keep_subscription
from backend.connecting.watch import note_checks
from backend.integrations.adapters import account_of, adapter_for, grant_of
from backend.integrations.models import LIVE, ChannelIntegration
from backend.integrations.news import told_checks
from backend.integrations.state import note_error, note_working, save_changed
from backend.integrations.vault import VaultUnreadable
from backend.lib.clock import now
from backend.platforms.errors import PlatformError, Unavailable
from backend.platforms.port import AccountHealth, Check

PASSED = "Connection test successful"
FAILED = "Connection test failed"
NOT_WHOLE = "Connection test could not be completed"
DEAD = "token_valid"  # The check that fails where the platform takes the token no more.
NOT_CONNECTED = Check(
    code="connected", ok=False, message="No account is connected.", resolution="Connect an account first."
)
TAKEN_BACK = Check(
    code="reconnect_required",
    ok=False,
    message="The access to this account was taken back, so there is none to look with.",
    resolution="Connect the account again; conversations are kept.",
)


@dataclass(frozen=True, slots=True)
class TestResult:
    """What was looked at, and what it means."""

    __test__ = False  # Not a test case, whatever its name says.

    ok: bool
    message: str
    checks: list[Check]
    token_valid: bool
    webhook_active: bool
    account_name: str
    integration: ChannelIntegration


def test(integration: ChannelIntegration, *, by: Caller | None = None) -> TestResult:  # noqa: PT028
    """Look at the connection and keep the finding on the row. Nothing raises: a failure is a finding."""
    try:
        health = look(integration)
    except Unavailable as error:
        health = _found(error)
    note_checks(integration, health.checks)
    keep_subscription(integration, health.checks)
    checks = [*health.checks, *failed_checks(integration)]
    failed = next((check for check in checks if not check.ok and check.seen), None)
    unseen = next((check for check in checks if not check.seen), None)
    integration.last_tested_at = now()
    with transaction.atomic():
        save_changed(integration, "last_tested_at")
        _keep(integration, failed, is_whole=unseen is None)
        detail = {
            "platform": integration.platform,
            "ok": failed is None and unseen is None,
            "failed": failed.code if failed else None,
        }
        audit.note(integration.business_id, Action.TESTED, integration.pk, by=by, detail=detail)
    return TestResult(
        ok=failed is None and unseen is None,
        message=_told(failed, unseen),
        checks=checks,
        token_valid=health.token_valid,
        webhook_active=health.webhook_active,
        account_name=health.account_name or integration.platform_account_name or "",
        integration=integration,
    )


def _told(failed: Check | None, unseen: Check | None) -> str:
    if failed:
        return f"{FAILED}: {failed.message}"
    return f"{NOT_WHOLE}: {unseen.message}" if unseen else PASSED


def _keep(integration: ChannelIntegration, failed: Check | None, *, is_whole: bool) -> None:
    if failed is None and not is_whole:
        return  # What could not be looked at may be as wrong as it was.
    if failed is None or failed.code in words.DONE:  # A step that failed leaves the access as good as it is.
        note_working(integration)
    if failed is not None and failed is not NOT_CONNECTED:  # That is no fault of the account.
        note_error(
            integration,
            code=failed.code,
            message=failed.message,
            resolution=failed.resolution,
            fatal=failed.code == DEAD,
        )


def look(integration: ChannelIntegration) -> AccountHealth:
    """What the platform says of the connection. Raises Unavailable; every other failure is a finding."""
    if integration.status not in LIVE:
        return AccountHealth(checks=(NOT_CONNECTED,))
    if not integration.access_token:
        return AccountHealth(checks=(TAKEN_BACK,))
    try:
        account, grant = account_of(integration), grant_of(integration)
        health = adapter_for(integration).inspect(account, grant)
    except Unavailable:
        raise
    except (PlatformError, VaultUnreadable) as error:
        return _found(error)
    own = (
        *check_data_access(health, now()),
        *check_arrivals(integration, health, now()),
        *(check for check, _ in told_checks(integration, now()) if not check.ok),
    )
    return replace(health, checks=(*health.checks, *own))


def _found(error: PlatformError | VaultUnreadable) -> AccountHealth:
    seen = not isinstance(error, Unavailable)
    check = Check(code=error.code, ok=False, message=error.message, resolution=error.resolution, seen=seen)
    return AccountHealth(checks=(check,))


test.__test__ = False  # type: ignore[attr-defined]
