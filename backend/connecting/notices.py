"""The business is told in time that an account will stop working: in the feed and, by setting, by e-mail."""

from __future__ import annotations

import smtplib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.conf import settings
from django.core.mail import send_mail

from backend.businesses.models import MANAGERS, Membership
from backend.connecting.models import Watch
from backend.connecting.schedule import rung_of
from backend.feed.publish import Change, publish
from backend.integrations.models import ChannelIntegration
from backend.lib.clock import now
from backend.platforms.registry import PLATFORMS

logger = structlog.get_logger(__name__)

BODY = """{what}

Please connect the account again in the settings before that day. Your conversations are kept.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """Something that comes to an end, and the words for telling of it."""

    what: str  # As the feed calls it.
    told: str  # The column of the watch that holds the last rung that was told of.
    ends_at: Callable[[Watch, ChannelIntegration], datetime | None]
    subject: str
    body: str


LADDERS = (
    Ladder(
        what="token",
        told="told_days",
        ends_at=lambda _, integration: integration.token_expires_at,
        subject="Your {platform} account stops working in {days}",
        body="The access to {name} ({platform}) ends on {date}, and renewing it has not worked so far.",
    ),
    Ladder(
        what="dataAccess",
        told="told_data_access_days",
        ends_at=lambda watch, _: watch.data_access_ends_at,
        subject="Your {platform} account has to be confirmed within {days}",
        body="Meta stops to show us the data behind {name} ({platform}) on {date}, because the person who connected "
        "it has not logged in for long.",
    ),
)


def tell_what_ends(watch: Watch, integration: ChannelIntegration) -> None:
    """Tell of each rung of a ladder that is newly reached, once. The caller saves the watch."""
    for ladder in LADDERS:
        _tell(ladder, watch, integration)


def _tell(ladder: Ladder, watch: Watch, integration: ChannelIntegration) -> None:
    ends_at, told = ladder.ends_at(watch, integration), getattr(watch, ladder.told)
    rung = rung_of(ends_at, now())
    if rung is None or ends_at is None:
        setattr(watch, ladder.told, None)  # It was put off; the next time it is told of anew.
        return
    if told is not None and told <= rung:
        return
    setattr(watch, ladder.told, rung)
    publish([_ending(ladder, integration, rung, ends_at)])
    if settings.NOTICE_EMAILS:
        _send(ladder, integration, rung, ends_at)


def _ending(ladder: Ladder, integration: ChannelIntegration, days: int, ends_at: datetime) -> Change:
    return Change(
        business_id=integration.business_id,
        type="integration.expiring",
        data={
            "integrationId": str(integration.pk),
            "platform": integration.platform,
            "what": ladder.what,
            "days": days,
            "expiresAt": ends_at.isoformat().replace("+00:00", "Z"),
        },
    )


def _send(ladder: Ladder, integration: ChannelIntegration, days: int, ends_at: datetime) -> None:
    managers = Membership.objects.filter(business_id=integration.business_id, role__in=MANAGERS)
    words = {
        "platform": PLATFORMS[integration.platform].name,
        "name": integration.platform_account_name,
        "days": "1 day" if days == 1 else f"{days} days",
        "date": f"{ends_at:%d %B %Y}",
    }
    addresses = list(managers.values_list("user__email", flat=True))
    try:
        body = BODY.format(what=ladder.body.format(**words))
        send_mail(ladder.subject.format(**words), body, None, addresses)
    except (
        OSError,
        smtplib.SMTPException,
    ) as error:  # The feed has it; a mail server must not stop the rest.
        logger.warning("notices.mail_failed", integration_id=str(integration.pk), reason=type(error).__name__)
