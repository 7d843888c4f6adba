"""The business is told in time that an account will stop working: in the feed and, by setting, by e-mail."""

from __future__ import annotations

import smtplib

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

SUBJECT = "Your {platform} account stops working in {days}"
BODY = """The access to {name} ({platform}) ends on {date}, and renewing it has not worked so far.

Please connect the account again in the settings before that day. Your conversations are kept.
"""


def tell_what_ends(watch: Watch, integration: ChannelIntegration) -> None:
    """Tell of a rung of the ladder that is newly reached, once. The caller saves the watch."""
    rung = rung_of(integration.token_expires_at, now())
    if rung is None or (watch.told_days is not None and watch.told_days <= rung):
        return
    watch.told_days = rung
    publish([_ending(integration, rung)])
    if settings.NOTICE_EMAILS:
        _send(integration, rung)


def _ending(integration: ChannelIntegration, days: int) -> Change:
    expires_at = integration.token_expires_at
    return Change(
        business_id=integration.business_id,
        type="integration.expiring",
        data={
            "integrationId": str(integration.pk),
            "platform": integration.platform,
            "days": days,
            "expiresAt": expires_at.isoformat().replace("+00:00", "Z") if expires_at else None,
        },
    )


def _send(integration: ChannelIntegration, days: int) -> None:
    managers = Membership.objects.filter(business_id=integration.business_id, role__in=MANAGERS)
    words = {
        "platform": PLATFORMS[integration.platform].name,
        "name": integration.platform_account_name,
        "days": "1 day" if days == 1 else f"{days} days",
        "date": f"{integration.token_expires_at:%d %B %Y}",
    }
    addresses = list(managers.values_list("user__email", flat=True))
    try:
        send_mail(SUBJECT.format(**words), BODY.format(**words), None, addresses)
    except (
        OSError,
        smtplib.SMTPException,
    ) as error:  # The feed has it; a mail server must not stop the rest.
        logger.warning("notices.mail_failed", integration_id=str(integration.pk), reason=type(error).__name__)
