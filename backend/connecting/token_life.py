"""Tokens are renewed at half of their life, and every account is looked at daily: none dies unnoticed.

One at a time for each integration: a claim in the database, and the row is read again behind it. What goes wrong
with one account stays with that account.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache, partial
from uuid import UUID

import structlog
from django.db import close_old_connections, transaction

from backend.connecting import health, words
from backend.connecting.models import Watch
from backend.connecting.notices import tell_what_ends
from backend.connecting.refresh import refresh
from backend.connecting.schedule import next_inspection, renewal_after_failure, renewal_of
from backend.connecting.steps import failed_checks
from backend.connecting.subscription import keep_subscription
from backend.connecting.watch import CLAIM_FOR, chance, note_checks, set_missing_watches
from backend.integrations.adapters import account_of, adapter_for
from backend.integrations.models import ChannelIntegration
from backend.integrations.people import take_people
from backend.integrations.state import note_error, note_working, save_changed
from backend.integrations.vault import VaultUnreadable
from backend.lib.clock import now
from backend.lib.refusal import Refusal
from backend.platforms.errors import PlatformError, Unavailable
from backend.platforms.port import AccountHealth, Check

logger = structlog.get_logger(__name__)

BATCH = 100
LOOK_AGAIN_AFTER = timedelta(hours=1)  # Where Meta could not answer.
# Accounts. With answers of a whole second ten thousand take two hours of a day; each holds a connection to the
# database meanwhile, of which the other lanes need theirs.
AT_ONCE = 4
REPAIRABLE = ("webhook_subscribed", "webhook_fields")
CHANGED_HERE = (
    "renew_at",
    "failures",
    "inspect_at",
    "told_days",
    "data_access_ends_at",
    "told_data_access_days",
    "claimed_until",
)


Run = Callable[[Callable[[UUID], None], Iterable[UUID]], Iterable[None]]


def drain(run: Run = map) -> bool:
    """Look after what is due; whether there may be more.

    `run` takes a batch in its own way: one after the other, or several `at_once`.
    """
    set_missing_watches()
    _look_into_people()
    due = list(Watch.objects.due(now()).values_list("pk", flat=True)[:BATCH])
    for _ in run(_take, due):
        pass
    return len(due) == BATCH


def _look_into_people() -> None:
    """Accounts of people who changed what they grant are looked at now: the look says what is left of it."""
    with transaction.atomic():
        people = take_people(BATCH)
        if people:
            concerned = Watch.objects.filter(integration__consent__user_id__in=people)
            concerned.update(inspect_at=now())


def at_once(take: Callable[[UUID], None], watches: Iterable[UUID]) -> Iterable[None]:
    """Several accounts at the same time: what is waited for is Meta, and one slow answer holds up no other."""
    return _pool().map(partial(_and_give_back, take), watches)


@lru_cache(maxsize=1)
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(AT_ONCE, thread_name_prefix="tokens")


def _and_give_back(take: Callable[[UUID], None], watch_id: UUID) -> None:
    try:
        take(watch_id)
    finally:
        close_old_connections()  # A thread that kept its connection would empty the pool.


def _take(watch_id: UUID) -> None:
    """Look after one, unless somebody else does; the row is read behind the claim."""
    if Watch.objects.claim(watch_id, at=now(), until=now() + CLAIM_FOR):
        _look_after(Watch.objects.select_related("integration").get(pk=watch_id))


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
    watch.save(update_fields=CHANGED_HERE)


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
    whole = all(check.seen for check in found.checks)
    watch.inspect_at = next_inspection(now(), chance()) if whole else now() + LOOK_AGAIN_AFTER
    if found.login_seen:
        watch.data_access_ends_at = found.data_access_ends_at
    checks = _repaired(integration, found.checks)
    note_checks(integration, checks)
    keep_subscription(integration, checks)
    findings = (*checks, *failed_checks(integration))
    failed = next((check for check in findings if not check.ok and check.seen), None)
    _keep_finding(integration, found, failed, is_whole=whole)


def _repaired(integration: ChannelIntegration, checks: tuple[Check, ...]) -> tuple[Check, ...]:
    """A webhook subscription that was lost, or fields of it, are made again; everything else is for a person."""
    lost = {check.code for check in checks if check.code in REPAIRABLE and not check.ok and check.seen}
    if not lost:
        return checks
    try:
        adapter_for(integration).subscribe(account_of(integration))
    except PlatformError as error:
        return tuple(_said(check, error) if check.code in lost else check for check in checks)
    logger.warning("tokens.subscribed_again", integration_id=str(integration.pk))
    mended = "The webhook subscription was incomplete and is made again."
    return tuple(
        Check(code=check.code, ok=True, message=mended) if check.code in lost else check for check in checks
    )


def _said(check: Check, error: PlatformError) -> Check:
    return replace(check, message=error.message, resolution=error.resolution)


def _keep_finding(
    integration: ChannelIntegration, found: AccountHealth, failed: Check | None, *, is_whole: bool
) -> None:
    with transaction.atomic():
        same = ChannelIntegration.objects.live().filter(
            pk=integration.pk, access_token=integration.access_token
        )
        # Ended, or connected anew, while the platform was asked: what was found is of yesterday.
        if same.select_for_update(no_key=True).exists():
            _write_finding(integration, found, failed, is_whole=is_whole)


def _write_finding(
    integration: ChannelIntegration, found: AccountHealth, failed: Check | None, *, is_whole: bool
) -> None:
    if found.permissions:
        integration.permissions = list(found.permissions)
    save_changed(integration, "permissions")
    if failed is None and not is_whole:
        return  # What could not be looked at may be as wrong as it was.
    if failed is None or failed.code in words.DONE:  # A step that failed leaves the access as good as it is.
        note_working(integration)
    if failed is None:
        return
    note_error(
        integration,
        code=failed.code,
        message=failed.message,
        resolution=failed.resolution,
        fatal=failed.code == health.DEAD,
    )
