"""What our own records say of an account beside the platform: whether its webhooks arrive, how long it is shown.

Pure: rows and times in, checks out.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from backend.connecting import words
from backend.integrations.models import ChannelIntegration
from backend.platforms.errors import CredentialRejected
from backend.platforms.port import AccountHealth, Check

ARRIVE = "webhooks_arrive"
# A delivery is noted to within minutes, and the platform may be that late.
GRACE = timedelta(minutes=15)
SKEW = timedelta(minutes=1)  # Between the platform's clock and ours; a connection is noted to the second.


def check_arrivals(integration: ChannelIntegration, health: AccountHealth, at: datetime) -> tuple[Check, ...]:
    """Whether what was written there came here; nothing where neither side has anything to compare."""
    last, newest = integration.last_webhook_at, health.newest_at
    if _is_silent(integration, newest, at):
        broken = any(check.code in words.WAYS_OF_WEBHOOKS and not check.ok for check in health.checks)
        resolution = words.MEND_THE_WAY_FIRST if broken else words.WHY_SILENT
        said = words.SILENT.format(newest=f"{newest:%d %B %Y, %H:%M} UTC", last=_told(last))
        return (Check(code=ARRIVE, ok=False, message=said, resolution=resolution),)
    if last is None:
        return ()
    return (Check(code=ARRIVE, ok=True, message=words.ARRIVED.format(last=_told(last))),)


def _is_silent(integration: ChannelIntegration, newest: datetime | None, at: datetime) -> bool:
    """Whether the platform holds something newer than what came, since the account is connected."""
    if newest is None or newest > at - GRACE:
        return False  # It may be under way.
    known = ((integration.last_webhook_at, GRACE), (integration.connected_at, SKEW))
    silent_after = max((moment + grace for moment, grace in known if moment), default=None)
    return silent_after is not None and newest > silent_after


def _told(moment: datetime | None) -> str:
    return f"{moment:%d %B %Y, %H:%M} UTC" if moment else "never"


def check_data_access(health: AccountHealth, at: datetime) -> tuple[Check, ...]:
    """Until when the platform shows the person's data; nothing where it has no end."""
    ends_at = health.data_access_ends_at
    if ends_at is None:
        return ()
    if ends_at <= at:
        resolution = CredentialRejected.default_resolution
        said = words.DATA_ACCESS_OVER.format(date=f"{ends_at:%d %B %Y}")
        return (Check(code="data_access", ok=False, message=said, resolution=resolution),)
    return (Check(code="data_access", ok=True, message=words.DATA_ACCESS.format(date=f"{ends_at:%d %B %Y}")),)
