"""Every live integration has a watch: the times at which its token is renewed and looked at."""

from __future__ import annotations

from datetime import datetime, timedelta
from secrets import SystemRandom

from django.db.models import Exists, OuterRef

from backend.connecting.models import Watch
from backend.connecting.schedule import next_inspection, renewal_of
from backend.integrations.models import LIVE, ChannelIntegration
from backend.integrations.news import told_checks
from backend.lib.clock import now
from backend.lib.json_types import JSONObject
from backend.platforms.port import Check

CLAIM_FOR = timedelta(minutes=5)  # Longer than the calls to Meta may take together.

_random = SystemRandom()


def chance() -> float:
    """From 0 to 1; what spreads the work of many accounts over time."""
    return _random.random()


def set_watch(integration: ChannelIntegration) -> Watch:
    """Begin anew: the token was renewed just now."""
    present = now()
    fresh = {
        "renew_at": renewal_of(present, integration.token_expires_at, chance()),
        "failures": 0,
        "told_days": None,
        "inspect_at": next_inspection(present, chance()),
    }
    return Watch.objects.update_or_create(integration=integration, defaults=fresh)[0]


def watch_anew(integration: ChannelIntegration) -> None:
    """As `set_watch`, for an access that was granted just now: what was found of the former one says nothing of it."""
    set_watch(integration)
    Watch.objects.filter(integration=integration).update(
        checks=[], data_access_ends_at=None, told_data_access_days=None
    )


def set_missing_watches() -> None:
    """Live integrations that nobody watches yet are watched from now on, and looked at first."""
    watched = Watch.objects.filter(integration=OuterRef("pk"))
    unwatched = ChannelIntegration.objects.live().filter(~Exists(watched))[:500]
    Watch.objects.bulk_create(
        [Watch(integration=each, renew_at=each.token_expires_at and now()) for each in unwatched],
        ignore_conflicts=True,
    )


def note_checks(integration: ChannelIntegration, checks: tuple[Check, ...]) -> None:
    """Keep what a look has found, for whoever asks how the integration stands.

    What could not be looked at stays as it was found before.
    """
    if not any(check.seen for check in checks):
        return
    unseen = {check.code for check in checks if not check.seen}
    before = Watch.objects.filter(integration=integration).values_list("checks", flat=True).first() or []
    kept = [check for check in before if check["code"] in unseen]
    found = [_shown(check) for check in checks if check.seen]
    Watch.objects.update_or_create(integration=integration, defaults={"checks": [*found, *kept]})


def noted_checks(integration: ChannelIntegration) -> list[JSONObject]:
    """What the last look found, and what the platform said by itself; empty where nothing is connected."""
    if integration.status not in LIVE:
        return []
    watch = Watch.objects.filter(integration=integration).first()
    told = [{**_shown(check), "at": at} for check, at in told_checks(integration, now())]
    said = {check["code"] for check in told}
    looked = [check for check in (watch.checks if watch else []) if check["code"] not in said]
    return [*({**check, "at": datetime.fromisoformat(check["at"])} for check in looked), *told]


def _shown(check: Check) -> JSONObject:
    return {
        "code": check.code,
        "ok": check.ok,
        "message": check.message,
        "resolution": check.resolution,
        "at": now().isoformat(),
    }
