"""Tokens are renewed at half of their life, and every account is looked at daily: none dies unnoticed.

One at a time for each integration: a claim in the database, and the row is read again behind it. What goes wrong
with one account stays with that account.
"""

from __future__ import annotations

from datetime import timedelta

import structlog
from django.db import transaction

from backend.connecting import health, words
from backend.connecting.models import Watch
from backend.connecting.notices import tell_what_ends
from backend.connecting.refresh import refresh
from backend.connecting.schedule import next_inspection, renewal_after_failure, renewal_of
from backend.connecting.steps import failed_checks
from backend.connecting.watch import chance, note_checks, set_missing_watches
from backend.integrations.adapters import account_of, adapter_for
from backend.integrations.models import ChannelIntegration
from backend.integrations.state import note_error, note_working, save_changed
from backend.integrations.vault import VaultUnreadable
from backend.lib.clock import now
from backend.lib.refusal import Refusal
from backend.platforms.errors import PlatformError, Unavailable
from backend.platforms.port import AccountHealth, Check

logger = structlog.get_logger(__name__)

BATCH = 100
CLAIM_FOR = timedelta(minutes=5)  # Longer than the calls to Meta may take together.
LOOK_AGAIN_AFTER = timedelta(hours=1)  # Where Meta could not answer.


def drain() -> bool:
    """Look after what is due; whether there may be more."""
    set_missing_watches()
    due = list(Watch.objects.due(now()).values_list("pk", flat=True)[:BATCH])
    for watch_id in due:
        if Watch.objects.claim(watch_id, at=now(), until=now() + CLAIM_FOR):
            _look_after(Watch.objects.select_related("integration").get(pk=watch_id))
    return len(due) == BATCH


def _look_after(watch: Watch) -> None:
    try:
        if watch.renew_at and watch.renew_at <= now():
            _renew(watch)
        if watch.inspect_at <= now():
            _inspect(watch)
        tell_what_ends(watch, watch.integration)
    except Exception:  # Ours; the others must not wait for it, nor this one be tried without a pause.
        logger.exception("tokens.failed", integration_id=str(watch.pk))
        watch.inspect_at = now() + LOOK_AGAIN_AFTER
        watch.renew_at = watch.renew_at and now() + LOOK_AGAIN_AFTER
    watch.claimed_until = None
    watch.save(update_fields=["renew_at", "failures", "inspect_at", "told_days", "claimed_until"])


def _renew(watch: Watch) -> None:
    try:
        watch.integration = refresh(watch.integration)
    except (PlatformError, Refusal, VaultUnreadable) as error:
        watch.failures += 1
        watch.renew_at = renewal_after_failure(watch.failures, now(), chance())
        logger.warning(
            "tokens.not_renewed", integration_id=str(watch.pk), code=error.code, again_at=watch.renew_at
        )
    else:
        watch.failures, watch.told_days = 0, None
        watch.renew_at = renewal_of(now(), watch.integration.token_expires_at, chance())


def _inspect(watch: Watch) -> None:
    integration = watch.integration
    try:
        found = health.look(integration)
    except Unavailable:
        watch.inspect_at = now() + LOOK_AGAIN_AFTER
        return
    watch.inspect_at = next_inspection(now(), chance())
    checks = tuple(_repaired(integration, check) for check in found.checks)
    note_checks(integration, checks)
    findings = (*checks, *failed_checks(integration))
    _keep_finding(integration, found, next((check for check in findings if not check.ok), None))


def _repaired(integration: ChannelIntegration, check: Check) -> Check:
    """A webhook subscription that was lost is made again; everything else is for a person."""
    if check.ok or check.code != "webhook_subscribed":
        return check
    try:
        adapter_for(integration.platform).subscribe(account_of(integration))
    except PlatformError as error:
        return Check(code=check.code, ok=False, message=error.message, resolution=error.resolution)
    logger.warning("tokens.subscribed_again", integration_id=str(integration.pk))
    return Check(code=check.code, ok=True, message="The webhook subscription was lost and is made again.")


def _keep_finding(integration: ChannelIntegration, found: AccountHealth, failed: Check | None) -> None:
    with transaction.atomic():
        same = ChannelIntegration.objects.live().filter(
            pk=integration.pk, access_token=integration.access_token
        )
        # Ended, or connected anew, while the platform was asked: what was found is of yesterday.
        if same.select_for_update(no_key=True).exists():
            _write_finding(integration, found, failed)


def _write_finding(integration: ChannelIntegration, found: AccountHealth, failed: Check | None) -> None:
    if found.permissions:
        integration.permissions = list(found.permissions)
    save_changed(integration, "permissions")
    if failed is None or failed.code in words.DONE:  # A step that failed leaves the access as good as it is.
        note_working(integration)
    if failed is None:
        return
    note_error(
        integration,
        code=failed.code,
        message=failed.message,
        resolution=failed.resolution,
        fatal=failed.code == "token_valid",
    )
